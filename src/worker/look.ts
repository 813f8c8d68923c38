/**
 * What one look at a task means for its job. Pure decisions. A look never fails a job by itself going wrong: only a
 * failed task, a deadline, a task lost for good, or success without a video for too long do.
 */
import { jobError, note, withTask } from "../shared/change.ts";
import type { Change, Fact, Patch } from "../shared/change.ts";
import type { Job, Task } from "../shared/job.ts";
import { settleJob } from "../shared/settle.ts";
import { pollGap } from "./backoff.ts";
import type { PollGaps } from "./backoff.ts";
import type { LookOutcome } from "./novita/classify.ts";
import type { Video as FoundVideo } from "./novita/wire.ts";

export type LookPolicy = PollGaps & { lostGraceMs: number };

/** What else bears on the decision: whether looks at other tasks go well, and a random number for the jitter. */
export type LookContext = { looksWorkElsewhere: boolean; random: number };

/** One 404 may be a mistake; a task is lost when it comes so often in a row. */
const MISSING_TO_LOSE = 3;
/** Success without a video may be lag too. */
const BLANK_TO_FAIL = 3;
/** `job.progress` is raised at most this often. */
const PROGRESS_EVENT_MS = 10_000;

/** The task itself has answered. */
export const isGoodLook = (look: LookOutcome): boolean =>
  look.kind === "running" || look.kind === "succeeded" || look.kind === "failed";

/** null: the task is no longer watched. */
export function recordLook(
  job: Job,
  taskId: string,
  look: LookOutcome,
  now: number,
  policy: LookPolicy,
  context: LookContext,
): Change | null {
  const found = job.tasks.find((task) => task.id === taskId);
  if (!found?.watched) return null;
  const task = { ...found, looks: found.looks + 1 };
  switch (look.kind) {
    case "running": {
      const running: Task = { ...task, state: "running", missing: 0, blank: 0 };
      return goOn(job, running, now, policy, context, progressOf(job, look, now));
    }
    case "succeeded":
      return look.video
        ? finish(job, task, look.video, now)
        : recordBlank(job, { ...task, missing: 0, blank: task.blank + 1 }, now, policy, context);
    case "failed":
      return recordFailure(job, task, look, now);
    case "missing": {
      // Before the grace is over it is lag, and does not count.
      const counts = now >= task.acceptedAt + policy.lostGraceMs;
      return recordMissing(job, { ...task, missing: counts ? task.missing + 1 : 0 }, now, policy, context);
    }
    case "unavailable": {
      const waitMs = look.retryAfterMs ?? 0;
      return goOn(job, task, now, policy, context, { waitMs });
    }
  }
}

function finish(job: Job, task: Task, found: FoundVideo, now: number): Change {
  const ended: Task = { ...task, state: "succeeded", watched: false };
  const video = { ...found, taskId: task.id };
  return settleJob(job, { as: "succeeded", video }, now, looked(job, ended));
}

function recordFailure(job: Job, task: Task, look: FailedLook, now: number): Change {
  const patch = looked(job, { ...task, state: "failed", watched: false });
  const fact: Fact = { kind: "task_failed", task_id: task.id, reason: look.reason };
  if (job.status !== "processing" || hasOtherHope(job, task)) return note(job, patch, fact);
  const error = jobError("generation_failed", "poll", { message: look.reason, upstream: look.upstream });
  return settleJob(job, { as: "failed", error }, now, patch);
}

type FailedLook = Extract<LookOutcome, { kind: "failed" }>;

function recordMissing(job: Job, task: Task, now: number, policy: LookPolicy, context: LookContext): Change {
  const isLost = task.missing >= MISSING_TO_LOSE && context.looksWorkElsewhere;
  if (!isLost) return goOn(job, task, now, policy, context, {});
  return giveUp(job, { ...task, state: "lost" }, jobError("task_lost", "poll"), now, policy, context);
}

function recordBlank(job: Job, task: Task, now: number, policy: LookPolicy, context: LookContext): Change {
  if (task.blank < BLANK_TO_FAIL) return goOn(job, task, now, policy, context, {});
  return giveUp(job, task, jobError("upstream_contract", "poll"), now, policy, context);
}

/** Fails the job for a task that will hardly bring a video, and goes on looking at it now and then. */
function giveUp(
  job: Job,
  task: Task,
  error: ReturnType<typeof jobError>,
  now: number,
  policy: LookPolicy,
  context: LookContext,
): Change {
  if (job.status !== "processing" || hasOtherHope(job, task))
    return goOn(job, task, now, policy, context, {});
  const later = { ...task, nextLookAt: now + policy.recoveryMs };
  return settleJob(job, { as: "failed", error }, now, looked(job, later));
}

const hasOtherHope = (job: Job, task: Task): boolean =>
  job.tasks.some((other) => other.id !== task.id && other.watched && other.state === "running");

/** Nothing has ended: the next look, or, when this was the last one before the deadline, the end of waiting. */
function goOn(
  job: Job,
  task: Task,
  now: number,
  policy: LookPolicy,
  context: LookContext,
  seen: Seen,
): Change {
  const next = { ...task, ...nextLook(job, task, now, policy, context, seen.waitMs ?? 0) };
  const patch = { ...looked(job, next), ...seen.patch };
  if (job.status === "processing" && job.deadlineAt !== null && now >= job.deadlineAt) {
    return settleJob(job, { as: "expired", error: jobError("generation_timeout", "poll") }, now, patch);
  }
  return note(job, patch, seen.fact ?? null, seen.fact ? progressEvent(job, now) : null);
}

function nextLook(
  job: Job,
  task: Task,
  now: number,
  policy: LookPolicy,
  context: LookContext,
  waitMs: number,
) {
  const deadlineAt = deadlineFor(job, task);
  const gap = pollGap(task.looks, policy, context.random);
  const isSlow =
    now >= deadlineAt || task.state === "lost" || (job.finishedAt !== null && job.status === "failed");
  const soonest = now + Math.max(isSlow ? policy.recoveryMs : gap, waitMs);
  // One look at the deadline itself decides.
  const nextLookAt = isSlow ? soonest : Math.min(soonest, deadlineAt);
  // A job that waits for its video must never be left without anyone who looks.
  return { nextLookAt, watched: job.status === "processing" || now < task.watchUntil };
}

/** While a job waits for its video, the job's own deadline, which an older task may have set. */
function deadlineFor(job: Job, task: Task): number {
  const own = task.acceptedAt + job.request.timeoutS * 1000;
  return job.status === "processing" ? (job.deadlineAt ?? own) : own;
}

type Seen = { patch?: Patch; fact?: Fact; waitMs?: number };

/** What the reader may see of a running task. Progress never runs backwards, whatever the upstream says. */
function progressOf(job: Job, look: { progress: number | null; etaS: number | null }, now: number): Seen {
  if (job.status !== "processing") return {};
  const progress = Math.max(job.progress, Math.min(100, Math.floor(look.progress ?? 0)));
  const etaAt = look.etaS !== null && look.etaS > 0 ? now + Math.round(look.etaS * 1000) : null;
  if (progress === job.progress) return { patch: { etaAt } };
  const raises = progressEvent(job, now) !== null;
  return {
    patch: { progress, etaAt, ...(raises ? { progressEventAt: now } : {}) },
    fact: { kind: "progress", progress },
  };
}

const progressEvent = (job: Job, now: number): "job.progress" | null =>
  now - (job.progressEventAt ?? 0) >= PROGRESS_EVENT_MS ? "job.progress" : null;

const looked = (job: Job, task: Task): Patch => ({ tasks: withTask(job, task), polls: job.polls + 1 });
