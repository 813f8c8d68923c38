import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { deliveryWait, egressWait, isWaitOver, pollGap } from "../../src/worker/backoff.ts";

const gaps = { baseMs: 3000, maxMs: 15_000, recoveryMs: 300_000 };
const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe("the gap between looks", () => {
  test.each([
    [1, 3000],
    [2, 4500],
    [3, 6750],
    [4, 10_125],
    [5, 15_000],
    [6, 15_000],
    [100_000, 15_000],
  ])("after look %d -> %d ms, give or take a tenth", (looks, gap) => {
    expect(pollGap(looks, gaps, 0.5)).toBe(gap);
    expect(pollGap(looks, gaps, 0)).toBe(Math.round(gap * 0.9));
    expect(pollGap(looks, gaps, 1)).toBe(Math.round(gap * 1.1));
  });

  test("the base is longer than the longest -> the longest", () => {
    expect(pollGap(1, { ...gaps, baseMs: 60_000 }, 0.5)).toBe(15_000);
  });

  test("any look, any chance -> a whole number within a tenth of the bounds", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1 }), random, (looks, chance) => {
        const gap = pollGap(looks, gaps, chance);
        expect(Number.isInteger(gap)).toBe(true);
        expect(gap).toBeGreaterThanOrEqual(2700);
        expect(gap).toBeLessThanOrEqual(16_500);
      }),
    );
  });
});

describe("the wait before a delivery is tried again", () => {
  const schedule = [5, 300, 86_400];

  test.each([
    [1, 5000],
    [2, 300_000],
    [3, 86_400_000],
  ])("after failure %d -> what the schedule says", (failures, wait) => {
    expect(deliveryWait(failures, schedule, 0)).toBe(wait);
  });

  test("after one more than the schedule has -> exhausted", () => {
    expect(deliveryWait(4, schedule, 0)).toBeNull();
    expect(deliveryWait(1, [], 0)).toBeNull();
  });

  test("any chance -> never earlier than the schedule, at most a fifth later", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3 }), random, (failures, chance) => {
        const planned = (schedule[failures - 1] ?? 0) * 1000;
        const wait = deliveryWait(failures, schedule, chance);
        expect(wait).toBeGreaterThanOrEqual(planned);
        expect(wait).toBeLessThanOrEqual(planned * 1.2);
      }),
    );
  });

  test("the schedule says at once -> at once", () => {
    expect(deliveryWait(1, [0], 0.9)).toBe(0);
  });
});

test("a fault of the egress proxy -> 15 s, give or take a tenth", () => {
  expect([0, 0.5, 1].map(egressWait)).toEqual([13_500, 15_000, 16_500]);
});

describe("how long a delivery waits for a destination that is down", () => {
  const schedule = [5, 300, 86_400];
  const hourMs = 3_600_000;

  test.each([
    ["none failed -> the whole schedule", 0, 86_705_000 * 1.2],
    ["two failed -> what is left", 2, 86_400_000 * 1.2],
    ["only the last attempt is left -> an hour", 3, hourMs],
    ["its schedule was shortened meanwhile -> an hour", 7, hourMs],
  ])("%s", (_, failures, waitMs) => {
    const delivery = { failures, nextAt: 1_000_000 };
    expect(isWaitOver(delivery, schedule, delivery.nextAt + waitMs)).toBe(false);
    expect(isWaitOver(delivery, schedule, delivery.nextAt + waitMs + 1)).toBe(true);
  });

  test("a short schedule -> an hour", () => {
    expect(isWaitOver({ failures: 0, nextAt: 0 }, [1, 1], hourMs)).toBe(false);
    expect(isWaitOver({ failures: 0, nextAt: 0 }, [1, 1], hourMs + 1)).toBe(true);
  });
});
