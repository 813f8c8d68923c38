// A worker that was frozen for longer than its loops may be silent was called stuck at the moment it came back: its
// supervisor would have killed it with whatever only it knew.
import { afterEach, expect, test, vi } from "vitest";
import { createAwakeClock } from "../../src/worker/awake-clock.ts";
import { createHeartbeat } from "../../src/worker/heartbeat.ts";

const FROZEN_MS = 3_600_000;
/** Longer than a loop may be silent. */
const SILENT_MS = 60_000;

afterEach(() => void vi.useRealTimers());

/** A heart, and an hour in which the process stands still: its timers do not run, and the clocks go on. */
function watch() {
  vi.useFakeTimers();
  let missedMs = 0;
  const clock = createAwakeClock(() => performance.now() + missedMs);
  const heart = createHeartbeat(clock.now);
  heart.expect("submit", 10_000);
  return { heart, clock, freeze: () => (missedMs += FROZEN_MS) };
}

test("a worker frozen for an hour -> no loop is stuck when it comes back", () => {
  const { heart, freeze } = watch();
  vi.advanceTimersByTime(5000);
  freeze();
  expect(heart.stuck()).toEqual([]);
  vi.advanceTimersByTime(5000);
  expect(heart.stuck()).toEqual([]);
});

test("a loop that is silent while the process runs, before and after a freeze -> stuck", () => {
  const { heart, freeze } = watch();
  vi.advanceTimersByTime(SILENT_MS / 2);
  freeze();
  vi.advanceTimersByTime(SILENT_MS / 2);
  expect(heart.stuck()).toEqual(["submit"]);
});

test("a clock that is stopped -> it no longer looks by itself", () => {
  const { clock } = watch();
  clock.stop();
  expect(vi.getTimerCount()).toBe(0);
});
