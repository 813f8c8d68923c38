/** What the log says of a paid request: what the upstream said may quote the prompt, so only its code is kept. */
import type { Job } from "../shared/job.ts";
import type { LineFields } from "../shared/log-lines.ts";
import type { Logger } from "../shared/logger.ts";
import type { SubmitOutcome } from "./novita/classify.ts";
import { upstreamFields } from "./upstream.ts";

/** A paid request on its way; `startedAt` by the process' monotonic clock. */
export type Sent = { job: Job; attemptId: string; startedAt: number };

/** The one line of a paid request that has ended. */
export function logSubmitted(
  log: Logger,
  sent: Sent,
  outcome: SubmitOutcome,
  { durationMs, status }: { durationMs: number; status: string },
): void {
  const { createdAt, attempts } = sent.job;
  const begunAt = attempts.find((attempt) => attempt.id === sent.attemptId)?.begunAt ?? createdAt;
  const times = { duration_ms: durationMs, wait_ms: begunAt - createdAt };
  const level = outcome.kind === "unknown" ? "error" : "info";
  log.tell("job.submitted", { ...fieldsOf(sent, outcome), ...times, status }, level);
}

/** The answer to a request whose line has told that nobody knows. */
export function logAnsweredLate(log: Logger, sent: Sent, outcome: SubmitOutcome, status: string): void {
  const duration_ms = Math.round(performance.now() - sent.startedAt);
  log.tell("submit.answered_late", { ...fieldsOf(sent, outcome), duration_ms, status });
}

/** The outcome is not written yet: should this process not live to write it, the line is all that is left of it. */
export function logUnrecorded(
  log: Logger,
  { job, attemptId }: Sent,
  outcome: SubmitOutcome,
  err?: unknown,
): void {
  const ids = { job_id: job.id, attempt_id: attemptId };
  log.tell("submit.unrecorded", { err, ...ids, outcome: outcome.kind, ...detailOf(outcome) });
}

const fieldsOf = ({ job, attemptId }: Sent, outcome: SubmitOutcome) => ({
  job_id: job.id,
  tenant: job.tenant,
  model: job.request.model,
  attempt_id: attemptId,
  outcome: outcome.kind,
  ...detailOf(outcome),
});

type Detail = Pick<LineFields<"job.submitted">, "task_id" | "cause" | "message" | "http_status" | "reason">;

function detailOf(outcome: SubmitOutcome): Detail {
  if (outcome.kind === "accepted") return { task_id: outcome.taskId };
  if (outcome.kind === "unsent") return { cause: outcome.cause, message: outcome.message };
  const { upstream } = outcome;
  return upstream ? upstreamFields(upstream) : { message: outcome.message };
}
