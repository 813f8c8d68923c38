// A takeover forgets a write, and the next one gets the same number: who has read the forgotten one decided on a record that
// never was. Without the name of the write beside its number, an attempt would be put back in place of the one under way.
import { expect, test } from "vitest";

import { newAttemptId } from "../../../src/shared/ids.ts";
import { note } from "../../../src/shared/change.ts";
import { openAttempt } from "../../../src/shared/job.ts";
import { beginAttempt } from "../../../src/worker/attempt.ts";
import { newJob } from "../../support/job.ts";
import { openTestLedger, putJob, readJob } from "../../support/ledger.ts";
import type { TestLedger } from "../../support/ledger.ts";
import { newTestimony } from "../../support/witness.ts";

const RULES = {
  maxInFlight: 1000,
  slotTtlMs: 1_800_000,
  paceIntervalMs: 0,
  paceToleranceMs: 0,
  probeIntervalMs: 60_000,
};

async function snapshotOf(ledger: TestLedger, id: string) {
  const snapshot = await ledger.jobs.readJob(id);
  if (!snapshot) throw new Error("no job");
  return snapshot;
}

async function begin(ledger: TestLedger, id: string): Promise<string> {
  const snapshot = await snapshotOf(ledger, id);
  const attemptId = newAttemptId();
  const change = beginAttempt(snapshot.record, attemptId, snapshot.now());
  const testimony = await newTestimony(ledger);
  expect(await ledger.jobs.begin(ledger.redis, snapshot, change, RULES, testimony)).toMatchObject({
    as: "begun",
  });
  return attemptId;
}

/** A job that one worker has begun, which was read, forgotten, and begun by another worker under the same number. */
async function overtaken() {
  const ledger = openTestLedger();
  const { id } = await putJob(ledger, newJob(await ledger.jobs.readClock()));
  const key = ledger.keys.job(id);
  const before = await ledger.redis.dumpBuffer(key);
  await begin(ledger, id);
  const read = await snapshotOf(ledger, id);
  await ledger.redis.restore(key, 0, before, "REPLACE");
  const attemptId = await begin(ledger, id);
  expect((await readJob(ledger, id)).version).toBe(read.record.version);
  return { ledger, id, read, attemptId };
}

test("a decision on a forgotten begin, when another has the same number -> it is made again, on the attempt that is there", async () => {
  const { ledger, id, read, attemptId } = await overtaken();
  const seen: (string | undefined)[] = [];
  await ledger.jobs.changeJob(
    id,
    (job, now) => {
      seen.push(openAttempt(job)?.id);
      return note(job, { cancelRequestedAt: now }, null);
    },
    { known: read },
  );
  expect(seen).toEqual([openAttempt(read.record)?.id, attemptId]);
  expect(openAttempt(await readJob(ledger, id))?.id).toBe(attemptId);
});

test("a begin on a record that was forgotten, when another has the same number -> stale", async () => {
  const ledger = openTestLedger();
  const { id } = await putJob(ledger, newJob(await ledger.jobs.readClock()));
  const key = ledger.keys.job(id);
  const before = await ledger.redis.dumpBuffer(key);
  const touch = () => ledger.jobs.changeJob(id, (job) => note(job, {}, null));
  await touch();
  const read = await snapshotOf(ledger, id);
  await ledger.redis.restore(key, 0, before, "REPLACE");
  await touch();
  const change = beginAttempt(read.record, newAttemptId(), read.now());
  const testimony = await newTestimony(ledger);
  expect(await ledger.jobs.begin(ledger.redis, read, change, RULES, testimony)).toEqual({ as: "stale" });
});
