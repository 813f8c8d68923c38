/**
 * The ledger of jobs. Every change of a job goes through `change` (or `begin`, for the paid one): read, decide, write
 * if nobody else wrote in between, wake whatever stage comes next.
 */
import type { Logger } from "pino";

import { Job, transitions } from "../job.ts";
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
export type HistoryEntry = { at: number; kind: string; fact: Record<string, unknown> };

/** Two writers in each other's way settle it in a round or two; more means that something is wrong. */
const MAX_ROUNDS = 20;

export type JobStore = ReturnType<typeof createJobStore>;

type Deps = { redis: RedisClient; keys: Keys; motor: Motor; policy: Policy; log: Logger };

export function createJobStore({ redis, keys, motor, policy, log }: Deps) {
  /** Redis' clock in ms: deadlines that cross processes are reckoned by it. */
  const now = async (): Promise<number> => {
    const [seconds, micros] = await redis.time();
    return Number(seconds) * 1000 + Math.floor(Number(micros) / 1000);
  };

  const readJob = (id: string): Promise<Snapshot<Job> | null> => readRecord(redis, keys.job(id), Job);

  /** Writes a new job and wakes its first stage, unless the idempotency key is held already. */
  async function createJob(change: Change, idempotency: Guard["idempotency"]): Promise<Written> {
    const { job } = change;
    const { commands, wakeUps } = keepBooks(keys, policy, null, change, job.createdAt);
    const guard = { key: keys.job(job.id), version: 0, sources: [], idempotency };
    const written = await commitRecord(redis, guard, commands);
    if (written.as === "written") await wakeLater(wakeUps, job.createdAt);
    return written;
  }

  /**
   * Decides and writes, again and again while somebody else moves the record first. null: there is no such job.
   * `known` spares the first read.
   */
  async function changeJob(
    id: string,
    decide: Decision,
    options: { known?: Snapshot<Job>; idempotency?: Guard["idempotency"] } = {},
  ): Promise<Changed | null> {
    let snapshot = options.known ?? (await readJob(id));
    for (let round = 0; snapshot && round < MAX_ROUNDS; round++) {
      const before = snapshot.record;
      const now = snapshot.now();
      const change = decide(before, now);
      if (!change) return { job: before, change: null };
      const written = await write(before, change, now, options.idempotency);
      if (written.as === "written") return { job: change.job, change };
      if (written.as === "held") return { job: before, change: null };
      snapshot = await readJob(id);
    }
    if (!snapshot) return null;
    throw new Error(`The job ${id} could not be changed: it moved ${MAX_ROUNDS} times in a row.`);
  }

  async function write(before: Job, change: Change, now: number, idempotency: Guard["idempotency"]) {
    const { commands, wakeUps } = keepBooks(keys, policy, before, change, now);
    const guard = { ...guardOf(keys, before, change), idempotency };
    const written = await commitRecord(redis, guard, commands);
    if (written.as === "written") await wakeLater(wakeUps, now);
    return written;
  }

  /**
   * Admits a job to the paid request. `change` is its move to `submitting`; it is written only if every rule of entry
   * lets it in, in the same step that takes its slot.
   */
  async function begin(
    snapshot: Snapshot<Job>,
    change: Change,
    attemptId: string,
    rules: EntryRules,
    connection: RedisClient,
  ): Promise<Admission> {
    const before = snapshot.record;
    const { commands } = keepBooks(keys, policy, before, change, snapshot.now());
    const { key, version, sources } = guardOf(keys, before, change);
    const fixed = [key, keys.slots, keys.pace(before.request.model), keys.breaker, keys.probe];
    const words = [version, sources.join(","), attemptId, rules.maxInFlight, rules.slotTtlMs];
    const limits = [rules.paceIntervalMs, rules.paceToleranceMs, rules.probeIntervalMs];
    const answer = (await runScript(
      connection,
      "begin",
      [...fixed, ...commandKeys(commands)],
      [...words, ...limits, ...commandWords(commands)],
    )) as [string, string];
    return asAdmission(answer, change.job);
  }

  /** The ledger holds the truth, and rescue repairs lost wake-ups, so a queue that cannot be told is no failure. */
  async function wakeLater(wakeUps: WakeUp[], now: number): Promise<void> {
    if (wakeUps.length === 0) return;
    try {
      await motor.wake(wakeUps, now);
    } catch (error) {
      log.warn({ err: error, wakeUps }, "queue.unreachable");
    }
  }

  /** The job's history, oldest first. */
  async function readHistory(id: string): Promise<HistoryEntry[]> {
    const entries = await redis.xrange(keys.history(id), "-", "+");
    return entries.map(([entryId, words]) => ({
      at: Number(entryId.split("-")[0]),
      kind: words[1] ?? "",
      fact: JSON.parse(words[3] ?? "{}") as Record<string, unknown>,
    }));
  }

  return { now, readJob, createJob, changeJob, begin, readHistory };
}

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
