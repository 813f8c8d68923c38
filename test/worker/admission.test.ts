// The rules of entry as the begin script applies them, for all workers at once, on a real Redis.
import { describe, expect, test } from "vitest";

import { newAttemptId } from "../../src/shared/ids.ts";
import type { Job } from "../../src/shared/job.ts";
import type { Admission, EntryRules } from "../../src/shared/store/jobs.ts";
import { settleJob } from "../../src/shared/settle.ts";
import { jobError } from "../../src/shared/change.ts";
import { beginAttempt, recordOutcome } from "../../src/worker/attempt.ts";
import { recordLook } from "../../src/worker/look.ts";
import type { LookOutcome, SubmitOutcome } from "../../src/worker/novita/classify.ts";
import { pace } from "../../src/worker/pace.ts";
import { createRoad } from "../../src/worker/road.ts";
import type { Road, Verdict } from "../../src/worker/road.ts";
import { newJob, newRequest } from "../support/job.ts";
import { dumpKeys, openTestLedger, putJob, readJob, readZset } from "../support/ledger.ts";
import type { TestLedger } from "../support/ledger.ts";
import { accepted, running } from "../support/novita.ts";
import { newTestimony } from "../support/witness.ts";

const MODEL = "wan2.7-t2v";
const PROBE_MS = 60_000;
const SLOT_TTL_MS = 1_800_000;
const open: EntryRules = {
  maxInFlight: 1000,
  slotTtlMs: SLOT_TTL_MS,
  paceIntervalMs: 0,
  paceToleranceMs: 0,
  probeIntervalMs: PROBE_MS,
};
const submitPolicy = { pollFirstMs: 0, recoveryMs: 86_400_000, holdMs: 600_000 };
const lookPolicy = { baseMs: 3000, maxMs: 15_000, recoveryMs: 300_000, lostGraceMs: 0 };
const video = { url: "https://v.example/1.mp4", type: "mp4", expiresAt: null };

type Entered = { job: Job; attemptId: string; admission: Admission };

/** Tries to get a job in, a new one unless it is given. */
async function enter(ledger: TestLedger, rules: Partial<EntryRules>, given?: Job): Promise<Entered> {
  const job = given ?? (await putJob(ledger, newJob(await ledger.jobs.readClock())));
  const snapshot = await ledger.jobs.readJob(job.id);
  if (!snapshot) throw new Error("no job");
  const attemptId = newAttemptId();
  const change = beginAttempt(snapshot.record, attemptId, snapshot.now());
  const limits = { ...open, ...rules };
  const testimony = await newTestimony(ledger);
  const admission = await ledger.jobs.begin(ledger.redis, snapshot, change, limits, testimony);
  return { job, attemptId, admission };
}

async function begin(ledger: TestLedger, rules: Partial<EntryRules> = {}): Promise<Entered> {
  const entered = await enter(ledger, rules);
  expect(entered.admission.as).toBe("begun");
  return entered;
}

const record = (ledger: TestLedger, { job, attemptId }: Entered, outcome: SubmitOutcome) =>
  ledger.jobs.changeJob(job.id, (each, now) => recordOutcome(each, attemptId, outcome, now, submitPolicy));

const look = (ledger: TestLedger, { job }: Entered, outcome: LookOutcome) =>
  ledger.jobs.changeJob(job.id, (each, now) =>
    recordLook(each, each.tasks[0]?.id ?? "", outcome, now, lookPolicy, {
      looksWorkElsewhere: true,
      random: 0,
    }),
  );

const verdicts = (all: Entered[]) => all.map(({ admission }) => admission.as);
const count = (all: Entered[], as: Admission["as"]) => verdicts(all).filter((each) => each === as).length;
const slots = (ledger: TestLedger) => readZset(ledger, ledger.keys.slots);

describe("a free slot", () => {
  test("40 jobs through a cap of 5 on two workers -> never more than 5 in, and all get in as slots are freed", async () => {
    const one = openTestLedger();
    const two = openTestLedger({ prefix: one.prefix });
    const now = await one.jobs.readClock();
    const waiting = await Promise.all(Array.from({ length: 40 }, () => putJob(one, newJob(now))));
    const rules = { maxInFlight: 5 };
    let admitted = 0;
    for (let left = waiting; left.length > 0;) {
      const tried = await Promise.all(left.map((job, n) => enter(n % 2 ? one : two, rules, job)));
      const inside = tried.filter(({ admission }) => admission.as === "begun");
      expect(inside).toHaveLength(Math.min(5, left.length));
      expect(count(tried, "full")).toBe(left.length - inside.length);
      expect(Object.keys(await slots(one)).sort()).toEqual(inside.map(({ attemptId }) => attemptId).sort());
      admitted += inside.length;
      await Promise.all(inside.map((each) => record(one, each, accepted(`task of ${each.job.id}`))));
      await Promise.all(inside.map((each) => look(one, each, { kind: "succeeded", video })));
      left = tried.filter(({ admission }) => admission.as === "full").map(({ job }) => job);
    }
    expect(admitted).toBe(40);
    expect(await slots(one)).toEqual({});
  });

  test("taken -> by the attempt, for SLOT_TTL_S from its beginning, in the same step", async () => {
    const ledger = openTestLedger();
    const before = await ledger.jobs.readClock();
    const { job, attemptId } = await begin(ledger);
    const after = await ledger.jobs.readClock();
    const taken = await slots(ledger);
    expect(Object.keys(taken)).toEqual([attemptId]);
    expect(taken[attemptId]).toBeGreaterThanOrEqual(before + SLOT_TTL_MS);
    expect(taken[attemptId]).toBeLessThanOrEqual(after + SLOT_TTL_MS);
    expect(await readJob(ledger, job.id)).toMatchObject({
      status: "submitting",
      attempts: [{ id: attemptId, n: 1, state: "open" }],
    });
  });

  const refusals: [string, SubmitOutcome][] = [
    [
      "refused",
      { kind: "refused", code: "invalid_input", message: "", upstream: { status: 400, reason: null } },
    ],
    [
      "deferred",
      { kind: "deferred", message: "", retryAfterMs: null, upstream: { status: 429, reason: null } },
    ],
    ["blocked", { kind: "blocked", cause: "account", message: "", upstream: { status: 403, reason: null } }],
    ["unsent", { kind: "unsent", cause: "connect", message: "" }],
  ];
  test.each(refusals)("definite refusal (%s) -> the slot is free at once", async (_, outcome) => {
    const ledger = openTestLedger();
    const entered = await begin(ledger, { maxInFlight: 1 });
    await record(ledger, entered, outcome);
    expect(await slots(ledger)).toEqual({});
    await begin(ledger, { maxInFlight: 1 });
  });

  const unknown: SubmitOutcome = { kind: "unknown", message: "", upstream: null };
  const holding: [string, (ledger: TestLedger, entered: Entered) => Promise<unknown>][] = [
    ["an unknown outcome", (ledger, entered) => record(ledger, entered, unknown)],
    ["an accepted task", (ledger, entered) => record(ledger, entered, accepted("t"))],
    [
      "a running task",
      async (ledger, entered) => {
        await record(ledger, entered, accepted("t"));
        await look(ledger, entered, running());
      },
    ],
    [
      "a canceled job whose task runs on",
      async (ledger, entered) => {
        await record(ledger, entered, accepted("t"));
        await ledger.jobs.changeJob(entered.job.id, (job, now) => settleJob(job, { as: "canceled" }, now));
      },
    ],
    [
      "an expired job whose task runs on",
      async (ledger, entered) => {
        await record(ledger, entered, accepted("t"));
        const error = jobError("generation_timeout", "poll");
        await ledger.jobs.changeJob(entered.job.id, (job, now) =>
          settleJob(job, { as: "expired", error }, now),
        );
      },
    ],
    [
      "an unconfirmed job that was given up",
      async (ledger, entered) => {
        await record(ledger, entered, unknown);
        const error = jobError("submission_unconfirmed", "submit");
        await ledger.jobs.changeJob(entered.job.id, (job, now) =>
          settleJob(job, { as: "failed", error }, now),
        );
      },
    ],
  ];
  test.each(holding)("slot kept: %s -> nobody else gets in", async (_, happen) => {
    const ledger = openTestLedger();
    const entered = await begin(ledger, { maxInFlight: 1 });
    await happen(ledger, entered);
    expect(Object.keys(await slots(ledger))).toEqual([entered.attemptId]);
    expect((await enter(ledger, { maxInFlight: 1 })).admission).toEqual({ as: "full", waitMs: 0 });
  });

  test.each<[string, LookOutcome[]]>([
    ["ended with a video", [{ kind: "succeeded", video }]],
    ["ended without one", [{ kind: "succeeded", video: null }]],
    ["failed", [{ kind: "failed", reason: "boom", upstream: { status: 200, reason: null } }]],
    ["lost", [{ kind: "missing" }, { kind: "missing" }, { kind: "missing" }]],
  ])("the task is seen %s -> the slot is free", async (_, looks) => {
    const ledger = openTestLedger();
    const entered = await begin(ledger, { maxInFlight: 1 });
    await record(ledger, entered, accepted("t"));
    for (const each of looks) await look(ledger, entered, each);
    expect(await slots(ledger)).toEqual({});
    await begin(ledger, { maxInFlight: 1 });
  });

  test("SLOT_TTL_S after a POST whose end nobody saw -> the slot is given up for lost, and no sooner", async () => {
    const ledger = openTestLedger();
    const entered = await begin(ledger, { maxInFlight: 1 });
    const now = await ledger.jobs.readClock();
    await ledger.redis.zadd(ledger.keys.slots, now + 60_000, entered.attemptId);
    expect((await enter(ledger, { maxInFlight: 1 })).admission.as).toBe("full");
    await ledger.redis.zadd(ledger.keys.slots, now - 1, entered.attemptId);
    const next = await begin(ledger, { maxInFlight: 1 });
    expect(Object.keys(await slots(ledger))).toEqual([next.attemptId]);
  });
});

async function setUp() {
  const ledger = openTestLedger();
  const road = createRoad(ledger.redis, ledger.keys, PROBE_MS);
  const report = async (verdict: Verdict, begunAt?: number) =>
    road.report(verdict, MODEL, begunAt ?? (await ledger.jobs.readClock()));
  /** As if so much time had passed since it opened that a probe may try. */
  const letProbe = () => ledger.redis.del(ledger.keys.probe);
  return { ledger, report, letProbe };
}

const isOpen = async (ledger: TestLedger) => (await enter(ledger, {})).admission.as === "open";

describe("the pace", () => {
  test("20 a minute -> a burst of 2, then evenly spaced, never more than 20 in any minute", async () => {
    const ledger = openTestLedger();
    const key = ledger.keys.pace(MODEL);
    const { paceIntervalMs } = pace(20);
    const times: number[] = [];
    // The schedule is moved back by the wait that the script names: the same as waiting so long.
    let waited = 0;
    while (times.length < 50) {
      const now = await ledger.jobs.readClock();
      const { admission } = await enter(ledger, pace(20));
      if (admission.as === "begun") times.push(now + waited);
      else if (admission.as === "paced") {
        const tat = Number(await ledger.redis.hget(key, "tat"));
        await ledger.redis.hset(key, "tat", String(tat - admission.waitMs));
        waited += admission.waitMs;
      } else throw new Error(`unexpected: ${admission.as}`);
    }
    const gaps = times.slice(1).map((time, at) => time - (times[at] ?? 0));
    expect(gaps[0]).toBeLessThan(500);
    const [, ...later] = gaps;
    expect(Math.min(...later)).toBeGreaterThan(paceIntervalMs - 500);
    const inAMinute = times.map(
      (start) => times.filter((time) => time >= start && time < start + 59_500).length,
    );
    expect(Math.max(...inAMinute)).toBe(20);
  });

  test("refused for the pace -> told exactly how long, and let in when that has passed", async () => {
    const ledger = openTestLedger();
    const rules = { paceIntervalMs: 200, paceToleranceMs: 0 };
    await begin(ledger, rules);
    const { admission } = await enter(ledger, rules);
    if (admission.as !== "paced") throw new Error(`unexpected: ${admission.as}`);
    expect(admission.waitMs).toBeGreaterThan(0);
    expect(admission.waitMs).toBeLessThanOrEqual(200);
    const key = ledger.keys.pace(MODEL);
    const tat = Number(await ledger.redis.hget(key, "tat"));
    await ledger.redis.hset(key, "tat", String(tat - admission.waitMs));
    await begin(ledger, rules);
  });

  test("one model has had its turn -> another model is not held up", async () => {
    const ledger = openTestLedger();
    const rules = { paceIntervalMs: 60_000, paceToleranceMs: 0 };
    await begin(ledger, rules);
    const now = await ledger.jobs.readClock();
    const other = await putJob(ledger, newJob(now, { request: newRequest({ model: "other" }) }));
    expect((await enter(ledger, rules, other)).admission.as).toBe("begun");
    expect((await enter(ledger, rules)).admission.as).toBe("paced");
  });

  test("a Retry-After -> everybody waits for it; a shorter one afterwards does not cut it", async () => {
    const ledger = openTestLedger();
    const road = createRoad(ledger.redis, ledger.keys, PROBE_MS);
    await road.report({ as: "wait", ms: 30_000 }, MODEL, 0);
    await road.report({ as: "wait", ms: 1000 }, MODEL, 0);
    const { admission } = await enter(ledger, {});
    if (admission.as !== "paced") throw new Error(`unexpected: ${admission.as}`);
    expect(admission.waitMs).toBeGreaterThan(25_000);
    await road.report({ as: "wait", ms: 90_000 }, MODEL, 0);
    expect((await enter(ledger, {})).admission).toMatchObject({ as: "paced" });
    const hold = Number(await ledger.redis.hget(ledger.keys.pace(MODEL), "holdUntil"));
    expect(hold - (await ledger.jobs.readClock())).toBeGreaterThan(80_000);
    await ledger.redis.hset(
      ledger.keys.pace(MODEL),
      "holdUntil",
      String((await ledger.jobs.readClock()) - 1),
    );
    await begin(ledger);
  });
});

describe("the breaker", () => {
  const trouble = { as: "trouble" } as const;

  test.each(["account", "proxy"] as const)(
    "a fault of the %s -> open at once, also for a probe at first",
    async (cause) => {
      const { ledger, report } = await setUp();
      expect(await report({ as: "open", cause })).toBe(cause);
      const { admission } = await enter(ledger, {});
      if (admission.as !== "open") throw new Error(`unexpected: ${admission.as}`);
      expect(admission.waitMs).toBeGreaterThan(PROBE_MS - 5000);
      expect(admission.waitMs).toBeLessThanOrEqual(PROBE_MS);
    },
  );

  test("three troubles in a row -> open; two -> not yet", async () => {
    const { ledger, report } = await setUp();
    expect([await report(trouble), await report(trouble)]).toEqual([null, null]);
    expect(await isOpen(ledger)).toBe(false);
    expect(await report(trouble)).toBe("trouble");
    expect(await isOpen(ledger)).toBe(true);
  });

  test.each([{ as: "closed" }, { as: "refused" }] as const)(
    "two troubles, an answer ($as), two troubles -> still closed",
    async (answer) => {
      const { ledger, report } = await setUp();
      for (const verdict of [trouble, trouble, answer, trouble, trouble])
        expect(await report(verdict)).toBeNull();
      expect(await isOpen(ledger)).toBe(false);
    },
  );

  test("a 429 between troubles -> says nothing about the road, and ends no row", async () => {
    const { report } = await setUp();
    await report(trouble);
    await report(trouble);
    await report({ as: "wait", ms: 1 });
    expect(await report(trouble)).toBe("trouble");
  });

  test("open, 20 try at once when a probe is due -> exactly one gets in, and none before the next interval", async () => {
    const { ledger, report, letProbe } = await setUp();
    const two = openTestLedger({ prefix: ledger.prefix });
    await report({ as: "open", cause: "account" });
    const now = await ledger.jobs.readClock();
    const all = await Promise.all(Array.from({ length: 20 }, () => putJob(ledger, newJob(now))));
    await letProbe();
    const tried = await Promise.all(all.map((job, n) => enter(n % 2 ? ledger : two, {}, job)));
    expect(count(tried, "begun")).toBe(1);
    expect(count(tried, "open")).toBe(19);
    const probe = tried.find(({ admission }) => admission.as === "begun");
    expect(await ledger.redis.get(ledger.keys.probe)).toBe(probe?.attemptId);
    const left = await ledger.redis.pttl(ledger.keys.probe);
    expect(left).toBeGreaterThan(PROBE_MS - 5000);
    expect(left).toBeLessThanOrEqual(PROBE_MS);
    expect(await isOpen(ledger)).toBe(true);
    await letProbe();
    expect(count([await enter(ledger, {}), await enter(ledger, {})], "begun")).toBe(1);
  });

  test("a probe is due but the pace or the cap says no -> no token is spent, and the probe goes later", async () => {
    const { ledger, report, letProbe } = await setUp();
    await begin(ledger);
    await report({ as: "open", cause: "account" });
    await letProbe();
    expect((await enter(ledger, { maxInFlight: 1 })).admission.as).toBe("full");
    await report({ as: "wait", ms: 30_000 });
    expect((await enter(ledger, {})).admission.as).toBe("paced");
    expect(await ledger.redis.exists(ledger.keys.probe)).toBe(0);
    await ledger.redis.hdel(ledger.keys.pace(MODEL), "holdUntil");
    await begin(ledger);
  });

  test("an attempt that began after it opened is accepted -> closed for everybody", async () => {
    const { ledger, report, letProbe } = await setUp();
    await report({ as: "open", cause: "account" });
    await letProbe();
    const { job } = await begin(ledger);
    const begunAt = (await readJob(ledger, job.id)).attempts[0]?.begunAt;
    expect(await report({ as: "closed" }, begunAt)).toBe("closed");
    await Promise.all([begin(ledger), begin(ledger)]);
  });

  test("an attempt that began before it opened is accepted -> stays open", async () => {
    const { ledger, report } = await setUp();
    const begunAt = (await ledger.jobs.readClock()) - 1000;
    await report({ as: "open", cause: "account" });
    expect(await report({ as: "closed" }, begunAt)).toBeNull();
    expect(await isOpen(ledger)).toBe(true);
  });

  const openers: [string, Verdict[]][] = [
    ["troubles", [trouble, trouble, trouble]],
    ["a proxy", [{ as: "open", cause: "proxy" }]],
  ];
  test.each(openers)(
    "opened by %s, then Novita refuses a probe's job -> the way there is free: closed",
    async (_, opening) => {
      const { ledger, report, letProbe } = await setUp();
      for (const verdict of opening) await report(verdict);
      await letProbe();
      await begin(ledger);
      expect(await report({ as: "refused" })).toBe("closed");
      expect(await isOpen(ledger)).toBe(false);
    },
  );

  test("opened by troubles, then the wallet is empty -> that is the cause, which a refusal does not take away", async () => {
    const { ledger, report, letProbe } = await setUp();
    for (let n = 0; n < 3; n++) await report({ as: "trouble" });
    expect(await report({ as: "open", cause: "account" })).toBe("account");
    await letProbe();
    await begin(ledger);
    expect(await report({ as: "refused" })).toBeNull();
    expect(await isOpen(ledger)).toBe(true);
  });

  test("opened by an empty wallet, then Novita refuses a probe's job -> that says nothing of the wallet: open", async () => {
    const { ledger, report, letProbe } = await setUp();
    await report({ as: "open", cause: "account" });
    await letProbe();
    await begin(ledger);
    expect(await report({ as: "refused" })).toBeNull();
    expect(await isOpen(ledger)).toBe(true);
  });

  test("open, and told so again -> only the turn is told, once", async () => {
    const { report } = await setUp();
    expect(await report({ as: "open", cause: "account" })).toBe("account");
    expect(await report({ as: "open", cause: "account" })).toBeNull();
    expect(await report(trouble)).toBeNull();
  });

  test("closed again -> troubles are counted from nothing", async () => {
    const { ledger, report } = await setUp();
    for (const verdict of [trouble, trouble, trouble]) await report(verdict);
    await report({ as: "closed" });
    expect([await report(trouble), await report(trouble)]).toEqual([null, null]);
    expect(await isOpen(ledger)).toBe(false);
  });
});

describe("a script that was long on its way", () => {
  test("the attempt began, by its own account, more than 5 s ago -> stale: it would look lost from the start", async () => {
    const ledger = openTestLedger();
    const job = await putJob(ledger, newJob(await ledger.jobs.readClock()));
    const snapshot = await ledger.jobs.readJob(job.id);
    if (!snapshot) throw new Error("no job");
    const change = beginAttempt(job, "att_old", snapshot.now() - 10_000);
    const testimony = await newTestimony(ledger);
    expect(await ledger.jobs.begin(ledger.redis, snapshot, change, open, testimony)).toEqual({ as: "stale" });
    expect(await readJob(ledger, job.id)).toEqual(job);
    expect(await slots(ledger)).toEqual({});
  });
});

describe("a refusal", () => {
  const shut: [
    Admission["as"],
    Partial<EntryRules>,
    (ledger: TestLedger, road: Road, job: Job) => Promise<unknown>,
  ][] = [
    ["open", {}, (_ledger, road) => road.report({ as: "open", cause: "account" }, MODEL, 0)],
    ["paced", {}, (_ledger, road) => road.report({ as: "wait", ms: 30_000 }, MODEL, 0)],
    ["full", { maxInFlight: 1 }, (ledger) => begin(ledger)],
    [
      "stale",
      {},
      (ledger, _road, job) =>
        ledger.jobs.changeJob(job.id, (each, now) => settleJob(each, { as: "canceled" }, now)),
    ],
  ];

  test.each(shut)("%s -> changes nothing at all", async (as, rules, close) => {
    const ledger = openTestLedger();
    const road = createRoad(ledger.redis, ledger.keys, PROBE_MS);
    const job = await putJob(ledger, newJob(await ledger.jobs.readClock()));
    const snapshot = await ledger.jobs.readJob(job.id);
    if (!snapshot) throw new Error("no job");
    await close(ledger, road, job);
    // A slot that has lapsed is still a key that a refusal leaves alone.
    await ledger.redis.zadd(ledger.keys.slots, 1, "att_lapsed");
    const testimony = await newTestimony(ledger);
    const before = await dumpKeys(ledger);
    const change = beginAttempt(snapshot.record, "att_new", snapshot.now());
    const limits = { ...open, ...rules };
    const admission = await ledger.jobs.begin(ledger.redis, snapshot, change, limits, testimony);
    expect(admission.as).toBe(as);
    expect(await dumpKeys(ledger)).toEqual(before);
  });

  test("a job that two workers want -> one begins it, the other finds it stale and has taken no slot", async () => {
    const one = openTestLedger();
    const two = openTestLedger({ prefix: one.prefix });
    const job = await putJob(one, newJob(await one.jobs.readClock()));
    const tried = await Promise.all([one, two].map((ledger) => enter(ledger, {}, job)));
    expect(verdicts(tried).sort()).toEqual(["begun", "stale"]);
    const winner = tried.find(({ admission }) => admission.as === "begun");
    expect(Object.keys(await slots(one))).toEqual([winner?.attemptId]);
    expect((await readJob(one, job.id)).attempts).toMatchObject([{ id: winner?.attemptId }]);
  });
});
