/** Erasure: of a job that has ended, everything goes that tells what was asked for and what came of it. */
import { note } from "../shared/change.ts";
import type { Change } from "../shared/change.ts";
import { isTerminal } from "../shared/job.ts";
import type { Job } from "../shared/job.ts";
import type { JobStore } from "../shared/store/jobs.ts";
import type { Snapshot } from "../shared/store/record.ts";
import { orUncertain } from "./idempotency.ts";
import { Problem } from "./problem.ts";

/**
 * Erases a job's content, once. Returns whether this was it. A job that is not over is left alone: what it asked for is
 * still needed.
 */
export async function eraseKnown(jobs: JobStore, known: Snapshot<Job>): Promise<boolean> {
  const { id } = known.record;
  const erase = () => jobs.eraseJob(id, eraseJob, known);
  const changed = await orUncertain(id, null, erase, "Repeat the request: it takes effect once.");
  if (!changed) throw new Problem("not_found", "There is no such job.");
  const { job, change } = changed;
  if (job.erasedAt !== null) return change !== null;
  const detail = `Only a job that has ended can be erased; this one is ${job.status}. Cancel it first.`;
  throw new Problem("conflict", detail, { job_id: id, job_status: job.status });
}

/** null: it is not over, or erased already. What else goes, the ledger sees to. */
export const eraseJob = (job: Job, now: number): Change | null =>
  isTerminal(job.status) && job.erasedAt === null ? note(job, { erasedAt: now }, { kind: "erased" }) : null;
