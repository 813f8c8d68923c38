// Erasure in the ledger: one write for the record and all that the job has left, whoever else writes meanwhile.
import { describe, expect, test } from "vitest";

import { eraseJob } from "../../../src/api/erase.ts";
import { note } from "../../../src/shared/change.ts";
import type { Delivery } from "../../../src/shared/delivery.ts";
import type { Job, JobStatus } from "../../../src/shared/job.ts";
import { billingState } from "../../../src/shared/job.ts";
import { settleJob } from "../../../src/shared/settle.ts";
import { JobStore } from "../../../src/shared/store/jobs.ts";
import { recordLook } from "../../../src/worker/look.ts";
import type { LookOutcome } from "../../../src/worker/novita/classify.ts";
import { newRequest, processingJob } from "../../support/job.ts";
import {
  DELIVERY_TIMEOUT_MS,
  dumpKeys,
  openTestLedger,
  putJob,
  readJob,
  readZset,
  RETENTION_S,
  SUBMIT_TIMEOUT_MS,
} from "../../support/ledger.ts";
import type { TestLedger } from "../../support/ledger.ts";

const video = { url: "https://v.example/1.mp4?sig=1", type: "mp4", expiresAt: null };
const request = newRequest({
  webhook: { url: "https://hooks.example/in?token=1", events: ["job.*"] },
  tags: ["spring", "sale"],
  reference: "order-42",
});
const lookPolicy = { baseMs: 3000, maxMs: 15_000, recoveryMs: 300_000, lostGraceMs: 0 };

/** A job that has told of its progress so often, and has then been canceled; its task is still watched. */
async function putCanceled(ledger: TestLedger, progressEvents = 0): Promise<Job> {
  const job = await putJob(ledger, processingJob(await ledger.jobs.readClock(), { request }));
  for (let n = 1; n <= progressEvents; n++) {
    const fact = { kind: "progress", progress: n };
    await ledger.jobs.changeJob(job.id, (each) => note(each, { progress: n }, fact, "job.progress"));
  }
  await ledger.jobs.changeJob(job.id, (each, now) => settleJob(each, { as: "canceled" }, now));
  return readJob(ledger, job.id);
}

async function erase(ledger: Pick<TestLedger, "jobs">, { id }: Job) {
  const known = await ledger.jobs.readJob(id);
  if (!known) throw new Error("no job");
  return ledger.jobs.eraseJob(id, eraseJob, known);
}

const deliveriesOf = async ({ deliveries }: TestLedger, { id }: Job): Promise<Delivery[]> =>
  (await deliveries.deliveriesOf(id)).sort((a, b) => (a.id < b.id ? -1 : 1));

const historyOf = ({ redis, keys }: TestLedger, { id }: Job) => redis.xrange(keys.history(id), "-", "+");

const answered = (n: number, snippet: string | null) => ({
  n,
  generation: 1,
  at: 1,
  status: 500,
  duration_ms: 3,
  error_code: "http_error",
  snippet,
});

/**
 * Erases while `interfere` happens once, after the attempts of the one delivery and then the history have been read.
 * Returns how many such reads it took.
 */
async function eraseAgainst(ledger: TestLedger, job: Job, interfere: () => Promise<unknown>) {
  let reads = 0;
  const redis = new Proxy(ledger.redis, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== "function") return value;
      if (name !== "xrange") return value.bind(target);
      return async (...words: unknown[]) => {
        const answer: unknown = await value.apply(target, words);
        if (++reads === 2) await interfere();
        return answer;
      };
    },
  });
  const policy = {
    publicUrl: null,
    submitTimeoutMs: SUBMIT_TIMEOUT_MS,
    deliveryTimeoutMs: DELIVERY_TIMEOUT_MS,
    retentionMs: RETENTION_S * 1000,
    dailyBudget: null,
    memoryPercent: null,
    maxQueued: null,
  };
  await erase({ jobs: new JobStore({ ...ledger, redis, policy }) }, job);
  return reads;
}

const look = (ledger: TestLedger, { id }: Job, outcome: LookOutcome) =>
  ledger.jobs.changeJob(id, (job, now) =>
    recordLook(job, "task-1", outcome, now, lookPolicy, { looksWorkElsewhere: true, random: 0 }),
  );

/** A job that has ended so, whose task may still bring a video; erased. */
async function putErased(ledger: TestLedger, status: JobStatus): Promise<Job> {
  const now = await ledger.jobs.readClock();
  const job = await putJob(ledger, processingJob(now, { request, status, finishedAt: now }));
  await erase(ledger, job);
  return readJob(ledger, job.id);
}

describe("history", () => {
  test("erased -> every entry under its own id, and `erased` as the newest", async () => {
    const ledger = openTestLedger();
    const job = await putCanceled(ledger, 3);
    const detail = { kind: "task_failed", task_id: "task-1", reason: "no cats" };
    await ledger.jobs.changeJob(job.id, (each) => note(each, {}, detail));
    const before = await historyOf(ledger, job);
    await erase(ledger, job);
    const after = await historyOf(ledger, job);
    expect(after.map(([id]) => id).slice(0, -1)).toEqual(before.map(([id]) => id));
    expect((await ledger.jobs.readHistory(job.id)).map(({ fact }) => fact)).toEqual([
      { kind: "processing", version: 1, status: "processing" },
      ...[1, 2, 3].map((n) => ({ kind: "progress", progress: n, version: n + 1, status: "processing" })),
      { kind: "canceled", transition: "cancel", version: 5, status: "canceled" },
      { kind: "task_failed", task_id: "task-1", version: 6, status: "canceled" },
      { kind: "erased", version: 7, status: "canceled" },
    ]);
  });

  test("an entry that nobody can understand -> goes, since it might be anybody's words; all others stay", async () => {
    const ledger = openTestLedger();
    const job = await putCanceled(ledger, 1);
    const before = await historyOf(ledger, job);
    await ledger.redis.xadd(ledger.keys.history(job.id), "*", "kind", "odd", "fact", "no cats");
    await erase(ledger, job);
    const after = await historyOf(ledger, job);
    expect(after.map(([id]) => id).slice(0, -1)).toEqual(before.map(([id]) => id));
    expect(JSON.stringify(after)).not.toContain("cats");
  });

  test("a reader who waits behind the last entry -> gets `erased` next, and nothing twice", async () => {
    const ledger = openTestLedger();
    const reader = openTestLedger({ prefix: ledger.prefix });
    const job = await putCanceled(ledger);
    const [last = ""] = (await historyOf(ledger, job)).at(-1) ?? [];
    const next = reader.redis.xread("BLOCK", 10_000, "STREAMS", ledger.keys.history(job.id), last);
    await erase(ledger, job);
    const [[, entries] = []] = (await next) ?? [];
    expect(entries).toMatchObject([[expect.any(String), ["kind", "erased", "fact", expect.any(String)]]]);
  });
});

describe("events and deliveries", () => {
  test("an event -> loses its bytes; what it was and when stays", async () => {
    const ledger = openTestLedger();
    const job = await putCanceled(ledger);
    const [delivery] = await deliveriesOf(ledger, job);
    const key = ledger.keys.event(delivery?.eventId ?? "");
    const { body, ...rest } = await ledger.redis.hgetall(key);
    expect(body).toContain("order-42");
    await erase(ledger, job);
    expect(await ledger.redis.hgetall(key)).toEqual(rest);
    expect(rest).toMatchObject({ type: "job.canceled", job: job.id, tenant: "acme" });
  });

  test.each(["pending", "delivering", "retrying"] as const)(
    "%s -> aborted as erased, without its address, and no longer due",
    async (status) => {
      const ledger = openTestLedger();
      const job = await putCanceled(ledger);
      const [delivery] = await deliveriesOf(ledger, job);
      if (!delivery) throw new Error("no delivery");
      await ledger.deliveries.writeDelivery(delivery, { status }, delivery.nextAt);
      await erase(ledger, job);
      expect(await deliveriesOf(ledger, job)).toEqual([
        {
          ...delivery,
          status: "aborted",
          lastError: "erased",
          url: "",
          version: 3,
          finishedAt: (await readJob(ledger, job.id)).erasedAt,
        },
      ]);
      expect(Object.keys(await readZset(ledger, ledger.keys.due))).not.toContain(delivery.id);
    },
  );

  test.each(["delivered", "failed", "aborted"] as const)(
    "%s -> stays so, without its address",
    async (status) => {
      const ledger = openTestLedger();
      const job = await putCanceled(ledger);
      const [delivery] = await deliveriesOf(ledger, job);
      if (!delivery) throw new Error("no delivery");
      const end = { status, lastStatus: 204, finishedAt: 5 };
      const ended = await ledger.deliveries.writeDelivery(delivery, end, delivery.nextAt);
      await erase(ledger, job);
      expect(await deliveriesOf(ledger, job)).toEqual([{ ...ended, url: "", version: 3 }]);
    },
  );

  test("attempts -> each under its own id, without what the receiver said", async () => {
    const ledger = openTestLedger();
    const job = await putCanceled(ledger);
    const key = ledger.keys.attempts((await deliveriesOf(ledger, job))[0]?.id ?? "");
    for (const n of [1, 2]) {
      const [delivery] = await deliveriesOf(ledger, job);
      if (!delivery) throw new Error("no delivery");
      await ledger.deliveries.writeDelivery(delivery, { attempt: n }, 0, answered(n, "your cats are ugly"));
    }
    const before = await ledger.redis.xrange(key, "-", "+");
    await erase(ledger, job);
    const after = await ledger.redis.xrange(key, "-", "+");
    expect(after.map(([id]) => id)).toEqual(before.map(([id]) => id));
    expect(after.map(([, [, text]]) => JSON.parse(text ?? ""))).toEqual([
      answered(1, null),
      answered(2, null),
    ]);
  });

  test("a hundred deliveries -> all of them", async () => {
    const ledger = openTestLedger();
    const job = await putCanceled(ledger, 99);
    await erase(ledger, job);
    const deliveries = await deliveriesOf(ledger, job);
    expect(deliveries).toHaveLength(100);
    expect(new Set(deliveries.map(({ status, url }) => `${status} ${url}`))).toEqual(new Set(["aborted "]));
  });
});

describe("by what it is found", () => {
  test("tags and reference -> no longer; its tenant and status -> still", async () => {
    const ledger = openTestLedger();
    const job = await putCanceled(ledger);
    const found = async () =>
      [...(await dumpKeys(ledger)).keys()].filter((name) => name.startsWith("jobs:acme")).sort();
    expect(await found()).toHaveLength(5);
    await erase(ledger, job);
    expect(await found()).toEqual(["jobs:acme", "jobs:acme:status:canceled"]);
  });
});

describe("somebody else writes between the reading and the writing", () => {
  test("an attempt ends with a snippet -> the snippet is erased too", async () => {
    const ledger = openTestLedger();
    const job = await putCanceled(ledger);
    const [delivery] = await deliveriesOf(ledger, job);
    if (!delivery) throw new Error("no delivery");
    const reads = await eraseAgainst(ledger, job, () =>
      ledger.deliveries.writeDelivery(delivery, { status: "delivered" }, 0, answered(1, "ugly cats")),
    );
    expect(reads).toBe(4);
    expect(await ledger.deliveries.readAttempts(delivery.id)).toEqual([answered(1, null)]);
    expect(await deliveriesOf(ledger, job)).toMatchObject([{ status: "delivered", url: "", version: 3 }]);
  });

  test("a look adds a line -> the line is kept, and its words are erased too", async () => {
    const ledger = openTestLedger();
    const job = await putCanceled(ledger);
    const detail = { kind: "task_failed", task_id: "task-1", reason: "no cats" };
    const reads = await eraseAgainst(ledger, job, () =>
      ledger.jobs.changeJob(job.id, (each) => note(each, { polls: 7 }, detail)),
    );
    expect(reads).toBe(4);
    expect(await readJob(ledger, job.id)).toMatchObject({ polls: 7, version: 4, request: { input: {} } });
    const kinds = (await ledger.jobs.readHistory(job.id)).map(({ kind }) => kind);
    expect(kinds).toEqual(["processing", "canceled", "task_failed", "erased"]);
    expect(JSON.stringify(await historyOf(ledger, job))).not.toContain("cats");
  });

  test("another erasure -> this one changes nothing", async () => {
    const ledger = openTestLedger();
    const job = await putCanceled(ledger);
    let between = new Map<string, string[]>();
    const reads = await eraseAgainst(ledger, job, async () => {
      await erase(ledger, job);
      between = await dumpKeys(ledger);
    });
    expect(reads).toBe(2);
    expect(await dumpKeys(ledger)).toEqual(between);
  });
});

describe("a task that is still watched", () => {
  test.each(["canceled", "expired"] as const)(
    "%s, erased, and the video arrives -> it is not kept, nobody is told, the status stays, the money is known",
    async (status) => {
      const ledger = openTestLedger();
      const job = await putErased(ledger, status);
      expect(Object.keys(await readZset(ledger, ledger.keys.due))).toContain(job.id);
      await look(ledger, job, { kind: "succeeded", video });
      const after = await readJob(ledger, job.id);
      expect(after).toMatchObject({
        status,
        video: null,
        finishedAt: job.finishedAt,
        tasks: [{ state: "succeeded", watched: false }],
      });
      expect(billingState(after)).toBe("billed");
      expect((await ledger.jobs.readHistory(job.id)).at(-1)?.kind).toBe("video_discarded");
      expect(await ledger.redis.exists(ledger.keys.outbox(job.id))).toBe(0);
      expect(Object.keys(await readZset(ledger, ledger.keys.due))).toEqual([]);
      expect(JSON.stringify([...(await dumpKeys(ledger))])).not.toContain("v.example");
    },
  );

  test("it fails with words about the prompt -> it has failed, and the words are nowhere", async () => {
    const ledger = openTestLedger();
    const job = await putErased(ledger, "canceled");
    await look(ledger, job, {
      kind: "failed",
      reason: "a cat is forbidden",
      upstream: { status: 200, reason: "a cat is forbidden" },
    });
    const after = await readJob(ledger, job.id);
    expect(after.tasks).toMatchObject([{ state: "failed", watched: false }]);
    expect(billingState(after)).toBe("unknown");
    expect(JSON.stringify([...(await dumpKeys(ledger))])).not.toContain("forbidden");
  });
});
