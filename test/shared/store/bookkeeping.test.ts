// What each kind of change leaves behind beside the record, read back at one moment.
import { describe, expect, test } from "vitest";
import { z } from "zod";

import { cancelJob, resolveJob } from "../../../src/api/resolve.ts";
import { jobError, note } from "../../../src/shared/change.ts";
import type { Decision } from "../../../src/shared/store/jobs.ts";
import { isDeliveryId } from "../../../src/shared/ids.ts";
import type { Job, JobRequest } from "../../../src/shared/job.ts";
import { settleJob } from "../../../src/shared/settle.ts";
import { beginAttempt, recordOutcome } from "../../../src/worker/attempt.ts";
import { recordLook } from "../../../src/worker/look.ts";
import type { LookOutcome, SubmitOutcome } from "../../../src/worker/novita/classify.ts";
import { newAttempt, newJob, newRequest, newTask } from "../../support/job.ts";
import { processingJob, submittingJob, unconfirmedJob } from "../../support/job.ts";
import { openTestLedger, putJob, RETENTION_S, SUBMIT_TIMEOUT_MS } from "../../support/ledger.ts";
import { DELIVERY_TIMEOUT_MS } from "../../support/ledger.ts";
import type { TestLedger } from "../../support/ledger.ts";
import { accepted, running } from "../../support/novita.ts";
import { mustChange } from "../../support/must-change.ts";

const GRACE_MS = 10_000;
const RETENTION_MS = RETENTION_S * 1000;
const video = { url: "https://v.example/1.mp4", type: "mp4", expiresAt: null };
const submitPolicy = { pollFirstMs: 20_000, recoveryMs: 86_400_000, holdMs: 600_000 };
const lookPolicy = { baseMs: 3000, maxMs: 15_000, recoveryMs: 300_000, lostGraceMs: 0 };
const context = { looksWorkElsewhere: true, random: 0.5 };
const unknown: SubmitOutcome = { kind: "unknown", message: "no answer", upstream: null };
const refused: SubmitOutcome = {
  kind: "refused",
  code: "content_rejected",
  message: "no",
  upstream: { status: 400, reason: "ILLEGAL_PROMPT" },
};
const unsent: SubmitOutcome = { kind: "unsent", cause: "connect", message: "no connection" };
const generationFailed: LookOutcome = {
  kind: "failed",
  reason: "boom",
  upstream: { status: 200, reason: null },
};

const withWebhook = (events: string[] | null = ["job.*"]): JobRequest =>
  newRequest({ webhook: { url: "https://hooks.example/in", events } });

const outcome =
  (what: SubmitOutcome): Decision =>
  (job, now) =>
    recordOutcome(job, job.attempts.at(-1)?.id ?? "", what, now, submitPolicy);

const look =
  (what: LookOutcome): Decision =>
  (job, now) =>
    recordLook(job, "task-1", what, now, lookPolicy, context);

const cancel: Decision = (job, now) => mustChange(cancelJob(job, now));

/** Puts a job that holds the slots of its attempts, changes it, and reads everything in one transaction. */
async function change(job: (now: number) => Job, decide: Decision) {
  const ledger = openTestLedger();
  const put = await putJob(ledger, job(await ledger.jobs.readClock()));
  const slots = put.attempts.flatMap(({ id, begunAt }) => [begunAt + 1_800_000, id]);
  if (slots.length > 0) await ledger.redis.zadd(ledger.keys.slots, ...slots);
  let at = 0;
  const changed = await ledger.jobs.changeJob(put.id, (each, now) => {
    at = now;
    return decide(each, now, null);
  });
  if (!changed?.change) throw new Error("nothing was changed");
  return { ledger, before: put, job: changed.job, now: at, books: await readBooks(ledger, changed.job) };
}

const missedJob = (now: number) => processingJob(now, { tasks: [newTask(now, { missing: 2 })] });

const lateJob = (now: number) =>
  processingJob(now, { tasks: [newTask(now - 3_700_000)], deadlineAt: now - 100_000 });

const watchedOutJob = (now: number) =>
  processingJob(now, {
    status: "expired",
    finishedAt: now - 1000,
    tasks: [newTask(now - 90_000_000, { watchUntil: now - 1 })],
  });

const canceledJob = (now: number) => processingJob(now, { status: "canceled", finishedAt: now - 5 });

const twoTasksJob = (now: number) =>
  processingJob(now, {
    attempts: [
      newAttempt(now, { id: "att_1", state: "accepted" }),
      newAttempt(now, { id: "att_2", n: 2, state: "accepted" }),
    ],
    tasks: [newTask(now), newTask(now, { id: "task-2", attempt: 2, nextLookAt: now + 5000 })],
  });

const Score = z
  .string()
  .nullable()
  .transform((score) => (score === null ? null : Number(score)));
const Books = z.tuple([
  Score,
  Score,
  Score,
  z.record(z.string(), z.string()),
  z.array(z.string()),
  z.array(z.string()),
  z.array(z.tuple([z.string(), z.array(z.string())])),
]);

async function readBooks({ redis, keys }: TestLedger, { id, tenant }: Job) {
  const answers = await redis
    .multi()
    .zscore(keys.due, id)
    .zscore(keys.purge, id)
    .zscore(keys.jobs(tenant), id)
    .hgetall(keys.tasks)
    .zrange(keys.slots, "0", "-1")
    .smembers(keys.outbox(id))
    .xrange(keys.history(id), "-", "+")
    .exec();
  const [due, purge, listed, tasks, slots, outbox, history] = Books.parse(answers?.map(([, value]) => value));
  const last = history.at(-1)?.[1] ?? [];
  return { due, purge, listed, tasks, slots, outbox, lastKind: last[1] ?? null };
}

const eventOf = async ({ redis, keys }: TestLedger, outbox: string[]) => {
  const events = outbox.filter((id) => !isDeliveryId(id));
  return Promise.all(events.map((id) => redis.hget(keys.event(id), "type")));
};

describe("a new job", () => {
  test("-> due when its hand-over is overdue, listed for its tenant, with its first line of history", async () => {
    const ledger = openTestLedger();
    const now = await ledger.jobs.readClock();
    const job = await putJob(ledger, newJob(now));
    expect(await readBooks(ledger, job)).toEqual({
      due: now + GRACE_MS,
      purge: null,
      listed: now,
      tasks: {},
      slots: [],
      outbox: [],
      lastKind: "queued",
    });
  });

  test("with a start timeout that ends sooner -> due then", async () => {
    const ledger = openTestLedger();
    const now = await ledger.jobs.readClock();
    const job = await putJob(ledger, newJob(now, { request: newRequest({ startTimeoutS: 3 }) }));
    expect((await readBooks(ledger, job)).due).toBe(now + 3000);
  });
});

describe("a submission", () => {
  test("begun -> due when its worker must have been lost, by the time it began", async () => {
    const { job, books } = await change(
      (now) => newJob(now),
      (each, now) => beginAttempt(each, "att_1", now - 1000),
    );
    expect(books.due).toBe((job.attempts[0]?.begunAt ?? 0) + SUBMIT_TIMEOUT_MS + 15_000);
    expect(books).toMatchObject({ purge: null, lastKind: "submitting" });
  });

  test("accepted -> the task leads to the job, the slot stays, the poll stage is due", async () => {
    const { job, now, books } = await change(submittingJob, outcome(accepted("task-9")));
    expect(books.tasks).toEqual({ "task-9": job.id });
    expect(books.slots).toEqual([job.attempts[0]?.id]);
    expect(books).toMatchObject({ due: now + GRACE_MS, purge: null, lastKind: "processing" });
  });

  test("refused -> the slot is free, nothing is due, the record may go after its retention", async () => {
    const { now, books } = await change(submittingJob, outcome(refused));
    expect(books).toMatchObject({ slots: [], due: null, purge: now + RETENTION_MS, lastKind: "failed" });
  });

  test("not sent -> the slot is free and the job is due again", async () => {
    const { now, books } = await change(submittingJob, outcome(unsent));
    expect(books).toMatchObject({ slots: [], due: now + GRACE_MS, purge: null, lastKind: "queued" });
  });

  test("of unknown outcome -> the slot stays, and the job is due when nobody has resolved it", async () => {
    const { job, now, books } = await change(submittingJob, outcome(unknown));
    expect(books.slots).toEqual([job.attempts[0]?.id]);
    expect(books).toMatchObject({ due: now + submitPolicy.holdMs, purge: null, lastKind: "unconfirmed" });
  });

  test("canceled on its way -> the slot stays and it is still due as a submission", async () => {
    const { before, books } = await change(submittingJob, cancel);
    expect(books.slots).toEqual([before.attempts[0]?.id]);
    expect(books.due).toBe((before.attempts[0]?.begunAt ?? 0) + SUBMIT_TIMEOUT_MS + 15_000);
  });

  test("resubmitted -> the unknown attempt keeps its slot, and the job is due as a new one", async () => {
    const { before, now, books } = await change(unconfirmedJob, (job, at) =>
      mustChange(resolveJob(job, "resubmit", undefined, at)),
    );
    expect(books.slots).toEqual([before.attempts[0]?.id]);
    expect(books).toMatchObject({ due: now + GRACE_MS, purge: null, lastKind: "queued" });
  });

  test("given up by resolve -> the slot stays until its time is up, and the record may go", async () => {
    const { before, now, books } = await change(unconfirmedJob, (job, at) =>
      mustChange(resolveJob(job, "fail", undefined, at)),
    );
    expect(books.slots).toEqual([before.attempts[0]?.id]);
    expect(books).toMatchObject({ due: null, purge: now + RETENTION_MS });
  });
});

describe("a look", () => {
  test("at a running task -> the slot stays, and the job is due after the next look", async () => {
    const { job, books } = await change(processingJob, look(running()));
    expect(books.slots).toEqual([job.attempts[0]?.id]);
    expect(books).toMatchObject({ due: (job.tasks[0]?.nextLookAt ?? 0) + GRACE_MS, purge: null });
  });

  test("that finds the video -> the slot is free, nothing is due, the record may go after its retention", async () => {
    const { now, books } = await change(processingJob, look({ kind: "succeeded", video }));
    expect(books).toMatchObject({ slots: [], due: null, purge: now + RETENTION_MS, lastKind: "succeeded" });
  });

  test("that finds the task failed -> the slot is free", async () => {
    const { now, books } = await change(processingJob, look(generationFailed));
    expect(books).toMatchObject({ slots: [], due: null, purge: now + RETENTION_MS, lastKind: "failed" });
  });

  test("that finds the task lost -> the slot is free, and the task is still watched", async () => {
    const { job, now, books } = await change(missedJob, look({ kind: "missing" }));
    expect(job).toMatchObject({ status: "failed", error: { code: "task_lost" } });
    expect(books).toMatchObject({ slots: [], purge: null, due: now + lookPolicy.recoveryMs + GRACE_MS });
  });

  test("at the deadline that finds it running -> expired; the slot stays with the task, which is watched on", async () => {
    const { job, now, books } = await change(lateJob, look(running()));
    expect(job.status).toBe("expired");
    expect(books.slots).toEqual([job.attempts[0]?.id]);
    expect(books).toMatchObject({ purge: null, due: now + lookPolicy.recoveryMs + GRACE_MS });
  });

  test("that is the last of a task's watch -> the slot is free and the record may go", async () => {
    const { before, books } = await change(watchedOutJob, look(running()));
    expect(books).toMatchObject({
      slots: [],
      due: null,
      purge: (before.finishedAt ?? 0) + RETENTION_MS,
    });
  });
});

describe("a cancellation", () => {
  test("of a queued job -> nothing is due, the record may go", async () => {
    const { now, books } = await change((at) => newJob(at), cancel);
    expect(books).toMatchObject({ due: null, purge: now + RETENTION_MS, lastKind: "canceled" });
  });

  test("of a task on its way -> the slot stays, the task is watched, the record may not go yet", async () => {
    const { job, books } = await change(processingJob, cancel);
    expect(books.slots).toEqual([job.attempts[0]?.id]);
    expect(books).toMatchObject({ purge: null, lastKind: "canceled" });
    expect(books.due).not.toBeNull();
  });

  test("and the watched task ends -> the slot is free and the record may go", async () => {
    const { before, job, books } = await change(canceledJob, look({ kind: "succeeded", video }));
    expect(job).toMatchObject({ status: "canceled", video });
    expect(books).toMatchObject({ slots: [], due: null, purge: (before.finishedAt ?? 0) + RETENTION_MS });
  });
});

describe("several attempts", () => {
  test("one of two tasks ends -> its own slot alone is free, and the other task stays due", async () => {
    const { books, before } = await change(twoTasksJob, look(generationFailed));
    expect(books.slots).toEqual(["att_2"]);
    expect(books.due).toBe((before.tasks[1]?.nextLookAt ?? 0) + GRACE_MS);
  });
});

describe("an event", () => {
  const silent: [string, (now: number, request: JobRequest) => Job, Decision][] = [
    ["job.submitted", (now, request) => submittingJob(now, { request }), outcome(accepted("task-9"))],
    ["job.progress", (now, request) => processingJob(now, { request }), look(running({ progress: 50 }))],
  ];
  const loud: typeof silent = [
    ["job.succeeded", (now, request) => processingJob(now, { request }), look({ kind: "succeeded", video })],
    ["job.failed", (now, request) => processingJob(now, { request }), look(generationFailed)],
    ["job.canceled", (now, request) => newJob(now, { request }), cancel],
    [
      "job.expired",
      (now, request) => newJob(now, { request }),
      (job, now) => settleJob(job, { as: "expired", error: jobError("start_timeout", "submit") }, now),
    ],
    ["job.unconfirmed", (now, request) => submittingJob(now, { request }), outcome(unknown)],
    [
      "job.recovered",
      (now, request) => processingJob(now, { request, status: "expired", finishedAt: now }),
      look({ kind: "succeeded", video }),
    ],
  ];

  test.each([...silent, ...loud])(
    "%s, asked for -> its bytes and a pending delivery stand in the outbox",
    async (type, job, decide) => {
      const { ledger, job: after, now, books } = await change((at) => job(at, withWebhook()), decide);
      const eventId = books.outbox.find((id) => !isDeliveryId(id)) ?? "";
      const deliveryId = books.outbox.find(isDeliveryId) ?? "";
      const event = await ledger.redis.hgetall(ledger.keys.event(eventId));
      expect(event).toMatchObject({ type, job: after.id, tenant: "acme", at: String(now) });
      expect(JSON.parse(event["body"] ?? "")).toMatchObject({
        type,
        id: eventId,
        data: { job: { id: after.id, status: after.status, version: after.version } },
      });
      const delivery = await ledger.deliveries.readDelivery(deliveryId);
      expect(delivery?.record).toMatchObject({
        status: "pending",
        eventId,
        jobId: after.id,
        url: "https://hooks.example/in",
        generation: 1,
        nextAt: now,
      });
      expect(Number(await ledger.redis.zscore(ledger.keys.due, deliveryId))).toBe(now + GRACE_MS);
    },
  );

  test.each(silent)("%s, not asked for -> it is nobody's business", async (_, job, decide) => {
    const { books } = await change((at) => job(at, withWebhook(null)), decide);
    expect(books.outbox).toEqual([]);
  });

  test.each(loud)("%s with a webhook that names no filter -> delivered", async (type, job, decide) => {
    const { ledger, books } = await change((at) => job(at, withWebhook(null)), decide);
    expect(await eventOf(ledger, books.outbox)).toEqual([type]);
    expect(books.outbox.filter(isDeliveryId)).toHaveLength(1);
  });

  test.each(loud)(
    "%s of a job without a webhook -> the fact is kept and nothing is sent",
    async (type, job, decide) => {
      const { ledger, books } = await change((at) => job(at, newRequest()), decide);
      expect(await eventOf(ledger, books.outbox)).toEqual([type]);
      expect(books.outbox.filter(isDeliveryId)).toEqual([]);
    },
  );

  test("a change of no consequence -> no event, no history", async () => {
    const { books } = await change(
      (now) => processingJob(now, { request: withWebhook() }),
      (job) => note(job, { polls: 1 }, null),
    );
    expect(books).toMatchObject({ outbox: [], lastKind: "processing" });
  });
});

describe("a delivery", () => {
  test("under way -> due after its time limit; retrying -> after its turn; ended -> never", async () => {
    const { ledger, books, now } = await change((at) => newJob(at, { request: withWebhook() }), cancel);
    const id = books.outbox.find(isDeliveryId) ?? "";
    const due = async () => Number(await ledger.redis.zscore(ledger.keys.due, id));
    const pending = (await ledger.deliveries.readDelivery(id))?.record;
    if (!pending) throw new Error("no delivery");
    const delivering = await ledger.deliveries.writeDelivery(pending, { status: "delivering" }, now);
    expect(await due()).toBe(now + DELIVERY_TIMEOUT_MS + GRACE_MS);
    if (!delivering) throw new Error("not written");
    const patch = { status: "retrying", nextAt: now + 60_000 } as const;
    const retrying = await ledger.deliveries.writeDelivery(delivering, patch, now);
    expect(await due()).toBe(now + 60_000 + GRACE_MS);
    if (!retrying) throw new Error("not written");
    await ledger.deliveries.writeDelivery(retrying, { status: "delivered", finishedAt: now }, now);
    expect(await ledger.redis.zscore(ledger.keys.due, id)).toBeNull();
  });
});
