import { newAttemptId, newJobId } from "../../src/shared/ids.ts";
import { newJob as beginJob } from "../../src/shared/job.ts";
import type { Attempt, Job, JobRequest, Task } from "../../src/shared/job.ts";

/** A moment, for jobs of tests that have no clock of their own. */
export const NOON = Date.UTC(2026, 0, 2, 12);

export const HOUR_MS = 3_600_000;

export function newRequest(patch: Partial<JobRequest> = {}): JobRequest {
  return {
    model: "wan2.7-t2v",
    input: { prompt: "a cat", size: "1280*720", duration: 5, watermark: false, prompt_extend: true },
    webhook: null,
    reference: null,
    metadata: {},
    tags: [],
    priority: "normal",
    timeoutS: 3600,
    startTimeoutS: 86_400,
    maxCost: null,
    onUnconfirmed: "hold",
    ...patch,
  };
}

/** A job that has just been queued at `now`; `patch` makes another of it. */
export function newJob(now: number, patch: Partial<Job> = {}): Job {
  const request = patch.request ?? newRequest();
  const asked = {
    id: newJobId(),
    tenant: "acme",
    request,
    estimate: null,
    createdAt: now,
    retryOf: null,
    idempotencyKeys: [],
  };
  return { ...beginJob(asked), ...patch };
}

export function newAttempt(begunAt: number, patch: Partial<Attempt> = {}): Attempt {
  return { id: newAttemptId(), n: 1, begunAt, state: "open", ...patch };
}

/** A task of attempt 1 that was accepted at `now` and is to be looked at now. */
export function newTask(now: number, patch: Partial<Task> = {}): Task {
  return {
    id: "task-1",
    attempt: 1,
    state: "running",
    watched: true,
    acceptedAt: now,
    nextLookAt: now,
    watchUntil: now + 25 * HOUR_MS,
    looks: 0,
    missing: 0,
    blank: 0,
    ...patch,
  };
}

export const submittingJob = (now: number, patch: Partial<Job> = {}): Job =>
  newJob(now, { status: "submitting", attempts: [newAttempt(now)], ...patch });

/** Given up: its only attempt has an unknown outcome. */
export const unconfirmedJob = (now: number, patch: Partial<Job> = {}): Job =>
  newJob(now, {
    status: "unconfirmed",
    attempts: [newAttempt(now, { state: "unknown" })],
    holdUntil: now + HOUR_MS,
    ...patch,
  });

export const processingJob = (now: number, patch: Partial<Job> = {}): Job =>
  newJob(now, {
    status: "processing",
    attempts: [newAttempt(now, { state: "accepted" })],
    tasks: [newTask(now)],
    submittedAt: now,
    deadlineAt: now + HOUR_MS,
    ...patch,
  });
