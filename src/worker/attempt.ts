/**
 * What the outcome of one paid request means for its job. Pure decisions: they may be asked again when somebody else
 * moved the job in between, and an outcome may come late, after others have given the attempt up.
 */
import { jobError, move, note, requeued, withAttempt } from "../shared/change.ts";
import type { Change, Patch } from "../shared/change.ts";
import { isTerminal } from "../shared/job.ts";
import type { Attempt, Job, Task } from "../shared/job.ts";
import { settleJob } from "../shared/settle.ts";
import type { SubmitOutcome } from "./novita/classify.ts";

export type SubmitPolicy = { pollFirstMs: number; recoveryMs: number; holdMs: number };

type Refusal = Extract<SubmitOutcome, { kind: "refused" }>;

/** The move to `submitting`: from here on the job may have been paid for. */
export function beginAttempt(job: Job, id: string, now: number): Change {
  const attempt: Attempt = { id, n: (job.attempts.at(-1)?.n ?? 0) + 1, begunAt: now, state: "open" };
  return move(job, "begin", { attempts: [...job.attempts, attempt] }, { detail: { attempt: attempt.n } });
}

/** null: the outcome says nothing new. `mayBuyMore`: whether the tenant's budget allows another purchase. */
export function recordOutcome(
  job: Job,
  attemptId: string,
  outcome: SubmitOutcome,
  now: number,
  policy: SubmitPolicy,
  mayBuyMore = true,
): Change | null {
  const attempt = job.attempts.find((each) => each.id === attemptId);
  if (outcome.kind === "accepted") return recordTask(job, attempt, outcome.taskId, now, policy);
  if (!attempt || attempt.state === "accepted" || attempt.state === "refused") return null;
  switch (outcome.kind) {
    case "refused":
      return recordRefusal(job, attempt, outcome, now);
    case "unknown":
      return attempt.state === "open" ? recordUnknown(job, attempt, outcome, now, policy, mayBuyMore) : null;
    case "deferred":
    case "blocked":
    case "unsent":
      return recordNotAccepted(job, attempt, outcome.message, now);
  }
}

/** Novita has a task for this job. Whatever has become of the job meanwhile, the task's id is kept and watched. */
function recordTask(
  job: Job,
  attempt: Attempt | undefined,
  taskId: string,
  now: number,
  policy: SubmitPolicy,
): Change | null {
  if (job.tasks.some((task) => task.id === taskId)) return null;
  // An attempt that has brought a task already did not bring this one as well: it is a purchase of its own.
  const maker = attempt?.state === "accepted" ? undefined : attempt;
  const attempts = maker ? withAttempt(job, { ...maker, state: "accepted" as const }) : job.attempts;
  const task = newTask(job, maker, taskId, now, policy);
  const taken: Patch = { attempts, tasks: [...job.tasks, task], submittedAt: job.submittedAt ?? now };
  const isCurrent = attempt !== undefined && attempt.id === job.attempts.at(-1)?.id;
  const isOvertaken = job.status === "submitting" && !isCurrent;
  if (isOvertaken || job.status === "processing" || isTerminal(job.status)) {
    return note(job, taken, { kind: "orphan_task", task_id: taskId });
  }
  if (job.cancelRequestedAt !== null) return settleJob(job, { as: "canceled" }, now, taken);
  return process(job, taken, task, job.status !== "submitting");
}

/** To `processing`, with a deadline that counts from the moment the task was known. */
const process = (job: Job, patch: Patch, task: Task, late: boolean): Change =>
  move(
    job,
    "accept",
    { ...patch, deadlineAt: task.acceptedAt + job.request.timeoutS * 1000, holdUntil: null, error: null },
    { event: "job.submitted", detail: { task_id: task.id, late } },
  );

function newTask(
  job: Job,
  attempt: Attempt | undefined,
  id: string,
  now: number,
  policy: SubmitPolicy,
): Task {
  const timeoutMs = job.request.timeoutS * 1000;
  return {
    id,
    attempt: attempt?.n ?? null,
    state: "running",
    watched: true,
    acceptedAt: now,
    nextLookAt: now + Math.min(policy.pollFirstMs, timeoutMs),
    watchUntil: now + timeoutMs + policy.recoveryMs,
    looks: 0,
    missing: 0,
    blank: 0,
  };
}

/** A definite no to this job, for good. It cost nothing. */
function recordRefusal(job: Job, attempt: Attempt, refusal: Refusal, now: number): Change {
  const patch: Patch = { attempts: withAttempt(job, { ...attempt, state: "refused" }) };
  const { code, message, upstream } = refusal;
  return conclude(job, attempt, patch, now, () =>
    settleJob(job, { as: "failed", error: jobError(code, "submit", { message, upstream }) }, now, patch),
  );
}

/** Certainly not accepted, and not the job's fault: the attempt never was, and the job waits for its turn again. */
function recordNotAccepted(job: Job, attempt: Attempt, message: string, now: number): Change {
  const patch: Patch = { attempts: job.attempts.filter((each) => each.id !== attempt.id) };
  return conclude(job, attempt, patch, now, () =>
    // A job that was given up as unconfirmed has no live queue entry any more.
    move(job, "handBack", job.status === "unconfirmed" ? { ...patch, ...requeued(job, now) } : patch, {
      detail: { message },
    }),
  );
}

/** It may have been bought. Nobody knows, and nobody buys again unasked. */
function recordUnknown(
  job: Job,
  attempt: Attempt,
  outcome: Extract<SubmitOutcome, { kind: "unknown" }>,
  now: number,
  policy: SubmitPolicy,
  mayBuyMore: boolean,
): Change {
  const patch: Patch = { attempts: withAttempt(job, { ...attempt, state: "unknown" }) };
  const { message, upstream } = outcome;
  const error = jobError("submission_unconfirmed", "submit", { message, upstream });
  return conclude(job, attempt, patch, now, () => {
    if (job.request.onUnconfirmed === "fail") return settleJob(job, { as: "failed", error }, now, patch);
    if (mayBuyMore && wantsToBuyAgain(job, patch)) {
      return move(job, "resubmit", { ...patch, ...requeued(job, now) }, { detail: { by: "on_unconfirmed" } });
    }
    return loseTrack(job, { ...patch, error }, now, policy);
  });
}

/** To `unconfirmed`, where it waits, alarmed, for somebody to resolve it. */
export const loseTrack = (job: Job, patch: Patch, now: number, policy: { holdMs: number }): Change =>
  move(
    job,
    "lose",
    { error: jobError("submission_unconfirmed", "submit"), ...patch, holdUntil: now + policy.holdMs },
    { event: "job.unconfirmed", detail: { message: patch.error?.message ?? null } },
  );

/**
 * Ends an attempt that brought no task. Only the attempt that the job is waiting for moves the job; and a wish to cancel,
 * or an older task that is under way after all, go before what the outcome would do.
 */
function conclude(job: Job, attempt: Attempt, patch: Patch, now: number, moveOn: () => Change): Change {
  const isAwaited = job.status === "submitting" || job.status === "unconfirmed";
  if (!isAwaited || attempt.id !== job.attempts.at(-1)?.id) {
    return note(job, patch, { kind: "attempt_ended", attempt: attempt.n });
  }
  if (job.cancelRequestedAt !== null) return settleJob(job, { as: "canceled" }, now, patch);
  const older = job.tasks.find((task) => task.watched && task.state === "running");
  if (older) return process(job, patch, older, true);
  return moveOn();
}

/** `on_unconfirmed: resubmit` buys at most once more, and only if both purchases fit the caller's limit. */
function wantsToBuyAgain(job: Job, patch: Patch): boolean {
  const { onUnconfirmed, maxCost } = job.request;
  const paid = (patch.attempts ?? job.attempts).filter((attempt) => attempt.state !== "refused");
  if (onUnconfirmed !== "resubmit" || paid.length > 1) return false;
  return maxCost === null || (job.estimate !== null && 2 * job.estimate <= maxCost);
}
