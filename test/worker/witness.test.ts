// A worker buys only on a server that remembers what the worker was told; on a real Redis.
import { describe, expect, onTestFinished, test, vi } from "vitest";

import { newAttemptId } from "../../src/shared/ids.ts";
import type { Prove } from "../../src/shared/store/durability.ts";
import { readSwitch } from "../../src/shared/store/submissions.ts";
import { beginAttempt } from "../../src/worker/attempt.ts";
import { submitJob } from "../../src/worker/submit.ts";
import { createWitness, startBeating } from "../../src/worker/witness.ts";
import type { Testimony } from "../../src/shared/store/jobs.ts";
import { eventually } from "../support/eventually.ts";
import { newJob } from "../support/job.ts";
import { dumpKeys, openTestLedger, putJob, readJob } from "../support/ledger.ts";
import type { TestLedger } from "../support/ledger.ts";
import { fakeNovita } from "../support/novita.ts";
import { startPrivateRedis } from "../support/redis.ts";
import { submitDeps } from "../support/stage.ts";
import { newTestimony } from "../support/witness.ts";

const GAP_MS = 60_000;

/** A worker of the ledger, that has looked at its Redis. */
async function startWitness(ledger: TestLedger, restoreGapMs = GAP_MS) {
  const witness = createWitness({ ...ledger, restoreGapMs });
  await witness.look();
  return witness;
}

async function queueJob(ledger: TestLedger) {
  return putJob(ledger, newJob(await ledger.jobs.readClock()));
}

/** Tries to get a job in on this testimony. */
async function enter(ledger: TestLedger, testimony: Testimony) {
  const job = await queueJob(ledger);
  const snapshot = await ledger.jobs.readJob(job.id);
  if (!snapshot) throw new Error("no job");
  const change = beginAttempt(job, newAttemptId(), snapshot.now());
  const { rules } = submitDeps(ledger);
  return ledger.jobs.begin(ledger.redis, snapshot, change, rules, testimony);
}

const pauseAt = async ({ redis, keys }: TestLedger) => (await readSwitch(redis, keys)).record;

const pauseAsOperator = ({ redis, keys }: TestLedger) => {
  const state = JSON.stringify({ since: 1, by: "operator", reason: "mine" });
  return redis.hset(keys.submissions, { status: "paused", version: 1, state });
};

/** Does this once, after a worker has judged and before it writes what follows. */
function beforeAdopting({ redis, keys }: TestLedger, act: () => Promise<unknown>): void {
  const send = redis.evalsha.bind(redis);
  const spy = vi.spyOn(redis, "evalsha").mockImplementation(async (...words) => {
    const isAdoption = words[2] === keys.epoch && words[3] === keys.submissions;
    if (isAdoption) {
      spy.mockRestore();
      await act();
    }
    return send(...words);
  });
}

/** As if Redis had been restored from a backup as old as that, and restarted: nothing but the epoch is looked at. */
const restore = ({ redis, keys }: TestLedger, ageMs: number) =>
  redis.hset(keys.epoch, { run: "another", at: Date.now() - ageMs });

describe("begin", () => {
  test("the witness says what the worker was told -> begun, and the witness counts it", async () => {
    const ledger = openTestLedger();
    const testimony = await newTestimony(ledger);
    expect(await enter(ledger, testimony)).toMatchObject({ as: "begun", begun: 1 });
    expect(await enter(ledger, { ...testimony, begun: 1 })).toMatchObject({ as: "begun", begun: 2 });
    expect(await ledger.redis.hget(ledger.keys.witness(testimony.witness), "begun")).toBe("2");
  });

  test.each<[string, (told: Testimony) => Testimony]>([
    ["of one purchase more", (told) => ({ ...told, begun: told.begun + 1 })],
    ["of one beat more", (told) => ({ ...told, beats: told.beats + 1 })],
    ["of another server", (told) => ({ ...told, run: "another" })],
    ["of a witness that is not there", (told) => ({ ...told, witness: "gone" })],
  ])("the worker was told %s -> forgotten, and nothing at all is changed", async (_name, as) => {
    const ledger = openTestLedger();
    const testimony = await newTestimony(ledger);
    const job = await queueJob(ledger);
    const snapshot = await ledger.jobs.readJob(job.id);
    if (!snapshot) throw new Error("no job");
    const before = await dumpKeys(ledger);
    const change = beginAttempt(job, "att_1", snapshot.now());
    const { rules } = submitDeps(ledger);
    const admission = await ledger.jobs.begin(ledger.redis, snapshot, change, rules, as(testimony));
    expect(admission.as).toBe("forgotten");
    expect(await dumpKeys(ledger)).toEqual(before);
  });

  test("another server has taken over -> held for three seconds, in which those who know more speak; then begun", async () => {
    const ledger = openTestLedger();
    await startWitness(ledger);
    await restore(ledger, 0);
    const testimony = await newTestimony(ledger);
    expect(await enter(ledger, testimony)).toMatchObject({ as: "forgotten", waitMs: expect.any(Number) });
    await ledger.redis.hset(ledger.keys.epoch, "heldUntil", await ledger.jobs.readClock());
    expect(await enter(ledger, testimony)).toMatchObject({ as: "begun" });
  });

  test("the hold ends further ahead than any was meant to: a clock was set back -> it is over", async () => {
    const ledger = openTestLedger();
    const testimony = await newTestimony(ledger);
    await ledger.redis.hset(ledger.keys.epoch, "heldUntil", (await ledger.jobs.readClock()) + 10_000);
    expect(await enter(ledger, testimony)).toMatchObject({ as: "begun" });
  });
});

const neverProven: Prove = async (redis, readBack) => ({ isConfirmed: false, found: await readBack(redis) });

describe("the submit stage", () => {
  test("Redis has forgotten a purchase of this worker's -> nothing is posted, and the queue dozes", async () => {
    const ledger = openTestLedger();
    const novita = fakeNovita();
    const witness = await startWitness(ledger);
    const deps = submitDeps(ledger, { novita, witness });
    const [first, second] = [await queueJob(ledger), await queueJob(ledger)];
    await submitJob(deps, { id: first.id, n: 1 });
    expect(novita.submits).toHaveLength(1);
    const testimony = await witness.testify();
    await ledger.redis.hset(ledger.keys.witness(testimony?.witness ?? ""), "begun", 0);
    expect(await submitJob(deps, { id: second.id, n: 1 })).toEqual({ as: "doze", ms: 100 });
    expect(novita.submits).toHaveLength(1);
    expect(await readJob(ledger, second.id)).toEqual(second);
  });

  test("a submission that was not proven, and never sent, is lost -> no purchase is missing, and buying goes on", async () => {
    const ledger = openTestLedger();
    const novita = fakeNovita();
    const witness = await startWitness(ledger);
    const job = await queueJob(ledger);
    await submitJob(submitDeps(ledger, { novita, witness, prove: neverProven }), { id: job.id, n: 1 });
    const testimony = await witness.testify();
    await ledger.redis.hset(ledger.keys.witness(testimony?.witness ?? ""), "begun", 0);
    await submitJob(submitDeps(ledger, { novita, witness }), { id: job.id, n: 1 });
    expect(novita.submits).toHaveLength(1);
  });
});

describe("a look", () => {
  test("at a Redis that no worker knows -> an epoch begins, and a line says so; beats follow", async () => {
    const ledger = openTestLedger();
    const witness = await startWitness(ledger);
    expect(ledger.logs.named("redis.first_used")).toMatchObject([{ jobs: 0 }]);
    const testimony = await witness.testify();
    await witness.look();
    expect(await witness.testify()).toEqual({ ...testimony, beats: 2, beatAt: expect.any(Number) });
    expect(await pauseAt(ledger)).toMatchObject({ status: "open" });
  });

  test("everything is wiped under three workers -> paused once, by onetake, with a reason; one audit entry; then calm", async () => {
    const ledger = openTestLedger();
    const { prefix } = ledger;
    const ledgers = [ledger, openTestLedger({ prefix }), openTestLedger({ prefix })];
    const witnesses = await Promise.all(ledgers.map((each) => startWitness(each)));
    const { redis, keys } = ledger;
    await redis.del(...(await redis.keys(`${keys.queues}:*`)));
    await Promise.all(witnesses.map(({ look }) => look()));
    const pause = await pauseAt(ledger);
    expect(pause).toMatchObject({
      status: "paused",
      by: "onetake",
      reason: expect.stringContaining("wiped"),
    });
    expect(await redis.xlen(keys.audit)).toBe(1);
    const told = ledgers.flatMap(({ logs }) => logs.named("redis.forgot"));
    expect(told.length).toBeGreaterThan(0);
    expect(told).toEqual(told.map(() => expect.objectContaining({ what: "wiped", paused: true })));
    await Promise.all(witnesses.map(({ look }) => look()));
    expect(ledgers.flatMap(({ logs }) => logs.named("redis.forgot"))).toHaveLength(told.length);
    expect(await pauseAt(ledger)).toEqual(pause);
  });

  test("submissions are paused already -> the operator's pause keeps its reason, and the alarm is told", async () => {
    const ledger = openTestLedger();
    const witness = await startWitness(ledger);
    const { redis, keys } = ledger;
    await redis.del(keys.witness((await witness.testify())?.witness ?? ""));
    await pauseAsOperator(ledger);
    const theirs = await pauseAt(ledger);
    await witness.look();
    expect(await pauseAt(ledger)).toEqual(theirs);
    expect(ledger.logs.named("redis.forgot")).toMatchObject([{ what: "went_back", paused: true }]);
    expect(await redis.exists(keys.audit)).toBe(0);
  });

  test("Redis forgets once more after the operator has resumed -> paused once more", async () => {
    const ledger = openTestLedger();
    const witness = await startWitness(ledger);
    const { redis, keys } = ledger;
    for (const times of [1, 2]) {
      await redis.del(keys.witness((await witness.testify())?.witness ?? ""));
      await witness.look();
      expect(await pauseAt(ledger)).toMatchObject({ status: "paused", by: "onetake" });
      expect(await redis.xlen(keys.audit)).toBe(times);
      await redis.del(keys.submissions);
    }
  });

  test("a new worker judges, and before it writes one that lives has vouched -> nothing is written, no pause", async () => {
    const ledger = openTestLedger();
    const [old, other] = [await startWitness(ledger), openTestLedger({ prefix: ledger.prefix })];
    await queueJob(ledger);
    await restore(ledger, GAP_MS + 1000);
    beforeAdopting(other, () => old.look());
    await startWitness(other);
    expect(await pauseAt(ledger)).toMatchObject({ status: "open" });
    expect(other.logs.named("redis.forgot")).toEqual([]);
  });

  test("a worker judges, and before it writes the operator pauses -> the operator's pause and reason stay", async () => {
    const ledger = openTestLedger();
    const witness = await startWitness(ledger);
    const { redis, keys } = ledger;
    await redis.del(keys.witness((await witness.testify())?.witness ?? ""));
    beforeAdopting(ledger, () => pauseAsOperator(ledger));
    await witness.look();
    expect(await pauseAt(ledger)).toMatchObject({ by: "operator", reason: "mine" });
    expect(ledger.logs.named("redis.forgot")).toMatchObject([{ what: "went_back", paused: true }]);
    expect(await redis.exists(keys.audit)).toBe(0);
  });

  test("a beat is lost, and no purchase -> an alarm, no pause", async () => {
    const ledger = openTestLedger();
    const witness = await startWitness(ledger);
    const { redis, keys } = ledger;
    await redis.hset(keys.witness((await witness.testify())?.witness ?? ""), "beats", 0);
    await witness.look();
    expect(ledger.logs.named("redis.forgot")).toMatchObject([{ what: "went_back", paused: false }]);
    expect(await pauseAt(ledger)).toMatchObject({ status: "open" });
  });

  test("by a new worker, at a restored Redis with a queued job -> paused before anything can begin", async () => {
    const ledger = openTestLedger();
    await startWitness(ledger);
    const job = await queueJob(ledger);
    await restore(ledger, GAP_MS + 1000);
    const novita = fakeNovita();
    const witness = await startWitness(ledger);
    expect(ledger.logs.named("redis.forgot")).toMatchObject([{ what: "restored", paused: true }]);
    expect(await pauseAt(ledger)).toMatchObject({ by: "onetake", reason: expect.stringContaining("resume") });
    await ledger.redis.hdel(ledger.keys.epoch, "heldUntil");
    expect(await submitJob(submitDeps(ledger, { novita, witness }), { id: job.id, n: 1 })).toEqual({
      as: "doze",
      ms: 1000,
    });
    expect(novita.submits).toEqual([]);
  });

  test("by a new worker, at a Redis restarted long after, with nothing queued -> said, not paused", async () => {
    const ledger = openTestLedger();
    await startWitness(ledger);
    await restore(ledger, GAP_MS + 1000);
    await startWitness(ledger);
    expect(ledger.logs.named("redis.restarted")).toHaveLength(1);
    expect(await pauseAt(ledger)).toMatchObject({ status: "open" });
  });

  test("by a new worker first, and then by one that has lived through the restart -> vouched for: no pause", async () => {
    const ledger = openTestLedger();
    const old = await startWitness(ledger);
    await queueJob(ledger);
    await restore(ledger, GAP_MS + 1000);
    const looking = startWitness(ledger);
    // It has looked, and waits for somebody to speak.
    await eventually(async () => expect(await ledger.redis.hget(ledger.keys.epoch, "run")).toBe("another"));
    await old.look();
    await looking;
    expect(ledger.logs.named("redis.forgot")).toEqual([]);
    expect(await pauseAt(ledger)).toMatchObject({ status: "open" });
  });
});

describe("Redis itself is restarted", () => {
  test("with its data, under a worker -> refused at first, then held, then bought; no alarm", async () => {
    const redis = await startPrivateRedis();
    onTestFinished(() => redis.stop());
    const ledger = openTestLedger({ url: redis.url });
    const witness = await startWitness(ledger);
    const testimony = await newTestimony(ledger);
    await redis.kill("SIGKILL");
    await redis.restart();
    expect(await enter(ledger, testimony)).toEqual({ as: "forgotten", waitMs: 0 });
    await witness.look();
    const now = await witness.testify();
    if (!now) throw new Error("no testimony");
    expect(now.run).not.toBe(testimony.run);
    await eventually(async () => expect(await enter(ledger, now)).toMatchObject({ as: "begun" }));
    expect(ledger.logs.named("redis.forgot")).toEqual([]);
  });
});

test("a server that does not tell who it is -> the counts alone decide", async () => {
  const redis = await startPrivateRedis();
  onTestFinished(() => redis.stop());
  const { redis: admin } = openTestLedger({ url: redis.url });
  await admin.call("ACL", "SETUSER", "plain", "on", ">secret", "~*", "&*", "+@all", "-info");
  const ledger = openTestLedger({ url: redis.url.replace("//", "//plain:secret@") });
  const testimony = await newTestimony(ledger);
  expect(testimony.run).toBe("");
  expect(await enter(ledger, testimony)).toMatchObject({ as: "begun" });
  expect(await enter(ledger, { ...testimony, begun: 2 })).toMatchObject({ as: "forgotten" });
});

test("beats come about each second until they are closed; a worker that leaves takes its witness with it", async () => {
  const ledger = openTestLedger();
  const witness = await startWitness(ledger);
  const beating = startBeating(witness);
  const key = ledger.keys.witness((await witness.testify())?.witness ?? "");
  await eventually(async () => expect(Number(await ledger.redis.hget(key, "beats"))).toBeGreaterThan(3));
  expect(await ledger.redis.pttl(key)).toBeGreaterThan(6 * 86_400_000);
  await beating.close();
  await witness.leave();
  expect(await ledger.redis.exists(key)).toBe(0);
});
