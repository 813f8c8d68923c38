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
import { keepBooks } from "./bookkeeping.ts";
import type { Policy } from "./bookkeeping.ts";
import type { Keys } from "./keys.ts";
import { commitRecord, readRecord } from "./record.ts";
import type { Guard, Snapshot, Written } from "./record.ts";
import type { RedisClient } from "./redis.ts";
import { commandKeys, commandWords, runScript } from "./scripts.ts";

export type Decision = (job: Job, now: number) => Change | null;

/** The job as it stands afterwards; `change` is null when the decision was to leave it alone. */
export type Changed = { job: Job; change: Change | null };

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
  | { as: "open" | "paced" | "full"; waitMs: number };

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

  /** Writes a new job and wakes its first stage, unless the idempotency key is held already. */
  async createJob(change: Change, idempotency: Guard["idempotency"]): Promise<Written> {
    const { id, createdAt } = change.job;
    const { commands, wakeUps } = keepBooks(this.#keys, this.#policy, null, change, createdAt);
    const guard = { key: this.#keys.job(id), version: 0, sources: [], idempotency };
    const written = await commitRecord(this.#redis, guard, commands);
    if (written.as === "written") await this.#follow(change, wakeUps, createdAt);
    return written;
  }

  /**
   * Decides and writes, again and again while somebody else moves the record first. null: there is no such job.
   * `known` spares the first read.
   */
  async changeJob(
    id: string,
    decide: Decision,
    options: { known?: Snapshot<Job>; idempotency?: Guard["idempotency"] } = {},
  ): Promise<Changed | null> {
    let snapshot = options.known ?? (await this.readJob(id));
    for (let round = 0; snapshot && round < MAX_ROUNDS; round++) {
      const before = snapshot.record;
      const now = snapshot.now();
      const change = decide(before, now);
      if (!change) return { job: before, change: null };
      const guard = { ...guardOf(this.#keys, before, change), idempotency: options.idempotency };
      const { commands, wakeUps } = keepBooks(this.#keys, this.#policy, before, change, now);
      const written = await commitRecord(this.#redis, guard, commands);
      if (written.as === "held") return { job: before, change: null };
      if (written.as === "written") {
        await this.#follow(change, wakeUps, now);
        return { job: change.job, change };
      }
      snapshot = await this.readJob(id);
    }
    if (!snapshot) return null;
    throw new Error(`The job ${id} could not be changed: it moved ${MAX_ROUNDS} times in a row.`);
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
    const { slots, breaker, probe, pace } = this.#keys;
    const keys = [key, slots, pace(before.request.model), breaker, probe, ...commandKeys(commands)];
    const limits = [rules.maxInFlight, rules.slotTtlMs, rules.paceIntervalMs, rules.paceToleranceMs];
    const words = [version, sources.join(","), attempt.id, ...limits, rules.probeIntervalMs, attempt.begunAt];
    const answer = await runScript(redis, "begin", keys, [...words, ...commandWords(commands)], BeginAnswer);
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

function guardOf(keys: Keys, before: Job, change: Change) {
  const sources = change.transition ? transitions[change.transition].from : [before.status];
  return { key: keys.job(before.id), version: before.version, sources };
}

function asAdmission([verdict, wait]: [string, string], job: Job): Admission {
  if (verdict === "begun") return { as: "begun", job };
  if (verdict === "open" || verdict === "paced" || verdict === "full") {
    return { as: verdict, waitMs: Number(wait) };
  }
  return { as: "stale" };
}
