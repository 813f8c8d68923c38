/**
 * The ledger of jobs. Every change of a job goes through `changeJob` (or `begin`, for the paid one): read, decide, write
 * if nobody else wrote in between, wake whatever stage comes next.
 */
import type { Logger } from "pino";
import { z } from "zod";

import { announce } from "../announce.ts";
import { within } from "../lifecycle.ts";
import { Job, openAttempt, transitions } from "../job.ts";
import type { Change } from "../change.ts";
import type { Motor, WakeUp } from "../queues.ts";
import { withReservations } from "./budget.ts";
import { conditionsOf, keepBooks } from "./bookkeeping.ts";
import type { Policy } from "./bookkeeping.ts";
import type { Keys } from "./keys.ts";
import { commitRecord, readRecord } from "./record.ts";
import type { Bar, Snapshot, Written } from "./record.ts";
import type { RedisClient } from "./redis.ts";
import { keysOfLists, listWords, runScript } from "./scripts.ts";

/** `bar`: what stood in the way of what was decided before; null the first time. */
export type Decision = (job: Job, now: number, bar: Bar | null) => Change | null;

/** The job as it stands afterwards; `change` is null when the decision was to leave it alone, or met a `bar`. */
export type Changed = { job: Job; change: Change | null; bar: Bar | null };

/** An Idempotency-Key, and what it is bound to by a write. */
export type Binding = { key: string; value: string };

/** Limits of entry, all of them applied in one script. Times in ms. */
export type EntryRules = {
  maxInFlight: number;
  slotTtlMs: number;
  paceIntervalMs: number;
  paceToleranceMs: number;
  probeIntervalMs: number;
};

export type Admission =
  | { as: "begun"; job: Job }
  | { as: "stale" }
  | { as: "paused" | "open" | "paced" | "full"; waitMs: number };

/** A history entry: `at` in ms by Redis' clock. */
export type HistoryEntry = { at: number; kind: string; fact: z.infer<typeof Fact> };

/** One of those who write at once wins each round, so the unluckiest of N needs N; more than this means that something is wrong. */
const MAX_ROUNDS = 100;

/** How long a change waits for its wake-ups; they go on without it. */
const LONGEST_WAKE_MS = 400;

type Deps = { redis: RedisClient; keys: Keys; motor: Motor; policy: Policy; log: Logger };

export class JobStore {
  readonly #redis: RedisClient;
  readonly #keys: Keys;
  readonly #motor: Motor;
  readonly #policy: Policy;
  readonly #log: Logger;

  constructor({ redis, keys, motor, policy, log }: Deps) {
    this.#redis = redis;
    this.#keys = keys;
    this.#motor = motor;
    this.#policy = policy;
    this.#log = log;
  }

  /** Redis' clock in ms: deadlines that cross processes are reckoned by it. */
  async readClock(): Promise<number> {
    const [seconds, micros] = await this.#redis.time();
    return Number(seconds) * 1000 + Math.floor(Number(micros) / 1000);
  }

  /** `redis`: another connection to read on. */
  readJob(id: string, redis: RedisClient = this.#redis): Promise<Snapshot<Job> | null> {
    return readRecord(redis, this.#keys.job(id), Job);
  }

  /** Writes a new job and wakes its first stage. Returns what stood in the way, or null when it is written. */
  async createJob(created: Change, binding: Binding | null = null): Promise<Bar | null> {
    const { createdAt } = created.job;
    const change = withReservations(created, createdAt);
    const written = await this.#write(null, change, createdAt, binding);
    if (written.as === "stale") throw new Error(`The job ${change.job.id} exists already.`);
    return written.as === "written" ? null : written;
  }

  /**
   * Decides and writes, again and again while somebody else moves the record first. null: there is no such job.
   * `known` spares the first read.
   */
  async changeJob(
    id: string,
    decide: Decision,
    options: { known?: Snapshot<Job>; binding?: Binding | null } = {},
  ): Promise<Changed | null> {
    let snapshot = options.known ?? (await this.readJob(id));
    let bar: Bar | null = null;
    for (let round = 0; snapshot && round < MAX_ROUNDS; round++) {
      const before = snapshot.record;
      const now = snapshot.now();
      const decided = decide(before, now, bar);
      if (!decided) return { job: before, change: null, bar };
      const change = withReservations(decided, now);
      const written = await this.#write(before, change, now, options.binding ?? null);
      if (written.as === "written") return { job: change.job, change, bar: null };
      if (written.as === "stale") snapshot = await this.readJob(id);
      else if (bar) return { job: before, change: null, bar: written };
      else bar = written;
    }
    if (!snapshot) return null;
    throw new Error(`The job ${id} could not be changed: it moved ${MAX_ROUNDS} times in a row.`);
  }

  /** Writes a change under its conditions, and does what follows from one that stands. */
  async #write(before: Job | null, change: Change, now: number, binding: Binding | null): Promise<Written> {
    const conditions = conditionsOf(this.#keys, this.#policy, before, change);
    const { commands, wakeUps } = keepBooks(this.#keys, this.#policy, before, change, now);
    if (binding) {
      conditions.unshift(["free", binding.key]);
      commands.push(["SET", binding.key, binding.value]);
    }
    const guard = { ...guardOf(this.#keys, before, change), conditions };
    const written = await commitRecord(this.#redis, guard, commands);
    if (written.as === "written") await this.#follow(change, wakeUps, now);
    return written;
  }

  /**
   * Admits a job to the paid request. `change` is its move to `submitting`; it is written only if every rule of entry
   * lets it in, in the same step that takes its slot. `redis`: the connection to write it on.
   */
  async begin(
    redis: RedisClient,
    snapshot: Snapshot<Job>,
    change: Change,
    rules: EntryRules,
  ): Promise<Admission> {
    const attempt = openAttempt(change.job);
    if (!attempt) throw new Error("Only a change that opens an attempt can begin.");
    const before = snapshot.record;
    const { commands } = keepBooks(this.#keys, this.#policy, before, change, snapshot.now());
    const { key, version, sources } = guardOf(this.#keys, before, change);
    const { slots, breaker, probe, pace, pause } = this.#keys;
    const keys = [key, slots, pace(before.request.model), breaker, probe, pause, ...keysOfLists(commands)];
    const limits = [rules.maxInFlight, rules.slotTtlMs, rules.paceIntervalMs, rules.paceToleranceMs];
    const words = [version, sources.join(","), attempt.id, ...limits, rules.probeIntervalMs, attempt.begunAt];
    const answer = await runScript(redis, "begin", keys, [...words, ...listWords(commands)], BeginAnswer);
    return asAdmission(answer, change.job);
  }

  /**
   * What follows from a change that stands. The ledger holds the truth, and rescue repairs lost wake-ups, so a queue that
   * cannot be told is no failure, and one that is slow to listen is not waited for.
   */
  async #follow(change: Change, wakeUps: WakeUp[], now: number): Promise<void> {
    announce(this.#log, change);
    if (wakeUps.length === 0) return;
    try {
      await within(LONGEST_WAKE_MS, this.#motor.wake(wakeUps, now));
    } catch (error) {
      this.#log.warn({ err: error, wakeUps }, "queue.unreachable");
    }
  }

  /** The job's history, oldest first. */
  async readHistory(id: string): Promise<HistoryEntry[]> {
    const entries = await this.#redis.xrange(this.#keys.history(id), "-", "+");
    return entries.map(([entryId, [, kind = "", , fact = "{}"]]) => ({
      at: Number(entryId.split("-")[0]),
      kind,
      fact: Fact.parse(JSON.parse(fact)),
    }));
  }
}

const BeginAnswer = z.tuple([z.string(), z.string()]);
const Fact = z.record(z.string(), z.unknown());

function guardOf(keys: Keys, before: Job | null, change: Change) {
  if (!before) return { key: keys.job(change.job.id), version: 0, sources: [] };
  const sources = change.transition ? transitions[change.transition].from : [before.status];
  return { key: keys.job(before.id), version: before.version, sources };
}

function asAdmission([verdict, wait]: [string, string], job: Job): Admission {
  if (verdict === "begun") return { as: "begun", job };
  if (verdict === "paused" || verdict === "open" || verdict === "paced" || verdict === "full") {
    return { as: verdict, waitMs: Number(wait) };
  }
  return { as: "stale" };
}
