/** What it takes to buy a job that has ended without a video once more: a new job, which is a new purchase. */
import { creation, note } from "../shared/change.ts";
import type { Change } from "../shared/change.ts";
import type { Job, JobStatus } from "../shared/job.ts";
import { inDollars } from "./barred.ts";
import { Problem } from "./problem.ts";

/**
 * Retries a job: `fresh` makes the new one, which comes into being with the mark on the old one in a single write. Without
 * an Idempotency-Key a job is retried once, so that a button that is pressed twice buys once.
 */
export function retryJob(job: Job, fresh: () => Job | Problem, hasKey: boolean): Change | Problem {
  const problem = obstacleTo(job, hasKey);
  if (problem) return problem;
  const made = fresh();
  if (made instanceof Problem) return made;
  const spawned = creation(made);
  return {
    ...note(job, { retriedBy: spawned.job.id }, { kind: "retried", job_id: spawned.job.id }),
    spawned,
  };
}

const retried: readonly JobStatus[] = ["failed", "expired", "canceled"];

function obstacleTo(job: Job, hasKey: boolean): Problem | null {
  if (job.erasedAt !== null) {
    return new Problem("gone", "The job was erased: nobody knows any more what it asked for.");
  }
  if (job.status === "unconfirmed") {
    const detail =
      "The job may have been bought. Decide about that first: POST …/resolve with resubmit or fail.";
    return new Problem("conflict", detail);
  }
  if (!retried.includes(job.status)) {
    return new Problem(
      "conflict",
      `A job is retried when it is ${retried.join(", ")}; this one is ${job.status}.`,
    );
  }
  if (job.retriedBy === null || hasKey) return null;
  const detail = `The job has been retried by ${job.retriedBy}. To buy it once more, send an Idempotency-Key.`;
  return new Problem("conflict", detail, { retried_by: job.retriedBy });
}

/** What the job once set as its limit still holds, and the request has no field that could change it. */
export function aboveOwnMaxCost(estimate: number | null): Problem {
  const why =
    estimate === null
      ? "The price of its model and size is not known here any more, so the job's own max_cost cannot be kept"
      : `The estimate is now ${inDollars(estimate)}, which is more than the job's own max_cost`;
  return new Problem("invalid", `${why}. A new job can have another max_cost.`);
}
