// With Redis' clock set back, the turn of the next submission, a 429's wait and the opening of the breaker lay in the future,
// and nothing was bought until the clock had caught up.
import { expect, test } from "vitest";

import { beginAttempt } from "../../src/worker/attempt.ts";
import { createRoad } from "../../src/worker/road.ts";
import { eventually } from "../support/eventually.ts";
import { newJob } from "../support/job.ts";
import { openTestLedger, putJob } from "../support/ledger.ts";
import { newTestimony } from "../support/witness.ts";

const INTERVAL_MS = 300;
const TOLERANCE_MS = 200;
const rules = {
  maxInFlight: 9,
  slotTtlMs: 60_000,
  paceIntervalMs: INTERVAL_MS,
  paceToleranceMs: TOLERANCE_MS,
  probeIntervalMs: 60_000,
};

test("the next turn lies an hour ahead -> a job is let in after an interval, as if the last one had just been", async () => {
  const ledger = openTestLedger();
  const { jobs, redis, keys } = ledger;
  const startedAt = await jobs.readClock();
  const job = await putJob(ledger, newJob(startedAt));
  await redis.hset(keys.pace(job.request.model), "tat", String(startedAt + 3_600_000));
  const waits: number[] = [];
  await eventually(async () => {
    const snapshot = await jobs.readJob(job.id);
    if (!snapshot) throw new Error("no job");
    const change = beginAttempt(snapshot.record, "att_1", snapshot.now());
    const admission = await jobs.begin(redis, snapshot, change, rules, await newTestimony(ledger));
    if ("waitMs" in admission) waits.push(admission.waitMs);
    expect(admission.as).toBe("begun");
  });
  expect(waits[0]).toBe(INTERVAL_MS);
  expect(Math.max(...waits)).toBeLessThanOrEqual(INTERVAL_MS + TOLERANCE_MS);
  // The turn after this one is where it belongs again.
  const tat = Number(await redis.hget(keys.pace(job.request.model), "tat"));
  expect(tat - (await jobs.readClock())).toBeLessThanOrEqual(INTERVAL_MS + TOLERANCE_MS);
});

test("a 429's wait ends further ahead than anyone is asked to wait -> it is over", async () => {
  const ledger = openTestLedger();
  const { jobs, redis, keys } = ledger;
  const now = await jobs.readClock();
  const job = await putJob(ledger, newJob(now));
  await redis.hset(keys.pace(job.request.model), "holdUntil", String(now + 2 * 3_600_000));
  const snapshot = await jobs.readJob(job.id);
  if (!snapshot) throw new Error("no job");
  const change = beginAttempt(snapshot.record, "att_1", snapshot.now());
  const testimony = await newTestimony(ledger);
  expect(await jobs.begin(redis, snapshot, change, rules, testimony)).toMatchObject({ as: "begun" });
});

test("a breaker was opened in the future -> an acceptance closes it", async () => {
  const { jobs, redis, keys } = openTestLedger();
  const now = await jobs.readClock();
  await redis.hset(keys.breaker, { cause: "account", since: now + 3_600_000 });
  const road = createRoad(redis, keys, rules.probeIntervalMs);
  expect(await road.report({ as: "closed" }, "wan2.7-t2v", now)).toBe("closed");
});
