/** Lives of jobs as their money sees them: what is decided of them, and what a tenant's day has cost. */
import { expect } from "vitest";

import { cancelJob, resolveJob } from "../../src/api/resolve.ts";
import type { Job, JobRequest } from "../../src/shared/job.ts";
import { dayOf } from "../../src/shared/store/budget.ts";
import type { Decision } from "../../src/shared/store/jobs.ts";
import { beginAttempt, recordOutcome } from "../../src/worker/attempt.ts";
import { recordLook } from "../../src/worker/look.ts";
import type { SubmitOutcome } from "../../src/worker/novita/classify.ts";
import { expireStart } from "../../src/worker/submit.ts";
import { newJob, newRequest } from "./job.ts";
import { openTestLedger, putJob } from "./ledger.ts";
import type { TestLedger } from "./ledger.ts";
import { submitPolicy as policy } from "./lifecycle-world.ts";
import { mustChange } from "./must-change.ts";

export const ESTIMATE = 500_000;
const lookPolicy = { baseMs: 3000, maxMs: 15_000, recoveryMs: 300_000, lostGraceMs: 0 };
const upstream = { status: 400, reason: null };
export const unknown: SubmitOutcome = { kind: "unknown", message: "reset", upstream: null };
export const refused: SubmitOutcome = { kind: "refused", code: "invalid_input", message: "no", upstream };
export const deferred: SubmitOutcome = { kind: "deferred", message: "busy", retryAfterMs: null, upstream };
export const acceptedAs = (taskId: string): SubmitOutcome => ({ kind: "accepted", taskId });

/** A ledger whose tenants may spend so many estimates a day. */
export const openWithin = (estimates: number, prefix?: string): TestLedger => {
  const limits = { DAILY_BUDGET_USD: estimates * ESTIMATE };
  return prefix === undefined ? openTestLedger({ limits }) : openTestLedger({ limits, prefix });
};

export const today = async (ledger: TestLedger): Promise<number> => dayOf(await ledger.jobs.readClock());

/** In estimates: today's, unless another day is asked for. */
export async function spent(
  ledger: TestLedger,
  { tenant = "acme", day }: { tenant?: string; day?: number } = {},
) {
  const key = ledger.keys.spent(tenant, day ?? (await today(ledger)));
  return Number((await ledger.redis.get(key)) ?? 0) / ESTIMATE;
}

export const make = async (ledger: TestLedger, patch: Partial<Job> = {}): Promise<Job> =>
  newJob(await ledger.jobs.readClock(), { estimate: ESTIMATE, ...patch });

/** A queued job that is in the books. */
export const put = async (ledger: TestLedger, request: Partial<JobRequest> = {}): Promise<Job> =>
  putJob(ledger, await make(ledger, { request: newRequest(request) }));

export const create = (ledger: TestLedger, job: Job) =>
  ledger.jobs.createJob({ transition: null, job, fact: null, event: null });

export const begin =
  (id = "att_1"): Decision =>
  (job, now) =>
    beginAttempt(job, id, now);
export const outcome =
  (what: SubmitOutcome, id = "att_1"): Decision =>
  (job, now, bar) =>
    recordOutcome(job, id, what, now, policy, bar === null);
const look =
  (what: Parameters<typeof recordLook>[2], taskId = "task-1"): Decision =>
  (job, now) =>
    recordLook(job, taskId, what, now, lookPolicy, { looksWorkElsewhere: true, random: 0 });
export const cancel: Decision = (job, now) => mustChange(cancelJob(job, now));
export const resubmit: Decision = (job, now) => mustChange(resolveJob(job, "resubmit", undefined, now));
export const giveUp: Decision = (job, now) => mustChange(resolveJob(job, "fail", undefined, now));
export const expire: Decision = (job) => expireStart(job, job.startDeadlineAt, policy);
export const failed = look({ kind: "failed", reason: "no GPU", upstream });
export const succeeded = look({
  kind: "succeeded",
  video: { url: "https://v.example/1.mp4", type: "mp4", expiresAt: null },
});

/** Takes a job from one decision to the next; all of them must be written. */
export async function live(ledger: TestLedger, { id }: Job, ...decisions: Decision[]): Promise<void> {
  for (const decide of decisions) expect((await ledger.jobs.changeJob(id, decide))?.change).not.toBeNull();
}
