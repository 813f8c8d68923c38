import { describe, expect, test, vi } from "vitest";

import { note } from "../../../src/shared/change.ts";
import type { Change } from "../../../src/shared/change.ts";
import type { Motor } from "../../../src/shared/queues.ts";
import { JobStore } from "../../../src/shared/store/jobs.ts";
import type { Decision } from "../../../src/shared/store/jobs.ts";
import { newAttempt, newJob, NOON, processingJob, unconfirmedJob } from "../../support/job.ts";
import { liveEntries, openTestLedger, putJob, readJob } from "../../support/ledger.ts";
import type { TestLedger } from "../../support/ledger.ts";
import { recordOutcome } from "../../../src/worker/attempt.ts";

const policy = {
  publicUrl: null,
  submitTimeoutMs: 60_000,
  deliveryTimeoutMs: 15_000,
  retentionMs: 60_000,
  dailyBudget: null,
  memoryPercent: null,
  maxQueued: null,
};
const submitPolicy = { pollFirstMs: 10_000, recoveryMs: 60_000, holdMs: 60_000 };

const creation = (job = newJob(NOON)): Change => ({
  transition: null,
  job,
  fact: { kind: "queued" },
  event: null,
});

/** The store with a motor of the test's in place of BullMQ's. */
const storeWith = (ledger: TestLedger, wake: Motor["wake"]) =>
  new JobStore({ ...ledger, policy, motor: { ...ledger.motor, wake } });

describe("changing a job", () => {
  test("somebody writes between the reading and the writing -> the decision is asked again, with the new record", async () => {
    const ledger = openTestLedger();
    const { id } = await putJob(ledger, newJob(NOON));
    const known = await ledger.jobs.readJob(id);
    if (!known) throw new Error("no job");
    await ledger.jobs.changeJob(id, (job) => note(job, { polls: 7 }, null));
    const seen: number[] = [];
    const changed = await ledger.jobs.changeJob(
      id,
      (job) => {
        seen.push(job.polls);
        return note(job, { polls: job.polls + 1 }, null);
      },
      { known },
    );
    expect(seen).toEqual([0, 7]);
    expect(changed?.job).toMatchObject({ polls: 8, version: 3 });
    expect(await readJob(ledger, id)).toEqual(changed?.job);
  });

  test("the decision is to leave it alone -> nothing is written", async () => {
    const ledger = openTestLedger();
    const job = await putJob(ledger, newJob(NOON));
    expect(await ledger.jobs.changeJob(job.id, () => null)).toEqual({ job, change: null, bar: null });
    expect(await readJob(ledger, job.id)).toEqual(job);
  });

  test("there is no such job -> null, and nobody is asked", async () => {
    const decide = vi.fn<Decision>(() => null);
    expect(await openTestLedger().jobs.changeJob("job_none", decide)).toBeNull();
    expect(decide).not.toHaveBeenCalled();
  });

  test("an Idempotency-Key that another request has bound -> the job is left alone", async () => {
    const ledger = openTestLedger();
    const job = await putJob(ledger, newJob(NOON));
    const binding = { key: ledger.keys.idempotency("acme", "d"), value: `${job.id} print` };
    const decide = () => ledger.jobs.changeJob(job.id, (each) => note(each, { polls: 1 }, null), { binding });
    expect((await decide())?.change).not.toBeNull();
    expect((await decide())?.change).toBeNull();
    expect(await readJob(ledger, job.id)).toMatchObject({ polls: 1, version: 2 });
  });
});

describe("the order of writes", () => {
  test("a new job -> its record stands before its first wake-up is added", async () => {
    const ledger = openTestLedger();
    const seen: unknown[] = [];
    const jobs = storeWith(ledger, async ([wakeUp]) => {
      seen.push((await ledger.jobs.readJob(wakeUp?.id ?? ""))?.record.status);
    });
    await jobs.createJob(creation());
    expect(seen).toEqual(["queued"]);
  });

  test("a task comes back -> the record holds it before the poll stage is woken", async () => {
    const ledger = openTestLedger();
    const attempt = newAttempt(NOON);
    const { id } = await putJob(ledger, newJob(NOON, { status: "submitting", attempts: [attempt] }));
    const seen: unknown[] = [];
    const jobs = storeWith(ledger, async ([wakeUp]) => {
      const { status, tasks } = await readJob(ledger, id);
      seen.push([wakeUp?.stage, wakeUp?.n, status, tasks.map((task) => task.id)]);
    });
    await jobs.changeJob(id, (job, now) =>
      recordOutcome(job, attempt.id, { kind: "accepted", taskId: "t-1" }, now, submitPolicy),
    );
    expect(seen).toEqual([["poll", 1, "processing", ["t-1"]]]);
  });

  test("the creation is refused -> nothing is woken", async () => {
    const ledger = openTestLedger();
    const wake = vi.fn<Motor["wake"]>(async () => undefined);
    const job = await putJob(ledger, newJob(NOON));
    await expect(storeWith(ledger, wake).createJob(creation(job))).rejects.toThrow("exists already");
    expect(wake).not.toHaveBeenCalled();
  });

  test("the queue cannot be told -> the job is accepted all the same, and the log says so", async () => {
    const ledger = openTestLedger();
    const job = newJob(NOON);
    const jobs = storeWith(ledger, () => Promise.reject(new Error("the queue is away")));
    expect(await jobs.createJob(creation(job))).toBeNull();
    expect(await readJob(ledger, job.id)).toMatchObject({ status: "queued", version: 1 });
    expect(await liveEntries(ledger, "submit")).toEqual([]);
    expect(ledger.logs.named("queue.unreachable")).toMatchObject([{ level: "warn" }]);
  });
});

describe("what is woken", () => {
  test("a new job -> its submit entry, named after its wake and with its priority", async () => {
    const ledger = openTestLedger();
    const high = await putJob(
      ledger,
      newJob(NOON, { request: { ...newJob(NOON).request, priority: "high" } }),
    );
    const entry = await ledger.motor.queues.submit.getJob(`${high.id}-1`);
    expect(entry?.data).toEqual({ id: high.id, n: 1 });
    expect(entry?.opts).toMatchObject({ priority: 1, attempts: 1 });
  });

  test("queued anew -> an entry of its own, whatever became of the one before", async () => {
    const ledger = openTestLedger();
    const now = await ledger.jobs.readClock();
    const job = await putJob(ledger, unconfirmedJob(now));
    await ledger.jobs.changeJob(job.id, (each) => ({
      transition: "resubmit",
      job: { ...each, status: "queued", submitWake: 2, holdUntil: null, version: each.version + 1 },
      fact: null,
      event: null,
    }));
    expect(await liveEntries(ledger, "submit")).toEqual([`${job.id}-2`]);
  });

  test("a task that is to be looked at later -> its entry is delayed until then", async () => {
    const ledger = openTestLedger();
    const now = await ledger.jobs.readClock();
    const base = processingJob(now);
    const tasks = base.tasks.map((task) => ({ ...task, nextLookAt: now + 10_000 }));
    // A record is written with the time of its creation.
    const job = await putJob(ledger, { ...base, tasks });
    const entry = await ledger.motor.queues.poll.getJob(`${job.id}-1`);
    expect(entry?.opts.delay).toBe(10_000);
    expect(await entry?.isDelayed()).toBe(true);
  });
});
