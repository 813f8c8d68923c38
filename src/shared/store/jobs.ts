/**
 * The ledger of jobs. Every change of a job goes through `changeJob` (or `begin`, for the paid one): read, decide, write
 * if nobody else wrote in between, wake whatever stage comes next.
 */
import { z } from "zod";

import { announce } from "../announce.ts";
import { Job, openAttempt, transitions } from "../job.ts";
import type { Change } from "../change.ts";
import { withErasure } from "../erasure.ts";
import type { Logger } from "../logger.ts";
import type { Motor, WakeUp } from "../queues.ts";
import { withReservations } from "./budget.ts";
import { conditionsOf, keepBooks } from "./bookkeeping.ts";
import { findHearers, noHearers } from "./endpoints.ts";
import { parseEntry } from "./entries.ts";
import { handOver } from "./hand-over.ts";
import type { Keys } from "./keys.ts";
import type { Policy } from "./policy.ts";
import {
  commitRecord,
  MAX_ROUNDS,
  movesTooOften,
  orCorrupt,
  readClock,
  readRecord,
  revisionOf,
} from "./record.ts";
import type { Bar, Binding, Guard, Snapshot, Written } from "./record.ts";
import type { RedisClient } from "./redis.ts";
import { keysOfLists, listWords, runScript } from "./scripts.ts";
import { eraseTraces } from "./traces.ts";
import type { Traces } from "./traces.ts";

/** `bar`: what stood in the way of what was decided before; null the first time. */
export type Decision = (job: Job, now: number, bar: Bar | null) => Change | null;

/** The job as it stands afterwards; `change` is null when the decision was to leave it alone, or met a `bar`. */
export type Changed = { job: Job; change: Change | null; bar: Bar | null };

/** What is written with a change beside what follows from it. */
type Additions = { binding?: Binding | null | undefined; traces?: Traces | undefined };

/** `known` spares the first read. `gather` reads again for each try, after the job. */
type ChangeOptions = {
  known?: Snapshot<Job> | undefined;
  binding?: Binding | null;
  gather?: (now: number) => Promise<Traces>;
};

/** Limits of entry, all of them applied in one script. Times in ms. */
export type EntryRules = {
  maxInFlight: number;
  slotTtlMs: number;
  paceIntervalMs: number;
  paceToleranceMs: number;
  probeIntervalMs: number;
};

/**
 * What a worker was told by the server that it begins on, which must still say as much: how many jobs its witness has seen
 * begin, and how many beats. `run`: the server's own id.
 */
export type Testimony = { witness: string; run: string; begun: number; beats: number };

/** `begun`: as the witness says now. */
export type Admission =
  | { as: "begun"; job: Job; begun: number }
  | { as: "stale" }
  | { as: "forgotten" | "paused" | "open" | "paced" | "full"; waitMs: number };

/** A history entry: `id` is its place in the history, `at` in ms by Redis' clock. */
export type HistoryEntry = { id: string; at: number; kind: string; fact: z.infer<typeof Fact> };

/** A server that took over is begun on so much later, in ms: those who know more of what was bought speak first. */
export const LONGEST_HOLD_MS = 3000;

/** More entries than a history has. */
const WHOLE_HISTORY = 100_000;

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
  readClock(): Promise<number> {
    return readClock(this.#redis);
  }

  /** `redis`: another connection to read on. */
  readJob(id: string, redis: RedisClient = this.#redis): Promise<Snapshot<Job> | null> {
    return readRecord(redis, this.#keys.job(id), Job);
  }

  /** Writes a new job and wakes its first stage. Returns what stood in the way, or null when it is written. */
  async createJob(created: Change, binding: Binding | null = null): Promise<Bar | null> {
    const { createdAt } = created.job;
    const change = withReservations(null, created, createdAt);
    const written = await this.#write(null, change, createdAt, { binding });
    if (written.as === "stale") throw new Error(`The job ${change.job.id} exists already.`);
    return written.as === "written" ? null : written;
  }

  /** Decides and writes, again and again while somebody else moves the record first. null: there is no such job. */
  async changeJob(id: string, decide: Decision, options: ChangeOptions = {}): Promise<Changed | null> {
    let snapshot = options.known ?? (await this.readJob(id));
    let bar: Bar | null = null;
    for (let round = 0; snapshot && round < MAX_ROUNDS; round++) {
      const before = snapshot.record;
      const now = snapshot.now();
      const decided = decide(before, now, bar);
      if (!decided) return { job: before, change: null, bar };
      const change = withReservations(before, withErasure(decided), now);
      const traces = await options.gather?.(now);
      const additions = { binding: options.binding, traces };
      const written = await this.#write(snapshot, change, now, additions);
      if (written.as === "written") return { job: change.job, change, bar: null };
      if (written.as === "stale") snapshot = await this.readJob(id);
      else if (bar) return { job: before, change: null, bar: written };
      else bar = written;
    }
    if (!snapshot) return null;
    throw movesTooOften(`job ${id}`);
  }

  /** Decides about erasing, and erases in the same write all that the job has left beside its record. */
  eraseJob(id: string, decide: Decision, known: Snapshot<Job>): Promise<Changed | null> {
    const deps = { redis: this.#redis, keys: this.#keys, policy: this.#policy };
    return this.changeJob(id, decide, { known, gather: (now) => eraseTraces(deps, id, now) });
  }

  /** Writes a change under its conditions, and does what follows from one that stands. */
  async #write(
    snapshot: Snapshot<Job> | null,
    change: Change,
    now: number,
    { binding, traces = { conditions: [], commands: [] } }: Additions,
  ): Promise<Written> {
    const before = snapshot?.record ?? null;
    const { tenant } = change.job;
    const hearers = change.event ? await findHearers(this.#redis, this.#keys, tenant, this.#log) : noHearers;
    const rules = conditionsOf(this.#keys, this.#policy, before, change);
    const conditions = [...rules, ...hearers.conditions, ...traces.conditions];
    const books = keepBooks(this.#keys, this.#policy, before, change, now, hearers.endpoints);
    const commands = [...traces.commands, ...books.commands];
    if (binding) {
      conditions.unshift(["free", binding.key]);
      commands.push(["SET", binding.key, binding.value]);
    }
    const guard = { ...guardOf(this.#keys, snapshot, change), conditions };
    const written = await commitRecord(this.#redis, guard, commands);
    if (written.as === "written") await this.#follow(change, books.wakeUps, now);
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
    testimony: Testimony,
  ): Promise<Admission> {
    const attempt = openAttempt(change.job);
    if (!attempt) throw new Error("Only a change that opens an attempt can begin.");
    const before = snapshot.record;
    const { commands } = keepBooks(this.#keys, this.#policy, before, change, snapshot.now());
    const guard = guardOf(this.#keys, snapshot, change);
    const { slots, breaker, probe, pace, submissions, epoch } = this.#keys;
    const { run, begun, beats } = testimony;
    const road = [slots, pace(before.request.model), breaker, probe, submissions];
    const entry = [...road, this.#keys.witness(testimony.witness), epoch];
    const keys = [guard.key, ...entry, ...keysOfLists(commands)];
    const limits = [rules.maxInFlight, rules.slotTtlMs, rules.paceIntervalMs, rules.paceToleranceMs];
    const words = [
      revisionOf(guard),
      guard.sources.join(","),
      attempt.id,
      ...limits,
      rules.probeIntervalMs,
      attempt.begunAt,
    ];
    words.push(run, begun, beats, LONGEST_HOLD_MS, ...listWords(commands));
    const answer = await runScript(redis, "begin", keys, words, BeginAnswer);
    return asAdmission(answer, change.job);
  }

  /** What follows from a change that stands. */
  async #follow(change: Change, wakeUps: WakeUp[], now: number): Promise<void> {
    announce(this.#log, change);
    await handOver(this.#motor, wakeUps, now, this.#log);
  }

  /** The job's history, oldest first. `from`: the id of the entry to begin with; after `(` it is left out itself. */
  async readHistory(id: string, from = "-", most = WHOLE_HISTORY): Promise<HistoryEntry[]> {
    const key = this.#keys.history(id);
    const entries = await orCorrupt(key, this.#redis.xrange(key, from, "+", "COUNT", most));
    return entries.map(([entryId, words]) => ({
      id: entryId,
      at: Number(entryId.split("-")[0]),
      kind: words[1] ?? "",
      fact: parseEntry(key, Fact, words),
    }));
  }
}

const BeginAnswer = z.tuple([z.string(), z.string()]);
const Fact = z.looseObject({ version: Job.shape.version, status: Job.shape.status });

function guardOf(keys: Keys, snapshot: Snapshot<Job> | null, change: Change): Guard {
  if (!snapshot) return { key: keys.job(change.job.id), version: 0, sources: [] };
  const { record: before, write } = snapshot;
  const sources = change.transition ? transitions[change.transition].from : [before.status];
  return { key: keys.job(before.id), version: before.version, write, sources };
}

function asAdmission([verdict, number]: [string, string], job: Job): Admission {
  switch (verdict) {
    case "begun":
      return { as: "begun", job, begun: Number(number) };
    case "forgotten":
    case "paused":
    case "open":
    case "paced":
    case "full":
      return { as: verdict, waitMs: Number(number) };
    default:
      return { as: "stale" };
  }
}
