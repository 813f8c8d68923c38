/** The log lines that follow from a change of a job, whoever made it: the end of a job, and what somebody must act on. */
import type { Change } from "./change.ts";
import { billingState, isTerminal } from "./job.ts";
import type { Job } from "./job.ts";
import type { Logger } from "./logger.ts";

/** Tells of a change that has been written. */
export function announce(log: Logger, { transition, job, fact }: Change): void {
  const ids = { job_id: job.id, tenant: job.tenant, status: job.status };
  if (fact?.kind === "orphan_task") {
    log.error(
      { ...ids, task_id: fact["task_id"] },
      "orphan_task: paid for, and not what the job is waiting for",
    );
  }
  if (transition === "lose") {
    log.error({ ...ids, attempts: job.attempts.length }, "job.unconfirmed: resolve it (resubmit or fail)");
  }
  if (transition && isTerminal(job.status)) log.info({ ...ids, ...summary(job) }, "job.settled");
}

const summary = (job: Job) => ({
  error_code: job.error?.code ?? null,
  billing: billingState(job),
  attempts: job.attempts.length,
  polls: job.polls,
  duration_ms: (job.finishedAt ?? job.createdAt) - job.createdAt,
});
