import { expect, test } from "vitest";

import { createHeartbeat } from "../../src/worker/heartbeat.ts";

/** What an idle loop may take, whatever its work. */
const IDLE_MS = 30_000;

function watch(): { now: { ms: number }; heart: ReturnType<typeof createHeartbeat> } {
  const now = { ms: 1000 };
  return { now, heart: createHeartbeat(() => now.ms) };
}

test("no loop is expected -> nothing is stuck", () => {
  const { now, heart } = watch();
  now.ms += 10 * IDLE_MS;
  expect(heart.stuck()).toEqual([]);
});

test("a loop is silent for as long as its work may take -> well; a moment longer -> stuck, by name", () => {
  const { now, heart } = watch();
  heart.expect("submit", 60_000);
  now.ms += IDLE_MS + 60_000;
  expect(heart.stuck()).toEqual([]);
  now.ms += 1;
  expect(heart.stuck()).toEqual(["submit"]);
});

test("a loop that was stuck beats -> well again", () => {
  const { now, heart } = watch();
  const beat = heart.expect("poll", 0);
  now.ms += IDLE_MS + 1;
  beat();
  expect(heart.stuck()).toEqual([]);
});

test("two loops, one beats -> only the silent one is stuck", () => {
  const { now, heart } = watch();
  const beat = heart.expect("poll", 0);
  heart.expect("deliver", 0);
  now.ms += IDLE_MS;
  beat();
  now.ms += 1;
  expect(heart.stuck()).toEqual(["deliver"]);
});

test("Redis is away for hours -> nothing is stuck; back -> each loop has its full time again", () => {
  const { now, heart } = watch();
  heart.expect("poll", 0);
  heart.redisAway(true);
  now.ms += 100 * IDLE_MS;
  expect(heart.stuck()).toEqual([]);
  heart.redisAway(false);
  now.ms += IDLE_MS;
  expect(heart.stuck()).toEqual([]);
  now.ms += 1;
  expect(heart.stuck()).toEqual(["poll"]);
});

test("Redis is told to be there when it never was away -> a stuck loop stays stuck", () => {
  const { now, heart } = watch();
  heart.expect("poll", 0);
  now.ms += IDLE_MS + 1;
  heart.redisAway(false);
  expect(heart.stuck()).toEqual(["poll"]);
});
