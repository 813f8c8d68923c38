// An entry whose worker has died is found by BullMQ when its lock has run out, and counted as stalled. BullMQ never resets
// the count, and fails what is above its limit without asking the stage: a job that outlives many workers must not end so.
import { expect, test } from "vitest";

import { pollTask } from "../../src/worker/poll.ts";
import { rescueOverdue } from "../../src/worker/rescue.ts";
import { submitJob } from "../../src/worker/submit.ts";
import { eventually } from "../support/eventually.ts";
import { newJob, processingJob } from "../support/job.ts";
import { openTestLedger, putJob, readJob, SUBMIT_TIMEOUT_MS } from "../support/ledger.ts";
import type { TestLedger } from "../support/ledger.ts";
import { fakeNovita } from "../support/novita.ts";
import { pollDeps, startTestStage, submitDeps } from "../support/stage.ts";

const policy = { pollFirstMs: 10_000, recoveryMs: 86_400_000, holdMs: 600_000 };
/** Two checks of BullMQ's, 5 s apart: one notes what is active, the next one takes what has no lock. */
const FOUND_WITHIN_MS = 25_000;

type Stalled = { stage: "submit" | "poll"; name: string; count: number };

/** As if its worker, the last of so many, had died with it in hand, and its lock had run out. */
async function stall(ledger: TestLedger, { stage, name, count }: Stalled): Promise<void> {
  const queue = `${ledger.keys.queues}:${stage}`;
  await eventually(async () => expect(await ledger.redis.exists(`${queue}:${name}`)).toBe(1));
  await ledger.redis
    .multi()
    .lrem(`${queue}:wait`, 0, name)
    .zrem(`${queue}:prioritized`, name)
    .zrem(`${queue}:delayed`, name)
    .lpush(`${queue}:active`, name)
    .sadd(`${queue}:stalled`, name)
    .hset(`${queue}:${name}`, "stc", count)
    .exec();
}

test("a queued job has outlived 5,000 workers -> its step is taken, and it is bought once", async () => {
  const ledger = openTestLedger();
  const { id } = await putJob(ledger, newJob(await ledger.jobs.readClock()));
  await stall(ledger, { stage: "submit", name: `${id}-1`, count: 5000 });
  const novita = fakeNovita();
  startTestStage(ledger, "submit", (entry) => submitJob(submitDeps(ledger, { novita }), entry));
  await eventually(async () => {
    expect((await readJob(ledger, id)).status).toBe("processing");
    expect(await ledger.motor.queues.submit.getJobState(`${id}-1`)).toBe("completed");
  }, FOUND_WITHIN_MS);
  expect(novita.submits).toHaveLength(1);
  expect(await ledger.redis.hget(`${ledger.keys.queues}:submit:${id}-1`, "stc")).toBe("5001");
});

test("a task whose looks have outlived 5,000 workers -> is looked at, and rescue has nothing to do", async () => {
  const ledger = openTestLedger();
  const { id } = await putJob(ledger, processingJob(await ledger.jobs.readClock()));
  await stall(ledger, { stage: "poll", name: `${id}-1`, count: 5000 });
  const novita = fakeNovita();
  startTestStage(ledger, "poll", (entry) => pollTask(pollDeps(ledger, { novita }), entry));
  await eventually(() => expect(novita.looks).toHaveLength(1), FOUND_WITHIN_MS);
  await eventually(async () => expect(await ledger.motor.queues.poll.getJobState(`${id}-1`)).toBe("delayed"));
  await ledger.redis.zadd(ledger.keys.due, 1, id);
  await rescueOverdue({ ...ledger, policy, submitTimeoutMs: SUBMIT_TIMEOUT_MS, scheduleS: [5] });
  expect(ledger.logs.named("wake_up.rescued")).toEqual([]);
});
