// Retention: what a job leaves behind when its time is over, which is nothing.
import { expect, test } from "vitest";

import { settleJob } from "../../src/shared/settle.ts";
import type { Job } from "../../src/shared/job.ts";
import { rescueOverdue } from "../../src/worker/rescue.ts";
import { newJob, newRequest, newTask, processingJob } from "../support/job.ts";
import {
  dumpKeys,
  openTestLedger,
  putJob,
  readZset,
  RETENTION_S,
  SUBMIT_TIMEOUT_MS,
} from "../support/ledger.ts";
import type { TestLedger } from "../support/ledger.ts";

const policy = { pollFirstMs: 10_000, recoveryMs: 86_400_000, holdMs: 600_000 };
const video = { url: "https://v.example/1.mp4", type: "mp4", expiresAt: null, taskId: "task-1" };
const webhook = { url: "https://hooks.example/in", events: ["job.*"] };

const walk = (ledger: TestLedger) =>
  rescueOverdue({ ...ledger, policy, submitTimeoutMs: SUBMIT_TIMEOUT_MS, scheduleS: [5] });

/** Its lines, which are ids, go with the next event, or when there has been none for as long as a job is kept. */
async function expectFeedToGo({ redis, keys }: TestLedger): Promise<void> {
  const left = await redis.pttl(keys.feed("acme"));
  expect(left).toBeGreaterThan(0);
  expect(left).toBeLessThanOrEqual(RETENTION_S * 1000);
}

/** As if the job's retention were over. */
const endRetention = ({ redis, keys }: TestLedger, { id }: Job) => redis.zadd(keys.purge, 1, id);

/** A succeeded job with everything that a job can have: a bound key, a task, an event, a delivery with an attempt and a key. */
async function putFull(ledger: TestLedger): Promise<Job> {
  const now = await ledger.jobs.readClock();
  const key = ledger.keys.idempotency("acme", "digest");
  const tasks = [newTask(now), newTask(now, { id: "task-2", attempt: 2, state: "failed", watched: false })];
  const request = newRequest({ webhook });
  const job = processingJob(now, { request, tasks, idempotencyKeys: [key] });
  const change = { transition: null, job, fact: { kind: "queued" }, event: null };
  await ledger.jobs.createJob(change, { key, value: `${job.id} print` });
  const ended = { tasks: tasks.map((task) => ({ ...task, watched: false })) };
  await ledger.jobs.changeJob(job.id, (each, at) => settleJob(each, { as: "succeeded", video }, at, ended));
  const [delivery] = await ledger.deliveries.deliveriesOf(job.id);
  if (!delivery) throw new Error("no delivery");
  const entry = {
    n: 1,
    generation: 1,
    at: now,
    status: 500,
    duration_ms: 3,
    error_code: "http_error",
    snippet: "boom",
  };
  const failed = { status: "retrying", failures: 1, attempt: 1 } as const;
  const retrying = await ledger.deliveries.writeDelivery(delivery, failed, now, entry);
  if (!retrying) throw new Error("the delivery has moved");
  const binding = { key: ledger.keys.idempotency("acme", "redelivery"), value: `${delivery.id} print` };
  await ledger.deliveries.writeWish(retrying, { generation: 2 }, now, binding);
  return job;
}

async function deliverAll(ledger: TestLedger, { id }: Job): Promise<void> {
  for (const delivery of await ledger.deliveries.deliveriesOf(id)) {
    await ledger.deliveries.writeDelivery(delivery, { status: "delivered", finishedAt: 1 }, delivery.nextAt);
  }
}

/** BullMQ's, and those of the places at a destination: they go by themselves, and know nothing of records. */
const PASSING = /^(submit|poll|deliver|lines?|places|road|ring|served)(:|$)/;

/** The ledger's keys. */
async function ledgerKeys(ledger: TestLedger): Promise<string[]> {
  return [...(await dumpKeys(ledger)).keys()].filter((name) => !PASSING.test(name));
}

test("retention over and everything delivered -> no key and no member of the job is left", async () => {
  const ledger = openTestLedger();
  const job = await putFull(ledger);
  await deliverAll(ledger, job);
  // Each kind of key is there before, so that its absence afterwards says something.
  const kinds = (await ledgerKeys(ledger)).map((name) => name.replaceAll(/(job|evt|dlv)_\w+/g, "$1"));
  expect(kinds.sort()).toEqual(
    [
      "deliveries:acme",
      "deliveries:acme:status:delivered",
      "delivery:dlv",
      "delivery:dlv:attempts",
      "event:evt",
      "feed:acme",
      "idempotency:acme:digest",
      "idempotency:acme:redelivery",
      "job:job",
      "job:job:history",
    ]
      .concat("job:job:outbox", "jobs:*", "jobs:*:status:succeeded", "jobs:acme")
      .concat("jobs:acme:status:succeeded", "purge", "tasks"),
  );
  await endRetention(ledger, job);
  await walk(ledger);
  expect(await ledgerKeys(ledger)).toEqual(["feed:acme"]);
  await expectFeedToGo(ledger);
});

test("another job of the same tenant -> stays whole", async () => {
  const ledger = openTestLedger();
  const job = await putFull(ledger);
  await deliverAll(ledger, job);
  const other = await putJob(ledger, newJob(await ledger.jobs.readClock()));
  await endRetention(ledger, job);
  await walk(ledger);
  expect((await ledger.jobs.readJob(other.id))?.record).toEqual(other);
  expect(Object.keys(await readZset(ledger, ledger.keys.jobs("acme")))).toEqual([other.id]);
  expect(await ledger.jobs.readJob(job.id)).toBeNull();
});

test("retention over but a delivery still on its way -> the job waits for it, and goes afterwards", async () => {
  const ledger = openTestLedger();
  const job = await putFull(ledger);
  await endRetention(ledger, job);
  const before = await ledgerKeys(ledger);
  await walk(ledger);
  expect(await ledgerKeys(ledger)).toEqual(before);
  const again = (await readZset(ledger, ledger.keys.purge))[job.id] ?? 0;
  expect(again).toBeGreaterThanOrEqual((await ledger.jobs.readClock()) + 25_000);
  await deliverAll(ledger, job);
  await endRetention(ledger, job);
  await walk(ledger);
  expect(await ledgerKeys(ledger)).toEqual(["feed:acme"]);
});

test("retention not over -> the job stays", async () => {
  const ledger = openTestLedger();
  const job = await putFull(ledger);
  await deliverAll(ledger, job);
  const purgeAt = (await readZset(ledger, ledger.keys.purge))[job.id] ?? 0;
  const ended = (await ledger.jobs.readJob(job.id))?.record.finishedAt ?? 0;
  expect(purgeAt).toBe(ended + RETENTION_S * 1000);
  await walk(ledger);
  expect((await ledger.jobs.readJob(job.id))?.record.status).toBe("succeeded");
});

test("a job whose record came to life in the meantime -> stays", async () => {
  const ledger = openTestLedger();
  const job = await putJob(ledger, newJob(await ledger.jobs.readClock()));
  await endRetention(ledger, job);
  await walk(ledger);
  expect((await ledger.jobs.readJob(job.id))?.record).toEqual(job);
});

test("somebody changes the job between the look and the purge -> it stays", async () => {
  const ledger = openTestLedger();
  const job = await putFull(ledger);
  await deliverAll(ledger, job);
  const seen = (await ledger.jobs.readJob(job.id))?.record;
  if (!seen) throw new Error("no job");
  await ledger.jobs.changeJob(job.id, (each) => ({
    transition: null,
    job: { ...each, polls: 99, version: each.version + 1 },
    fact: null,
    event: null,
  }));
  await ledger.due.purgeJob(seen, await ledger.deliveries.deliveriesOf(job.id));
  expect((await ledger.jobs.readJob(job.id))?.record.polls).toBe(99);
});

test("a delivery is sent once more between the look and the purge -> it stays, and so does its job", async () => {
  const ledger = openTestLedger();
  const job = await putFull(ledger);
  await deliverAll(ledger, job);
  const seen = (await ledger.jobs.readJob(job.id))?.record;
  const deliveries = await ledger.deliveries.deliveriesOf(job.id);
  const [delivery] = deliveries;
  if (!seen || !delivery) throw new Error("no job or no delivery");
  await ledger.deliveries.writeWish(delivery, { status: "pending", generation: 3 }, delivery.nextAt, null);
  const before = await ledgerKeys(ledger);
  await ledger.due.purgeJob(seen, deliveries);
  expect(await ledgerKeys(ledger)).toEqual(before);
  expect((await ledger.deliveries.readDelivery(delivery.id))?.record).toMatchObject({
    status: "pending",
    generation: 3,
  });
});

test("a task that has come to belong to another job -> stays the other's", async () => {
  const ledger = openTestLedger();
  const job = await putFull(ledger);
  await deliverAll(ledger, job);
  await ledger.redis.hset(ledger.keys.tasks, "task-2", "job_other");
  await endRetention(ledger, job);
  await walk(ledger);
  expect(await ledger.redis.hgetall(ledger.keys.tasks)).toEqual({ "task-2": "job_other" });
});
