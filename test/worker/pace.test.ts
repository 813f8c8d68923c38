import { describe, expect, test } from "vitest";

import { pace } from "../../src/worker/pace.ts";

const MINUTE_MS = 60_000;

/** GCRA, asked as often as it admits: when it does so, in ms from the first. */
function schedule(rpm: number, count: number, idleMs = 0): number[] {
  const { paceIntervalMs, paceToleranceMs } = pace(rpm);
  const times: number[] = [];
  let now = 0;
  let tat = 0;
  while (times.length < count) {
    // Redis' clock counts whole milliseconds; the schedule is kept to a thousandth of one.
    now = Math.max(now, Math.ceil(tat - paceToleranceMs - 0.001));
    tat = Math.max(tat, now) + paceIntervalMs;
    times.push(now);
    if (idleMs > 0 && times.length === Math.floor(count / 2)) now += idleMs;
  }
  return times;
}

const mostInAMinute = (times: number[]): number =>
  Math.max(...times.map((start) => times.filter((time) => time >= start && time < start + MINUTE_MS).length));

describe("the pace of submissions", () => {
  test.each([1, 2, 5, 10, 19, 20, 30, 60, 99, 300, 600, 1000])(
    "%i a minute -> never more in any minute, the burst and a rest before it included",
    (rpm) => {
      expect(mostInAMinute(schedule(rpm, rpm * 3))).toBe(rpm);
      expect(mostInAMinute(schedule(rpm, rpm * 3, 10 * MINUTE_MS))).toBe(rpm);
    },
  );

  test.each([
    [1, 1],
    [9, 1],
    [20, 2],
    [60, 5],
    [600, 6],
    [1200, 7],
  ])("%i a minute -> a burst of %i", (rpm, burst) => {
    const times = schedule(rpm, burst + 1);
    expect(times.slice(0, burst).every((time) => time === 0)).toBe(true);
    expect(times[burst]).toBeGreaterThan(0);
  });

  test("after the burst -> evenly spaced", () => {
    const times = schedule(20, 60).slice(2);
    const gaps = times.slice(1).map((time, at) => time - (times[at] ?? 0));
    expect(Math.max(...gaps) - Math.min(...gaps)).toBeLessThanOrEqual(1);
    expect(Math.min(...gaps)).toBeGreaterThan(3000);
  });
});
