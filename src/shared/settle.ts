/**
 * The one door to a terminal status. The status, the money, the event and its deliveries are one change, which the
 * ledger writes in one script: a job that has ended and a webhook that has been forgotten cannot exist side by side.
 *
 * A terminal status is left only by late success: the video, being paid for, is kept whenever it arrives, unless the job
 * has been erased by then.
 */
import type { JobErrorCode } from "./errors.ts";
import { isTerminal } from "./job.ts";
import type { Job, JobError, Video } from "./job.ts";
import { jobError, move, note } from "./change.ts";
import type { Change, Patch } from "./change.ts";

export type End =
  | { as: "succeeded"; video: Video }
  | { as: "failed"; error: JobError }
  | { as: "expired"; error: JobError }
  | { as: "canceled" };

/** Errors after which a video may still arrive and is worth telling. */
export const recoverableErrors: ReadonlySet<JobErrorCode> = new Set([
  "submission_unconfirmed",
  "task_lost",
  "upstream_contract",
]);

/**
 * Ends a job. `patch` carries what the same evidence says about its attempts and tasks; it is written even when the
 * job has ended before, in which case nothing else changes.
 */
export function settleJob(job: Job, end: End, now: number, patch: Patch = {}): Change {
  if (isTerminal(job.status)) return settleLate(job, end, now, patch);
  const ended = { ...patch, finishedAt: now, etaAt: null, holdUntil: null };
  switch (end.as) {
    case "succeeded":
      return move(job, "succeed", { ...ended, ...success(end.video) }, { event: "job.succeeded" });
    case "failed":
      return move(job, "fail", { ...ended, error: end.error }, failure("job.failed", end.error));
    case "expired":
      return move(job, "expire", { ...ended, error: end.error }, failure("job.expired", end.error));
    case "canceled":
      return move(
        job,
        "cancel",
        { ...ended, error: null, cancelRequestedAt: job.cancelRequestedAt ?? now },
        { event: "job.canceled" },
      );
  }
}

/** Ends an unconfirmed job as what it is: one whose outcome was never known. */
export function giveUpJob(job: Job, now: number): Change {
  const error = job.error ?? jobError("submission_unconfirmed", "submit");
  return settleJob(job, { as: "failed", error }, now);
}

function settleLate(job: Job, end: End, now: number, patch: Patch): Change {
  if (end.as !== "succeeded") return note(job, patch, null);
  if (job.erasedAt !== null) return note(job, patch, { kind: "video_discarded" });
  if (mayRecover(job)) {
    const recovered = { ...patch, ...success(end.video), finishedAt: now };
    return move(job, "recover", recovered, { event: "job.recovered" });
  }
  if (job.video) return note(job, patch, { kind: "spare_video" });
  return note(job, { ...patch, video: end.video }, { kind: "video_kept" });
}

const mayRecover = ({ status, error }: Job): boolean =>
  status === "expired" || (status === "failed" && error !== null && recoverableErrors.has(error.code));

const success = (video: Video): Patch => ({ video, progress: 100, error: null });

const failure = (event: "job.failed" | "job.expired", error: JobError) =>
  ({ event, detail: { code: error.code, message: error.message } }) as const;
