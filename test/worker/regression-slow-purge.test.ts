// A walk let go of 100 jobs at most, so that records came faster than they went.
import { expect, test } from "vitest";

import { rescueOverdue } from "../../src/worker/rescue.ts";
import { newJob } from "../support/job.ts";
import { dumpKeys, openTestLedger, putJob, SUBMIT_TIMEOUT_MS } from "../support/ledger.ts";

test("250 jobs whose retention is over -> one walk lets go of all of them", async () => {
  const ledger = openTestLedger();
  const { redis, keys } = ledger;
  const now = await ledger.jobs.readClock();
  const ended = () => putJob(ledger, newJob(now, { status: "canceled", finishedAt: now }));
  const jobs = await Promise.all(Array.from({ length: 250 }, ended));
  expect(await redis.zcard(keys.purge)).toBe(250);
  await redis.zadd(keys.purge, ...jobs.flatMap(({ id }) => [1, id]));
  const policy = { pollFirstMs: 0, recoveryMs: 0, holdMs: 0 };
  expect(await rescueOverdue({ ...ledger, policy, submitTimeoutMs: SUBMIT_TIMEOUT_MS, scheduleS: [5] })).toBe(
    false,
  );
  const left = [...(await dumpKeys(ledger)).keys()].filter((name) => name.startsWith("job:"));
  expect(left).toEqual([]);
  expect(await redis.zcard(keys.purge)).toBe(0);
});
