import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import type { Delivery } from "../../src/shared/delivery.ts";
import { isUndelivered } from "../../src/shared/delivery.ts";
import { nextState } from "../../src/worker/deliver.ts";
import { parseRetryAfter } from "../../src/worker/retry-after.ts";
import type { Attempt } from "../../src/worker/send.ts";
import { newDelivery } from "../support/delivery.ts";
import { NOON } from "../support/job.ts";

const rules = { scheduleS: [5, 300, 1800], random: () => 0 };

function newResult(patch: Partial<Attempt> = {}): Attempt {
  return {
    delivered: false,
    status: 500,
    errorCode: "http_error",
    durationMs: 20,
    snippet: null,
    retryAfterMs: null,
    ...patch,
  };
}

const after = (delivery: Delivery, result: Attempt): Delivery => ({
  ...delivery,
  ...nextState(delivery, result, NOON, rules),
});

test("2xx -> delivered, for good", () => {
  const delivery = after(
    newDelivery({ failures: 2, lastError: "timeout" }),
    newResult({ delivered: true, status: 204, errorCode: null }),
  );
  expect(delivery).toMatchObject({ status: "delivered", finishedAt: NOON, lastStatus: 204, lastError: null });
  expect(isUndelivered(delivery)).toBe(false);
});

test("410 -> aborted at once, though the schedule has attempts left", () => {
  const delivery = after(newDelivery(), newResult({ status: 410, errorCode: "gone" }));
  expect(delivery).toMatchObject({ status: "aborted", finishedAt: NOON, lastStatus: 410, lastError: "gone" });
  expect(isUndelivered(delivery)).toBe(false);
});

describe("any other end", () => {
  test.each(["http_error", "redirect", "timeout", "connection_refused", "target_forbidden"] as const)(
    "%s -> to be tried again after the first wait of the schedule",
    (errorCode) => {
      const delivery = after(newDelivery(), newResult({ errorCode }));
      expect(delivery).toMatchObject({
        status: "retrying",
        failures: 1,
        nextAt: NOON + 5000,
        lastError: errorCode,
        finishedAt: null,
      });
      expect(isUndelivered(delivery)).toBe(true);
    },
  );

  test("failure after failure -> each wait of the schedule in turn, and then failed", () => {
    const waits: number[] = [];
    let delivery = newDelivery();
    while (isUndelivered(delivery)) {
      delivery = after(delivery, newResult());
      if (delivery.status === "retrying") waits.push(delivery.nextAt - NOON);
    }
    expect(waits).toEqual([5000, 300_000, 1_800_000]);
    expect(delivery).toMatchObject({ status: "failed", failures: 4, finishedAt: NOON, lastStatus: 500 });
  });

  test("Retry-After beyond the schedule -> obeyed; before it -> the schedule", () => {
    expect(after(newDelivery(), newResult({ retryAfterMs: 60_000 })).nextAt).toBe(NOON + 60_000);
    expect(after(newDelivery(), newResult({ retryAfterMs: 1000 })).nextAt).toBe(NOON + 5000);
  });

  test("any Retry-After -> never earlier than it asks for, nor than the schedule says", () => {
    const header = fc.oneof(
      fc.string(),
      fc.integer({ min: -10, max: 10_000_000 }).map(String),
      fc.date({ noInvalidDate: true }).map((date) => date.toUTCString()),
    );
    fc.assert(
      fc.property(header, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (text, random) => {
        const retryAfterMs = parseRetryAfter(text, NOON);
        const patch = nextState(newDelivery(), newResult({ retryAfterMs }), NOON, {
          ...rules,
          random: () => random,
        });
        expect(patch.nextAt).toBeGreaterThanOrEqual(NOON + Math.max(5000, retryAfterMs ?? 0));
      }),
    );
  });

  test("Retry-After after the last attempt of the schedule -> failed all the same", () => {
    const last = newDelivery({ failures: rules.scheduleS.length });
    expect(after(last, newResult({ retryAfterMs: 1000 })).status).toBe("failed");
  });

  test("a redelivery that fails -> starts the schedule anew, and goes on counting attempts", () => {
    const again = newDelivery({ generation: 2, attempt: 5, failures: 0 });
    expect(after(again, newResult())).toMatchObject({
      status: "retrying",
      failures: 1,
      attempt: 5,
      nextAt: NOON + 5000,
    });
  });
});
