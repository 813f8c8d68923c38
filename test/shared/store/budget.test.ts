// What a tenant's day has cost, or may: counted in the script that decides a purchase, given back when it cost nothing.
import { describe, expect, test } from "vitest";

import type { Decision } from "../../../src/shared/store/jobs.ts";
import { rescueOverdue } from "../../../src/worker/rescue.ts";
import { submitJob } from "../../../src/worker/submit.ts";
import { newAttempt, newRequest, processingJob } from "../../support/job.ts";
import { openTestLedger, putJob, readJob, SUBMIT_TIMEOUT_MS } from "../../support/ledger.ts";
import { submitPolicy as policy } from "../../support/lifecycle-world.ts";
import {
  ESTIMATE,
  acceptedAs,
  begin,
  cancel,
  create,
  deferred,
  expire,
  failed,
  giveUp,
  live,
  make,
  openWithin,
  outcome,
  put,
  refused,
  resubmit,
  spent,
  succeeded,
  today,
  unknown,
} from "../../support/money.ts";
import { fakeNovita } from "../../support/novita.ts";
import { submitDeps } from "../../support/stage.ts";

describe("at the door", () => {
  test("as many as fit -> written, to the micro-dollar; one more -> barred, with what is spent", async () => {
    const ledger = openWithin(2);
    expect(await create(ledger, await make(ledger))).toBeNull();
    expect(await create(ledger, await make(ledger))).toBeNull();
    expect(await create(ledger, await make(ledger, { estimate: 1 }))).toEqual({
      as: "budget",
      found: String(2 * ESTIMATE),
    });
    expect(await spent(ledger)).toBe(2);
  });

  test("one that is too dear -> barred, and a cheaper one still fits", async () => {
    const ledger = openWithin(1);
    expect(await create(ledger, await make(ledger, { estimate: ESTIMATE + 1 }))).toMatchObject({
      as: "budget",
    });
    expect(await create(ledger, await make(ledger))).toBeNull();
  });

  test("50 at once on two connections -> as many as fit, and not one more", async () => {
    const one = openWithin(7);
    const two = openWithin(7, one.prefix);
    const jobs = await Promise.all(Array.from({ length: 50 }, () => make(one)));
    const bars = await Promise.all(jobs.map((job, n) => create(n % 2 ? one : two, job)));
    expect(bars.filter((bar) => bar === null)).toHaveLength(7);
    expect(bars.filter((bar) => bar?.as === "budget")).toHaveLength(43);
    expect(await spent(one)).toBe(7);
  });

  test("another tenant -> has a day of its own", async () => {
    const ledger = openWithin(1);
    await put(ledger);
    expect(await create(ledger, await make(ledger, { tenant: "globex" }))).toBeNull();
    expect(await spent(ledger, { tenant: "globex" })).toBe(1);
    expect(await spent(ledger)).toBe(1);
  });

  test("no budget -> counted all the same, so that one that is set today knows the day", async () => {
    const ledger = openTestLedger();
    await put(ledger);
    await put(ledger);
    expect(await spent(ledger)).toBe(2);
    const limited = openWithin(2, ledger.prefix);
    expect(await create(limited, await make(limited))).toMatchObject({ as: "budget" });
  });

  test("no price -> nothing can be counted, and the job knows of its purchase all the same", async () => {
    const ledger = openTestLedger();
    const job = await putJob(ledger, await make(ledger, { estimate: null }));
    expect(job.reservedOn).toEqual([await today(ledger)]);
    expect(await ledger.redis.keys(`${ledger.keys.queues}:spent:*`)).toEqual([]);
  });

  test("a day's sum -> is let go when no job can be waiting for it any more", async () => {
    const ledger = openTestLedger();
    await put(ledger);
    const [key = ""] = await ledger.redis.keys(`${ledger.keys.queues}:spent:*`);
    const ttl = await ledger.redis.ttl(key);
    expect(ttl).toBeGreaterThan(39 * 86_400);
    expect(ttl).toBeLessThanOrEqual(40 * 86_400);
  });
});

describe("what turns out to have cost nothing is given back", () => {
  test.each<[string, Decision[]]>([
    ["canceled before it was submitted", [cancel]],
    ["expired unstarted", [expire]],
    ["definitely refused", [begin(), outcome(refused)]],
    ["handed back, and then canceled", [begin(), outcome(deferred), cancel]],
    ["refused late, after it was given up", [begin(), outcome(unknown), giveUp, outcome(refused)]],
  ])("%s -> nothing is spent, and the next fits", async (_name, decisions) => {
    const ledger = openWithin(1);
    const job = await put(ledger);
    expect(await spent(ledger)).toBe(1);
    await live(ledger, job, ...decisions);
    expect((await readJob(ledger, job.id)).reservedOn).toEqual([]);
    expect(await spent(ledger)).toBe(0);
    expect(await create(ledger, await make(ledger))).toBeNull();
  });
});

describe("what may have been paid for stays counted", () => {
  const processing = [begin(), outcome(acceptedAs("task-1"))];
  test.each<[string, Decision[]]>([
    ["on its way", [begin()]],
    ["unconfirmed", [begin(), outcome(unknown)]],
    ["unconfirmed and canceled", [begin(), outcome(unknown), cancel]],
    ["unconfirmed and given up", [begin(), outcome(unknown), giveUp]],
    ["accepted", processing],
    ["accepted and canceled", [...processing, cancel]],
    ["accepted, and its generation failed", [...processing, failed]],
    ["accepted, with its video", [...processing, succeeded]],
  ])("%s -> one purchase, once", async (_name, decisions) => {
    const ledger = openWithin(1);
    const job = await put(ledger);
    await live(ledger, job, ...decisions);
    expect((await readJob(ledger, job.id)).reservedOn).toEqual([await today(ledger)]);
    expect(await spent(ledger)).toBe(1);
    expect(await create(ledger, await make(ledger))).toMatchObject({ as: "budget" });
  });

  test("its retention is over -> still spent", async () => {
    const ledger = openWithin(1);
    const job = await put(ledger);
    await live(ledger, job, ...processing, succeeded);
    const ended = await readJob(ledger, job.id);
    await ledger.due.purgeJob(ended, await ledger.deliveries.deliveriesOf(job.id));
    expect(await ledger.jobs.readJob(job.id)).toBeNull();
    expect(await spent(ledger)).toBe(1);
  });
});

describe("a second purchase", () => {
  test("resolve says resubmit, and it fits -> two are counted; the first is refused late -> one", async () => {
    const ledger = openWithin(2);
    const job = await put(ledger);
    await live(ledger, job, begin(), outcome(unknown), resubmit);
    expect(await spent(ledger)).toBe(2);
    await live(ledger, job, outcome(refused));
    expect(await spent(ledger)).toBe(1);
  });

  test("resolve says resubmit, and it does not fit -> barred, and the job stays unconfirmed", async () => {
    const ledger = openWithin(1);
    const job = await put(ledger);
    await live(ledger, job, begin(), outcome(unknown));
    const changed = await ledger.jobs.changeJob(job.id, resubmit);
    expect(changed).toMatchObject({ change: null, bar: { as: "budget", found: String(ESTIMATE) } });
    expect(await readJob(ledger, job.id)).toMatchObject({ status: "unconfirmed", submitWake: 1, version: 3 });
    expect(await spent(ledger)).toBe(1);
  });

  test("20 resubmits of 20 jobs at once, and room for three -> three are queued anew", async () => {
    const ledger = openTestLedger();
    const jobs = await Promise.all(Array.from({ length: 20 }, () => put(ledger)));
    for (const job of jobs) await live(ledger, job, begin(), outcome(unknown));
    const limited = openWithin(23, ledger.prefix);
    const results = await Promise.all(jobs.map(({ id }) => limited.jobs.changeJob(id, resubmit)));
    expect(results.filter((result) => result?.job.status === "queued")).toHaveLength(3);
    expect(results.filter((result) => result?.bar?.as === "budget")).toHaveLength(17);
    expect(await spent(ledger)).toBe(23);
  });
});

describe("on_unconfirmed: resubmit, by a worker", () => {
  const buyTwice = { onUnconfirmed: "resubmit" as const };

  test.each([
    [2, { status: "queued", submitWake: 2 }, 2],
    [1, { status: "unconfirmed", submitWake: 1 }, 1],
  ])("a budget for %d, and nobody knows what became of the first -> %j", async (most, state, counted) => {
    const ledger = openWithin(most);
    const job = await put(ledger, buyTwice);
    const novita = fakeNovita({ submit: () => unknown });
    await submitJob(submitDeps(ledger, { novita }), { id: job.id, n: 1 });
    const after = await readJob(ledger, job.id);
    expect(after).toMatchObject(state);
    expect(after.holdUntil !== null).toBe(most === 1);
    expect(after.reservedOn).toHaveLength(counted);
    expect(await spent(ledger)).toBe(counted);
    expect(novita.submits).toHaveLength(1);
  });

  test("its worker died, and the budget is spent -> rescue holds it instead", async () => {
    const ledger = openWithin(1);
    const { redis, keys } = ledger;
    const lostAt = (await ledger.jobs.readClock()) - SUBMIT_TIMEOUT_MS - 20_000;
    const attempts = [newAttempt(lostAt)];
    const submitting = { status: "submitting" as const, attempts, request: newRequest(buyTwice) };
    const job = await putJob(ledger, await make(ledger, submitting));
    await redis.zadd(keys.due, 1, job.id);
    await rescueOverdue({ ...ledger, policy, submitTimeoutMs: SUBMIT_TIMEOUT_MS, scheduleS: [5] });
    expect(await readJob(ledger, job.id)).toMatchObject({
      status: "unconfirmed",
      reservedOn: [expect.any(Number)],
    });
    expect(await spent(ledger)).toBe(1);
  });
});

describe("what has been bought is counted, never refused", () => {
  test("a handed-back job is queued again with its budget spent -> it waits on, and is begun", async () => {
    const ledger = openWithin(1);
    const job = await put(ledger);
    await live(ledger, job, begin(), outcome(deferred), begin("att_2"));
    expect(await spent(ledger)).toBe(1);
  });

  test("the task of a handed-back attempt shows up while the next one is on its way -> counted, over the limit", async () => {
    const ledger = openWithin(1);
    const job = await put(ledger);
    await live(ledger, job, begin(), outcome(deferred), begin("att_2"), outcome(acceptedAs("task-1")));
    expect((await readJob(ledger, job.id)).reservedOn).toHaveLength(2);
    expect(await spent(ledger)).toBe(2);
    expect(await create(ledger, await make(ledger))).toMatchObject({ as: "budget", found: "1000000" });
  });

  test("a late task of a job that ended and was given back -> counted again, today", async () => {
    const ledger = openWithin(1);
    const job = await put(ledger);
    await live(ledger, job, begin(), outcome(deferred), cancel);
    expect(await spent(ledger)).toBe(0);
    await put(ledger);
    await live(ledger, job, outcome(acceptedAs("task-1")));
    expect(await spent(ledger)).toBe(2);
  });
});

test("many jobs at once, each with a life of its own -> the sum is that of what may have been paid for", async () => {
  const ledger = openTestLedger();
  const lives: Decision[][] = [
    [],
    [cancel],
    [begin(), outcome(refused)],
    [begin(), outcome(unknown), resubmit, begin("att_2"), outcome(acceptedAs("task-2"), "att_2")],
    [begin(), outcome(unknown), resubmit, outcome(refused)],
    [begin(), outcome(acceptedAs("task-1")), failed],
  ];
  const jobs = await Promise.all(Array.from({ length: 60 }, () => put(ledger)));
  await Promise.all(jobs.map((job, n) => live(ledger, job, ...(lives[n % lives.length] ?? []))));
  const after = await Promise.all(jobs.map(({ id }) => readJob(ledger, id)));
  const counts = after.slice(0, lives.length).map(({ reservedOn }) => reservedOn.length);
  expect(counts).toEqual([1, 0, 0, 2, 1, 1]);
  expect(await spent(ledger)).toBe(after.reduce((sum, { reservedOn }) => sum + reservedOn.length, 0));
});

test("a task turns up that no attempt accounts for -> it is a purchase of its own", async () => {
  const ledger = openWithin(1);
  const now = await ledger.jobs.readClock();
  const job = await putJob(ledger, processingJob(now, { estimate: ESTIMATE }));
  await live(ledger, job, outcome(acceptedAs("stray"), "att_0"));
  expect(await spent(ledger)).toBe(2);
});
