/** What the verdict is drawn from: Novita's books, the receiver's post, each job's history, and what is left at the end. */
import type { Webhook } from "./inbox.ts";
import type { Decision, OnUnconfirmed } from "./plan.ts";
import type { FeedEvent, WireEntry, WireJob } from "./wire.ts";

export type Evidence = {
  jobs: JobEvidence[];
  sold: Sale[];
  webhooks: readonly Webhook[];
  /** They were there before the first job was. */
  endpoints: { n: number; tenant: string }[];
  feeds: Feed[];
  /** Ids of all jobs that the product lists. */
  listed: string[];
  /** Ids that were answered under one Idempotency-Key. */
  idsByKey: Map<string, Set<string>>;
  unanswered: string[];
  cap: { maxInFlight: number; slotTtlMs: number; submitTimeoutMs: number };
  /** When something was being broken, in epoch ms; `target` is a process, `redis`, or `harness`, which was kept waiting. */
  troubled: { from: number; to: number; target: string }[];
  leftovers: Leftovers;
  processes: ProcessEvidence[];
};

export type JobEvidence = {
  id: string;
  n: number;
  tenant: string;
  /** The job that it buys again. */
  retryOf: string | null;
  onUnconfirmed: OnUnconfirmed;
  decision: Decision;
  /** Purchases that the operator asked for beside the first. */
  resubmitted: number;
  /** Tasks that the operator has given it. */
  attached: number;
  isErased: boolean;
  /** Its task never comes to an end that a look can see. */
  isRestless: boolean;
  /** Null: nobody knows it. */
  found: WireJob | null;
  history: WireEntry[];
};

/** A tenant's events in order: as a reader got them page by page all the while, and as one gets them at the end. */
export type Feed = { tenant: string; followed: readonly FeedEvent[]; read: readonly FeedEvent[] };

/** A task as Novita's books have it. */
export type Sale = {
  taskId: string;
  n: number;
  acceptedAt: number;
  /** Infinity for a task that is stuck. */
  endsAt: number;
  /** Which process was handed the answer with its id; null: none. */
  answered: { to: string; at: number } | null;
};

/** What Redis holds when every process has stopped. */
export type Leftovers = {
  /** Live slots, and for each the job that has the attempt; null: nobody has. */
  slots: { attempt: string; jobId: string | null; isOver: boolean }[];
  /** Members of `due`. */
  due: string[];
  /** BullMQ's entries, by list. */
  entries: { list: string; id: string }[];
  /** Idempotency-Keys whose job is gone. */
  orphanKeys: string[];
  /** Connections of the product, and channels that somebody listens to. */
  connections: string[];
  channels: string[];
};

/** `early` was taken at a fifth of the run, `late` at its end, each after a forced collection; null for a process that was killed. */
export type ProcessEvidence = {
  name: string;
  exitCode: number | null;
  signal: string | null;
  early: Measure | null;
  late: Measure | null;
  /** Short runs say what they measured, but are no test of memory. */
  isMemoryJudged: boolean;
  /** To Redis, at rest. */
  mostConnections: number;
};
export type Measure = {
  rss: number;
  /** Reported, not judged. */
  heapUsed: number;
  descriptors: number | null;
  handles: number;
  redisConnections: number;
  /** They come and go with the work, and a pool keeps them for a while. */
  novitaConnections: number;
};
