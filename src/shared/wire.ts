/** How a job looks from outside: the shape that routes answer and events carry. Its names are part of the contract. */
import { billingState } from "./job.ts";
import type { Job, JobError } from "./job.ts";

/** `publicUrl` makes the links absolute; without it they are paths. */
export function toWire(job: Job, publicUrl: string | null) {
  const { request, video, error } = job;
  return {
    id: job.id,
    object: "job" as const,
    status: job.status,
    model: request.model,
    input: request.input,
    metadata: request.metadata,
    tags: request.tags,
    reference: request.reference,
    priority: request.priority,
    version: job.version,
    progress: job.progress,
    eta_at: isoOrNull(job.etaAt),
    task_id: mainTask(job),
    tasks: job.tasks.map((task) => task.id),
    attempts: job.attempts.length,
    polls: job.polls,
    retry_of: job.retryOf,
    retried_by: job.retriedBy,
    video: video && { url: video.url, type: video.type, expires_at: isoOrNull(video.expiresAt) },
    billing: { state: billingState(job), estimated: toDollars(job.estimate), currency: "USD" as const },
    error: error && errorToWire(error),
    created_at: iso(job.createdAt),
    submitted_at: isoOrNull(job.submittedAt),
    finished_at: isoOrNull(job.finishedAt),
    deadline_at: isoOrNull(job.deadlineAt),
    cancel_requested_at: isoOrNull(job.cancelRequestedAt),
    erased_at: isoOrNull(job.erasedAt),
    urls: jobUrls(job.id, publicUrl ?? ""),
  };
}

const errorToWire = ({ code, message, stage, retryable, upstream }: JobError) => ({
  code,
  message,
  stage,
  retryable,
  upstream: upstream && { status: upstream.status, reason: upstream.reason },
});

/** The task that made the video, else the newest. */
function mainTask(job: Job): string | null {
  const made = job.tasks.find((task) => task.state === "succeeded");
  return job.video?.taskId ?? (made ?? job.tasks.at(-1))?.id ?? null;
}

function jobUrls(id: string, base: string) {
  const self = `${base}/v1/jobs/${id}`;
  return { self, events: `${self}/events`, cancel: `${self}/cancel`, video: `${self}/video` };
}

export const iso = (ms: number): string => new Date(ms).toISOString();
export const isoOrNull = (ms: number | null): string | null => (ms === null ? null : iso(ms));

const toDollars = (micro: number | null): number | null => (micro === null ? null : micro / 1_000_000);
