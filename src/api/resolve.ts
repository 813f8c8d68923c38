/** What a caller may decide about a live job: to cancel it, or what shall become of an unconfirmed one. */
import type { Job } from "../shared/job.ts";
import { isTerminal } from "../shared/job.ts";
import { move, note, requeued } from "../shared/change.ts";
import type { Change } from "../shared/change.ts";
import { giveUpJob, settleJob } from "../shared/settle.ts";
import { Problem } from "./problem.ts";

export type ResolveAction = "resubmit" | "fail";

/**
 * Cancels what can be canceled. A job that is being submitted only remembers the wish, since its request is on its
 * way; the outcome of that request then ends it. null: it is canceled already.
 */
export function cancelJob(job: Job, now: number): Change | Problem | null {
  if (job.status === "canceled") return null;
  if (isTerminal(job.status)) {
    return new Problem("conflict", `The job is ${job.status} and can no longer be canceled.`);
  }
  if (job.status !== "submitting") return settleJob(job, { as: "canceled" }, now);
  if (job.cancelRequestedAt !== null) return null;
  return note(job, { cancelRequestedAt: now }, { kind: "cancel_requested" });
}

/** Resolves an unconfirmed job. `attempt` guards against resolving another attempt than the one that was read. */
export function resolveJob(
  job: Job,
  action: ResolveAction,
  attempt: number | undefined,
  now: number,
): Change | Problem {
  const obstacle = obstacleToResolve(job, attempt);
  if (obstacle) return obstacle;
  if (action === "resubmit") {
    return move(job, "resubmit", requeued(job, now), { detail: { by: "resolve" } });
  }
  return giveUpJob(job, now);
}

/** null: somebody has to decide about the job. */
function obstacleToResolve(job: Job, attempt: number | undefined): Problem | null {
  if (job.status !== "unconfirmed") {
    return new Problem("conflict", `Only an unconfirmed job can be resolved; this one is ${job.status}.`);
  }
  return isOvertaken(job, attempt);
}

/** The same of a task: it may also be attached to a queued job, which a restored Redis has forgotten to be bought. */
export const obstacleToAttach = (job: Job, attempt: number | undefined): Problem | null =>
  job.status === "queued" ? isOvertaken(job, attempt) : obstacleToResolve(job, attempt);

function isOvertaken(job: Job, attempt: number | undefined): Problem | null {
  if (attempt === undefined || attempt === job.attempts.length) return null;
  return new Problem("conflict", `The job has moved on to attempt ${job.attempts.length}.`);
}
