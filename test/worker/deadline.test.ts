import { expect, test } from "vitest";

import { type Clocks, startDeadline } from "../../src/worker/deadline.ts";

function stopClocks(): { now: { wall: number; monotonic: number }; clocks: Clocks } {
  const now = { wall: 1_000_000, monotonic: 50 };
  return { now, clocks: { wallMs: () => now.wall, monotonicMs: () => now.monotonic } };
}

test("both clocks just before the mark -> not past, the rest remains", () => {
  const { now, clocks } = stopClocks();
  const deadline = startDeadline(100, clocks);
  now.wall += 99;
  now.monotonic += 98;
  expect(deadline.isPast()).toBe(false);
  expect(deadline.remainingMs()).toBe(1);
});

test("only the monotonic clock reaches the mark -> past, nothing remains", () => {
  const { now, clocks } = stopClocks();
  const deadline = startDeadline(100, clocks);
  now.monotonic += 100;
  expect(deadline.isPast()).toBe(true);
  expect(deadline.remainingMs()).toBe(0);
});

test("only the wall clock reaches the mark, as after a suspended machine -> past", () => {
  const { now, clocks } = stopClocks();
  const deadline = startDeadline(100, clocks);
  now.wall += 100;
  expect(deadline.isPast()).toBe(true);
  expect(deadline.remainingMs()).toBe(0);
});

test("the wall clock steps back before the start -> past", () => {
  const { now, clocks } = stopClocks();
  const deadline = startDeadline(100, clocks);
  now.wall -= 1;
  expect(deadline.isPast()).toBe(true);
  expect(deadline.remainingMs()).toBe(0);
});

test("the wall clock steps back, but not before the start -> the monotonic clock still counts", () => {
  const { now, clocks } = stopClocks();
  const deadline = startDeadline(100, clocks);
  now.wall += 10;
  now.monotonic += 90;
  expect(deadline.remainingMs()).toBe(10);
});

test.each([0, -1, Number.NaN])("a length of %d -> past at once", (ms) => {
  expect(startDeadline(ms, stopClocks().clocks).isPast()).toBe(true);
});

test("no clocks given -> runs on the system's", () => {
  expect(startDeadline(60_000).remainingMs()).toBeGreaterThan(59_000);
});
