// In which day a purchase counts: in that in which it was decided on, whatever becomes of it and of others, and when.
import { describe, expect, test } from "vitest";

import { dayOf, withReservations } from "../../../src/shared/store/budget.ts";
import { newAttempt, newTask, NOON, submittingJob, unconfirmedJob } from "../../support/job.ts";
import { openTestLedger, putJob, readJob } from "../../support/ledger.ts";
import {
  ESTIMATE,
  acceptedAs,
  begin,
  cancel,
  create,
  deferred,
  live,
  make,
  openWithin,
  outcome,
  refused,
  resubmit,
  spent,
  today,
} from "../../support/money.ts";
import { mustChange } from "../../support/must-change.ts";

const DAY_MS = 86_400_000;

describe("days", () => {
  test.each([
    [Date.UTC(2026, 0, 2, 0, 0, 0, 0) - 1, Date.UTC(2026, 0, 1)],
    [Date.UTC(2026, 0, 2), Date.UTC(2026, 0, 2)],
    [Date.UTC(2026, 0, 2, 23, 59, 59, 999), Date.UTC(2026, 0, 2)],
  ])("%d ms -> the UTC day that began at %d", (now, beganAt) => {
    expect(dayOf(now) * DAY_MS).toBe(beganAt);
  });

  test("yesterday's is spent -> today is whole; and what is given back goes to yesterday", async () => {
    const ledger = openWithin(1);
    const yesterday = (await today(ledger)) - 1;
    const old = await putJob(ledger, await make(ledger, { createdAt: yesterday * DAY_MS }));
    expect(await spent(ledger, { day: yesterday })).toBe(1);
    expect(await create(ledger, await make(ledger))).toBeNull();
    expect(await spent(ledger)).toBe(1);
    await live(ledger, old, cancel);
    expect(await spent(ledger, { day: yesterday })).toBe(0);
    expect(await spent(ledger)).toBe(1);
  });

  test("reserved yesterday, bought today -> counts yesterday, once", async () => {
    const ledger = openWithin(1);
    const yesterday = (await today(ledger)) - 1;
    const job = await putJob(ledger, await make(ledger, { createdAt: yesterday * DAY_MS }));
    await live(ledger, job, begin(), outcome(acceptedAs("task-1")));
    expect((await readJob(ledger, job.id)).reservedOn).toEqual([yesterday]);
    expect(await spent(ledger)).toBe(0);
  });

  test("unconfirmed yesterday, bought again today -> one on each day, and today's limit decides", async () => {
    const ledger = openWithin(1);
    const yesterday = (await today(ledger)) - 1;
    const began = { createdAt: yesterday * DAY_MS, estimate: ESTIMATE };
    const job = await putJob(ledger, unconfirmedJob(yesterday * DAY_MS, began));
    await live(ledger, job, resubmit);
    expect((await readJob(ledger, job.id)).reservedOn).toEqual([yesterday, yesterday + 1]);
    expect([await spent(ledger, { day: yesterday }), await spent(ledger)]).toEqual([1, 1]);
  });
});

describe("several purchases of one job", () => {
  test("the first was yesterday's and is refused late -> yesterday gets it back, and today's stays today's", async () => {
    const ledger = openWithin(1);
    const yesterday = (await today(ledger)) - 1;
    const attempts = [newAttempt(yesterday * DAY_MS, { id: "att_1", state: "unknown" })];
    const began = { createdAt: yesterday * DAY_MS, estimate: ESTIMATE, attempts };
    const job = await putJob(ledger, unconfirmedJob(yesterday * DAY_MS, began));
    await live(ledger, job, resubmit, begin("att_2"), outcome(refused));
    expect((await readJob(ledger, job.id)).reservedOn).toEqual([yesterday + 1]);
    expect([await spent(ledger, { day: yesterday }), await spent(ledger)]).toEqual([0, 1]);
    expect(await create(ledger, await make(ledger))).toMatchObject({ as: "budget" });
  });

  test("yesterday's is handed back today, and begun again -> still yesterday's, once", async () => {
    const ledger = openWithin(1);
    const yesterday = (await today(ledger)) - 1;
    const job = await putJob(ledger, await make(ledger, { createdAt: yesterday * DAY_MS }));
    await live(ledger, job, begin(), outcome(deferred), begin("att_2"), outcome(acceptedAs("t"), "att_2"));
    expect((await readJob(ledger, job.id)).reservedOn).toEqual([yesterday]);
    expect([await spent(ledger, { day: yesterday }), await spent(ledger)]).toEqual([1, 0]);
  });

  test("a stray task beside an attempt that is handed back and begun again -> each keeps its day", () => {
    const tasks = [newTask(NOON, { attempt: null, state: "lost" })];
    const attempts = [newAttempt(NOON, { id: "att_1" })];
    let job = submittingJob(NOON, { attempts, tasks, reservedOn: [20_455, 20_456] });
    const steps = [outcome(deferred), begin("att_2"), outcome(refused, "att_2")];
    const days = steps.map((decide) => {
      const change = mustChange(decide(job, NOON, null));
      // The ledger lets a job begin as it was decided.
      job = change.transition === "begin" ? change.job : withReservations(job, change, NOON).job;
      return job.reservedOn;
    });
    expect(days).toEqual([[20_455, 20_456], [20_455, 20_456], [20_456]]);
  });

  test("a stray task beside an attempt that begins anew -> each keeps its day", async () => {
    const ledger = openTestLedger();
    const yesterday = (await today(ledger)) - 1;
    const job = await putJob(ledger, await make(ledger, { createdAt: yesterday * DAY_MS }));
    const stray = outcome(acceptedAs("stray"), "att_1");
    const lives = [begin(), outcome(deferred), begin("att_2"), stray, outcome(refused, "att_2")];
    await live(ledger, job, ...lives);
    expect(await readJob(ledger, job.id)).toMatchObject({
      status: "processing",
      reservedOn: [yesterday + 1],
    });
    expect([await spent(ledger, { day: yesterday }), await spent(ledger)]).toEqual([0, 1]);
  });
});
