// The repair of lost wake-ups, on a real Redis with real queues.
import { Worker } from "bullmq";
import { describe, expect, onTestFinished, test } from "vitest";

import { cancelJob } from "../../src/api/resolve.ts";
import { billingState } from "../../src/shared/job.ts";
import type { Job } from "../../src/shared/job.ts";
import type { Stage } from "../../src/shared/queues.ts";
import { createHeartbeat } from "../../src/worker/heartbeat.ts";
import { rescueOverdue, startRescue } from "../../src/worker/rescue.ts";
import type { RescueDeps } from "../../src/worker/rescue.ts";
import { eventually } from "../support/eventually.ts";
import {
  newAttempt,
  newJob,
  newRequest,
  processingJob,
  submittingJob,
  unconfirmedJob,
} from "../support/job.ts";
import {
  dumpKeys,
  liveEntries,
  loseWakeUps,
  openTestLedger,
  putJob,
  readJob,
  readZset,
} from "../support/ledger.ts";
import { SUBMIT_TIMEOUT_MS } from "../support/ledger.ts";
import type { TestLedger } from "../support/ledger.ts";
import { mustChange } from "../support/must-change.ts";

const policy = { pollFirstMs: 10_000, recoveryMs: 86_400_000, holdMs: 600_000 };
const webhook = { url: "https://hooks.example/in", events: null };

const depsOf = (ledger: TestLedger): RescueDeps => ({
  ...ledger,
  policy,
  submitTimeoutMs: SUBMIT_TIMEOUT_MS,
  scheduleS: [5],
});

const rescue = (ledger: TestLedger) => rescueOverdue(depsOf(ledger));

/** As if so much time had passed that somebody must look after these. */
async function makeOverdue({ redis, keys }: TestLedger, ...ids: string[]): Promise<void> {
  await redis.zadd(keys.due, ...ids.flatMap((id) => [1, id]));
}

const woken = (ledger: TestLedger) => ledger.logs.named("wake_up.rescued");

/** Puts a job and lets so much time pass that somebody must look after it. */
async function putOverdue(ledger: TestLedger, make: (now: number) => Job): Promise<Job> {
  const job = await putJob(ledger, make(await ledger.jobs.readClock()));
  await makeOverdue(ledger, job.id);
  return job;
}

/** A job whose event waits for its delivery, and the delivery's id. */
async function putDelivery(ledger: TestLedger): Promise<string> {
  const job = await putJob(
    ledger,
    newJob(await ledger.jobs.readClock(), { request: newRequest({ webhook }) }),
  );
  await ledger.jobs.changeJob(job.id, (each, now) => mustChange(cancelJob(each, now)));
  const [delivery] = await ledger.deliveries.deliveriesOf(job.id);
  if (!delivery) throw new Error("no delivery");
  await makeOverdue(ledger, delivery.id);
  return delivery.id;
}

/** One live record for each stage, and the entry that it counts on. */
const waiting: [Stage, (ledger: TestLedger) => Promise<string>][] = [
  ["submit", async (ledger) => `${(await putOverdue(ledger, (now) => newJob(now))).id}-1`],
  ["poll", async (ledger) => `${(await putOverdue(ledger, (now) => processingJob(now))).id}-1`],
  ["deliver", async (ledger) => `${await putDelivery(ledger)}-1`],
];

describe("a wake-up that was lost", () => {
  test.each(waiting)("of %s -> it is added again, and said", async (stage, put) => {
    const ledger = openTestLedger();
    const entry = await put(ledger);
    await loseWakeUps(ledger);
    expect(await liveEntries(ledger, stage)).toEqual([]);
    expect(await rescue(ledger)).toBe(false);
    expect(await liveEntries(ledger, stage)).toEqual([entry]);
    expect(woken(ledger)).toMatchObject([{ level: "warn", stage }]);
  });

  test("of each of two tasks -> both are added again", async () => {
    const ledger = openTestLedger();
    const { id } = await putOverdue(ledger, (now) => {
      const job = processingJob(now);
      return {
        ...job,
        tasks: [...job.tasks, ...job.tasks.map((task) => ({ ...task, id: "task-2", attempt: 2 }))],
      };
    });
    await loseWakeUps(ledger);
    await rescue(ledger);
    expect(await liveEntries(ledger, "poll")).toEqual([`${id}-1`, `${id}-2`]);
  });

  test("of a watched task of a job that has ended -> it is added again", async () => {
    const ledger = openTestLedger();
    const { id } = await putOverdue(ledger, (now) =>
      processingJob(now, { status: "canceled", finishedAt: now }),
    );
    await loseWakeUps(ledger);
    await rescue(ledger);
    expect(await liveEntries(ledger, "poll")).toEqual([`${id}-1`]);
  });

  test("to be looked at later -> the entry is delayed until then", async () => {
    const ledger = openTestLedger();
    const { id } = await putOverdue(ledger, (now) => {
      const job = processingJob(now);
      return { ...job, tasks: job.tasks.map((task) => ({ ...task, nextLookAt: now + 60_000 })) };
    });
    await loseWakeUps(ledger);
    await rescue(ledger);
    const entry = await ledger.motor.queues.poll.getJob(`${id}-1`);
    expect(entry?.opts.delay).toBeGreaterThan(55_000);
  });

  test("and its job has been queued anew -> the entry of the latest wake is added, not an older one", async () => {
    const ledger = openTestLedger();
    const { id } = await putOverdue(ledger, (now) => newJob(now, { submitWake: 3 }));
    await loseWakeUps(ledger);
    await rescue(ledger);
    expect(await liveEntries(ledger, "submit")).toEqual([`${id}-3`]);
  });

  test("but nobody is overdue -> nothing is woken yet", async () => {
    const ledger = openTestLedger();
    await putJob(ledger, newJob(await ledger.jobs.readClock()));
    await loseWakeUps(ledger);
    expect(await rescue(ledger)).toBe(false);
    expect(await liveEntries(ledger, "submit")).toEqual([]);
  });
});

/** Takes the stage's entry and ends it the way that a worker would. */
async function finish(ledger: TestLedger, stage: Stage, as: "completed" | "failed"): Promise<void> {
  const options = { connection: ledger.redis, prefix: ledger.keys.queues, autorun: false };
  const worker = new Worker(stage, undefined, options);
  onTestFinished(() => worker.close());
  const entry = await worker.getNextJob("token");
  if (!entry) throw new Error("no entry");
  await (as === "completed"
    ? entry.moveToCompleted(null, "token", false)
    : entry.moveToFailed(new Error("boom"), "token", false));
}

describe("an entry that BullMQ has finished while its record is live", () => {
  test.each(
    waiting.flatMap(([stage, put]) =>
      (["completed", "failed"] as const).map((as) => [stage, as, put] as const),
    ),
  )("%s, %s -> it is removed and added anew", async (stage, as, put) => {
    const ledger = openTestLedger();
    const entry = await put(ledger);
    await finish(ledger, stage, as);
    expect(await ledger.motor.queues[stage].getJobCounts(as)).toEqual({ [as]: 1 });
    await rescue(ledger);
    expect(await liveEntries(ledger, stage)).toEqual([entry]);
    expect(await ledger.motor.queues[stage].getJobCounts(as)).toEqual({ [as]: 0 });
  });
});

const begun = (agoMs: number) => (now: number) => submittingJob(now, { attempts: [newAttempt(now - agoMs)] });

describe("an entry that sleeps beyond its record, a clock having been set", () => {
  test("-> it is promoted, and said", async () => {
    const ledger = openTestLedger();
    const { id } = await putOverdue(ledger, (now) => {
      const job = processingJob(now - 60_000);
      return { ...job, createdAt: now - 120_000 };
    });
    const entry = await ledger.motor.queues.poll.getJob(`${id}-1`);
    expect(await entry?.isDelayed()).toBe(true);
    await rescue(ledger);
    expect(await entry?.isWaiting()).toBe(true);
    expect(woken(ledger)).toMatchObject([{ stage: "poll", id }]);
  });
});

describe("what time alone does to a job", () => {
  const lostMs = SUBMIT_TIMEOUT_MS + 15_000;

  test("submitting for longer than SUBMIT_TIMEOUT + 15 s -> unconfirmed, alarmed, never sent again", async () => {
    const ledger = openTestLedger();
    const { id } = await putOverdue(ledger, begun(lostMs + 1));
    await rescue(ledger);
    const after = await readJob(ledger, id);
    expect(after).toMatchObject({ status: "unconfirmed", attempts: [{ n: 1, state: "unknown" }] });
    expect(after.error).toMatchObject({ code: "submission_unconfirmed" });
    expect(billingState(after)).toBe("unknown");
    expect(await liveEntries(ledger, "submit")).toEqual([]);
    expect(ledger.logs.lines.filter(({ msg }) => String(msg).startsWith("job.unconfirmed"))).toHaveLength(1);
    expect(ledger.logs.named("job.rescued")).toMatchObject([{ from: "submitting", status: "unconfirmed" }]);
  });

  test("submitting for not quite so long -> its worker may still be at it: left alone", async () => {
    const ledger = openTestLedger();
    const job = await putOverdue(ledger, begun(lostMs - 5000));
    await rescue(ledger);
    expect(await readJob(ledger, job.id)).toEqual(job);
  });

  test("canceled while its submission was lost -> canceled, its money in doubt", async () => {
    const ledger = openTestLedger();
    const { id } = await putOverdue(ledger, (now) => ({ ...begun(lostMs + 1)(now), cancelRequestedAt: now }));
    await rescue(ledger);
    const after = await readJob(ledger, id);
    expect(after.status).toBe("canceled");
    expect(billingState(after)).toBe("unknown");
  });

  test("unconfirmed past HOLD_TIMEOUT_S -> failed with submission_unconfirmed; before -> left alone", async () => {
    const ledger = openTestLedger();
    const over = await putOverdue(ledger, (now) => unconfirmedJob(now, { holdUntil: now - 1 }));
    const held = await putOverdue(ledger, (now) => unconfirmedJob(now, { holdUntil: now + 60_000 }));
    await rescue(ledger);
    expect(await readJob(ledger, over.id)).toMatchObject({
      status: "failed",
      error: { code: "submission_unconfirmed" },
    });
    expect(await readJob(ledger, held.id)).toEqual(held);
    expect(ledger.logs.named("job.timed_out")).toMatchObject([{ from: "unconfirmed", status: "failed" }]);
  });

  test("queued past its start timeout -> expired", async () => {
    const ledger = openTestLedger();
    const { id } = await putOverdue(ledger, (now) => newJob(now, { startDeadlineAt: now - 1 }));
    await rescue(ledger);
    expect(await readJob(ledger, id)).toMatchObject({ status: "expired", error: { code: "start_timeout" } });
    expect(ledger.logs.named("job.timed_out")).toMatchObject([{ level: "info", from: "queued" }]);
    expect(ledger.logs.named("job.rescued")).toEqual([]);
  });
});

describe("the walk", () => {
  test("over records in good hands -> nothing changes but when they come round again", async () => {
    const ledger = openTestLedger();
    for (const [, put] of waiting) await put(ledger);
    const before = await dumpKeys(ledger);
    const now = await ledger.jobs.readClock();
    expect(await rescue(ledger)).toBe(false);
    const after = await dumpKeys(ledger);
    const due = await readZset(ledger, ledger.keys.due);
    expect(Object.values(due).every((at) => at >= now + 30_000)).toBe(true);
    before.delete("due");
    after.delete("due");
    expect(after).toEqual(before);
    expect(woken(ledger)).toEqual([]);
  });

  test("two rescuers at once -> they share the records, and none is claimed twice", async () => {
    const one = openTestLedger();
    const two = openTestLedger({ prefix: one.prefix });
    const ids = Array.from({ length: 400 }, (_, n) => `job_${n}`);
    await makeOverdue(one, ...ids);
    const claims = await Promise.all(
      Array.from({ length: 6 }, (_, n) => (n % 2 ? one : two).due.claimOverdue(100)),
    );
    const claimed = claims.flatMap((claim) => claim.ids);
    expect(claimed).toHaveLength(400);
    expect(new Set(claimed)).toEqual(new Set(ids));
  });

  test("two rescuers at once over lost wake-ups -> each is added once", async () => {
    const one = openTestLedger();
    const two = openTestLedger({ prefix: one.prefix });
    const now = await one.jobs.readClock();
    const jobs = await Promise.all(Array.from({ length: 150 }, () => putJob(one, newJob(now))));
    await makeOverdue(one, ...jobs.map(({ id }) => id));
    await loseWakeUps(one);
    await Promise.all([rescue(one), rescue(two)]);
    expect(await liveEntries(one, "submit")).toEqual(jobs.map(({ id }) => `${id}-1`).sort());
    expect([...woken(one), ...woken(two)]).toHaveLength(150);
  });

  test("5,100 overdue -> a walk takes 5,000 and says that some remain; the next one ends it and has woken the last", async () => {
    const ledger = openTestLedger();
    // They come first in the order, so the live one is reached last.
    await makeOverdue(ledger, ...Array.from({ length: 5099 }, (_, n) => `job_${String(n).padStart(5, "0")}`));
    const job = await putJob(ledger, newJob(await ledger.jobs.readClock()));
    await loseWakeUps(ledger);
    await ledger.redis.zadd(ledger.keys.due, 2, job.id);
    expect(await rescue(ledger)).toBe(true);
    expect(await ledger.redis.zcount(ledger.keys.due, "-inf", 10)).toBe(100);
    expect(await rescue(ledger)).toBe(false);
    expect(await liveEntries(ledger, "submit")).toEqual([`${job.id}-1`]);
    expect(Object.keys(await readZset(ledger, ledger.keys.due))).toEqual([job.id]);
  });

  test("more records than can be looked after in half a minute -> they come round later, so that the work is bounded", async () => {
    const ledger = openTestLedger();
    await makeOverdue(ledger, ...Array.from({ length: 20_000 }, (_, n) => `job_${n}`));
    const now = await ledger.jobs.readClock();
    const { ids } = await ledger.due.claimOverdue(100);
    const due = await readZset(ledger, ledger.keys.due);
    expect(ids.every((id) => (due[id] ?? 0) >= now + 40_000)).toBe(true);
  });

  test("over a record that cannot be read -> it is said and left as it is, and the others are rescued", async () => {
    const ledger = openTestLedger();
    const broken = await putOverdue(ledger, (now) => newJob(now));
    await ledger.redis.hset(ledger.keys.job(broken.id), "state", "{");
    const foreign = await putOverdue(ledger, (now) => newJob(now));
    await ledger.redis.set(ledger.keys.delivery("dlv_x"), "no hash");
    const lost = await putOverdue(ledger, (now) => newJob(now));
    await makeOverdue(ledger, "dlv_x");
    await loseWakeUps(ledger);
    expect(await rescue(ledger)).toBe(false);
    expect(await liveEntries(ledger, "submit")).toEqual([`${foreign.id}-1`, `${lost.id}-1`].sort());
    const told = ledger.logs.named("record.set_aside").map(({ id }) => id);
    expect(new Set(told)).toEqual(new Set(["dlv_x", broken.id]));
    expect(await ledger.redis.hget(ledger.keys.job(broken.id), "state")).toBe("{");
  });

  test("over ids whose records have gone or are done -> they are forgotten", async () => {
    const ledger = openTestLedger();
    const id = await putDelivery(ledger);
    const delivery = (await ledger.deliveries.readDelivery(id))?.record;
    if (!delivery) throw new Error("no delivery");
    await ledger.deliveries.writeDelivery(delivery, { status: "delivered" }, delivery.nextAt);
    await makeOverdue(ledger, id, "job_gone", "dlv_gone");
    await rescue(ledger);
    expect(await readZset(ledger, ledger.keys.due)).toEqual({});
  });
});

describe("the loop", () => {
  test("-> walks now and then until it is closed", async () => {
    const ledger = openTestLedger();
    const { id } = await putOverdue(ledger, (now) => newJob(now));
    await loseWakeUps(ledger);
    const loop = startRescue(depsOf(ledger), 20, createHeartbeat());
    await eventually(async () => expect(await liveEntries(ledger, "submit")).toEqual([`${id}-1`]));
    await loseWakeUps(ledger);
    await makeOverdue(ledger, id);
    await eventually(async () => expect(await liveEntries(ledger, "submit")).toEqual([`${id}-1`]));
    await loop.close();
    await loseWakeUps(ledger);
    await makeOverdue(ledger, id);
    await ledger.jobs.readClock();
    expect(await liveEntries(ledger, "submit")).toEqual([]);
  });

  test("a walk fails as a whole -> it is said, and the next one is made", async () => {
    const ledger = openTestLedger();
    const { id } = await putOverdue(ledger, (now) => newJob(now));
    await loseWakeUps(ledger);
    let failures = 2;
    const claimOverdue: RescueDeps["due"]["claimOverdue"] = (most) =>
      failures-- > 0 ? Promise.reject(new Error("LOADING")) : ledger.due.claimOverdue(most);
    const deps = { ...depsOf(ledger), due: { ...ledger.due, claimOverdue } };
    const loop = startRescue(deps, 10, createHeartbeat());
    onTestFinished(() => loop.close());
    await eventually(async () => expect(await liveEntries(ledger, "submit")).toEqual([`${id}-1`]));
    expect(ledger.logs.named("rescue.failed")).toHaveLength(2);
  });
});
