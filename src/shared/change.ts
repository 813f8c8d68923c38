/**
 * A change is what a decision says about a record: the record as it should be, the line of its history, and the event
 * that callers should hear of. Decisions are pure functions of (record, evidence, time) and may run twice: the ledger
 * reads, asks for a decision, writes it if nobody else moved the record in between, and otherwise asks again.
 */
import { transitions } from "./job.ts";
import type { Attempt, Job, JobError, Task, Transition } from "./job.ts";
import { jobErrors } from "./errors.ts";
import type { JobErrorCode } from "./errors.ts";
import type { EventType } from "./webhook/event.ts";

/** One line of a job's history: what happened, in flat words and numbers. */
export type Fact = { kind: string } & Record<string, string | number | boolean | null>;

/** What an operator must be able to look up later: who did what. `by` is a tenant and its key, or the operator. */
export type Deed = { action: string; by: string };

export type Change = {
  /** null: the status stays as it is. */
  transition: Transition | null;
  job: Job;
  /** null: nothing that a reader of the history would miss. */
  fact: Fact | null;
  event: EventType | null;
  /** For the audit log. */
  deed?: Deed;
  /** A job that comes into being with this change. */
  spawned?: Change;
  /** Written only if no other job has the task that this change brings. */
  isSoleOwner?: true;
};

/** A change that brings a job into being. */
export const creation = (job: Job): Change => ({
  transition: null,
  job,
  fact: { kind: "queued" },
  event: null,
});

export type Patch = Partial<Omit<Job, "id" | "tenant" | "status" | "version">>;

/** A move to another status. Throws when the table does not have it: that is a bug, never an input. */
export function move(
  job: Job,
  transition: Transition,
  patch: Patch,
  news: { event?: EventType | null; detail?: Omit<Fact, "kind"> } = {},
): Change {
  const { from, to } = transitions[transition];
  if (!(from as readonly string[]).includes(job.status)) {
    throw new Error(`No transition "${transition}" leaves the status "${job.status}" (job ${job.id}).`);
  }
  return {
    transition,
    job: { ...job, ...patch, status: to, version: job.version + 1 },
    fact: { kind: to, transition, ...news.detail },
    event: news.event ?? null,
  };
}

/** A change that leaves the status alone. */
export function note(job: Job, patch: Patch, fact: Fact | null, event: EventType | null = null): Change {
  return { transition: null, job: { ...job, ...patch, version: job.version + 1 }, fact, event };
}

export const withAttempt = (job: Job, attempt: Attempt): Attempt[] =>
  job.attempts.map((each) => (each.id === attempt.id ? attempt : each));

export const withTask = (job: Job, task: Task): Task[] =>
  job.tasks.map((each) => (each.id === task.id ? task : each));

/** A job's error from the catalogue; `message` adds what the upstream said, in its own words. */
export function jobError(
  code: JobErrorCode,
  stage: JobError["stage"],
  said: { message?: string; upstream?: JobError["upstream"] } = {},
): JobError {
  return {
    code,
    message: said.message || jobErrors[code].message,
    stage,
    retryable: jobErrors[code].retryable,
    upstream: said.upstream ?? null,
  };
}

/** Queued again, to be bought once more, with a full start timeout of its own. */
export const requeued = (job: Job, now: number): Patch => ({
  submitWake: job.submitWake + 1,
  startDeadlineAt: now + job.request.startTimeoutS * 1000,
  error: null,
  holdUntil: null,
});
