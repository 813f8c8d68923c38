// One ended job whose record could not be read broke off the purge and, with it, the whole walk: for as long as it was
// kept, every walk that met it left all lost wake-ups as they were.
import { expect, test } from "vitest";

import { rescueOverdue } from "../../src/worker/rescue.ts";
import { newJob } from "../support/job.ts";
import { liveEntries, loseWakeUps, openTestLedger, putJob } from "../support/ledger.ts";

test("an ended job that cannot be read -> the others are purged and the walk goes on", async () => {
  const ledger = openTestLedger();
  const { redis, keys } = ledger;
  const now = await ledger.jobs.readClock();
  const ended = { status: "canceled", finishedAt: now } as const;
  const corrupt = await putJob(ledger, newJob(now, ended));
  const sound = await putJob(ledger, newJob(now, ended));
  const lost = await putJob(ledger, newJob(now));
  await redis.hset(keys.job(corrupt.id), "state", "{");
  await redis.zadd(keys.purge, 1, corrupt.id, 2, sound.id);
  await redis.zadd(keys.due, 1, lost.id);
  await loseWakeUps(ledger);
  const policy = { pollFirstMs: 0, recoveryMs: 0, holdMs: 0 };
  await rescueOverdue({ ...ledger, policy, submitTimeoutMs: 60_000, scheduleS: [5] });
  expect(await ledger.jobs.readJob(sound.id)).toBeNull();
  expect(await redis.exists(keys.job(corrupt.id))).toBe(1);
  expect(await liveEntries(ledger, "submit")).toEqual([`${lost.id}-1`]);
  expect(ledger.logs.named("record.set_aside")).toMatchObject([{ id: corrupt.id }]);
});

test("an id without a record -> it does not come round again", async () => {
  const ledger = openTestLedger();
  const { redis, keys } = ledger;
  await redis.zadd(keys.purge, 1, "job_1");
  await rescueOverdue({
    ...ledger,
    policy: { pollFirstMs: 0, recoveryMs: 0, holdMs: 0 },
    submitTimeoutMs: 60_000,
    scheduleS: [5],
  });
  expect(await redis.zcard(keys.purge)).toBe(0);
});
