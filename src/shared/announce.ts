/** The log lines that follow from a change of a job, whoever made it: the end of a job, and what somebody must act on. */
import type { Change } from "./change.ts";
import { billingState, isTerminal } from "./job.ts";
import type { Job } from "./job.ts";
import type { Logger } from "./logger.ts";

/** Tells of a change that has been written. */
export function announce(log: Logger, { transition, job, fact }: Change): void {
  const ids = { job_id: job.id, tenant: job.tenant, status: job.status };
  if (fact?.kind === "orphan_task") log.tell("orphan_task", { ...ids, task_id: String(fact["task_id"]) });
  if (transition === "lose") log.tell("job.unconfirmed", { ...ids, attempts: job.attempts.length });
  if (transition === "recover") log.tell("job.recovered", { ...ids, ...summary(job) });
  else if (transition && isTerminal(job.status))
    log.tell("job.settled", { ...ids, ...summary(job), ...ending(job) });
}

const summary = (job: Job) => ({
  model: job.request.model,
  billing: billingState(job),
  attempts: job.attempts.length,
  polls: job.polls,
  duration_ms: (job.finishedAt ?? job.createdAt) - job.createdAt,
});

function ending({ status, error, submittedAt, finishedAt }: Job) {
  const isMade = status === "succeeded" && submittedAt !== null && finishedAt !== null;
  return { error_code: error?.code ?? null, generation_ms: isMade ? finishedAt - submittedAt : null };
}
