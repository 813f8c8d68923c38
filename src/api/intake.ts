/**
 * The one door in. A job is written with its defaults fixed and its price estimated, together with the binding of its
 * Idempotency-Key and the reservation of its cost, in one script; then its first stage is woken. If that wake-up is lost,
 * rescue repeats it, so the answer is 202 as soon as the record stands.
 */
import type { ApiConfig } from "../shared/config.ts";
import { creation } from "../shared/change.ts";
import { newJobId } from "../shared/ids.ts";
import { newJob } from "../shared/job.ts";
import type { Job, JobRequest } from "../shared/job.ts";
import { estimateCost } from "../shared/models.ts";
import type { JobStore } from "../shared/store/jobs.ts";
import { barredBy, inDollars, unpriced } from "./barred.ts";
import type { Limits } from "./barred.ts";
import { adviceOnMade, bindingOf, holderOf, orUncertain } from "./idempotency.ts";
import type { Claim } from "./idempotency.ts";
import { invalidBecause, Problem } from "./problem.ts";
import type { JobIn } from "./job-schema.ts";

export type IntakeSettings = Limits & Pick<ApiConfig, "JOB_TIMEOUT_S" | "START_TIMEOUT_S" | "PRICES">;

/** The job, and whether it was there before: the answer to a repeat. */
export type Accepted = { job: Job; isReplay: boolean };

/** Accepts a job for a tenant, or finds the one that the same request made before. */
export async function acceptJob(
  jobs: JobStore,
  settings: IntakeSettings,
  tenant: string,
  body: JobIn,
  claim: Claim | null,
): Promise<Accepted> {
  const request = toRequest(body, settings);
  const estimate = estimateWithin(request, settings, aboveMaxCost);
  if (estimate instanceof Problem) throw estimate;
  const job = newJob({
    id: newJobId(),
    tenant,
    request,
    estimate,
    createdAt: await jobs.readClock(),
    retryOf: null,
    idempotencyKeys: claim ? [claim.key] : [],
  });
  const create = () => jobs.createJob(creation(job), bindingOf(claim, job.id));
  const bar = await orUncertain(job.id, claim, create, adviceOnMade(job.id, claim));
  if (!bar) return { job, isReplay: false };
  if (bar.as === "free" && claim) return replay(jobs, holderOf(bar.found, claim));
  throw barredBy(bar, settings, estimate);
}

/** What an equal request made before, as it is now. */
export async function replay(jobs: JobStore, id: string): Promise<Accepted> {
  const found = await jobs.readJob(id);
  if (!found) throw new Problem("not_found", "The job of this Idempotency-Key is no longer kept.");
  return { job: found.record, isReplay: true };
}

/**
 * What the job will cost, in micro-dollars, or null when nobody knows. A Problem: a limit on it would not be kept. A
 * max_cost that cannot be checked, or that is too low, is refused in the words of `above`, before anything exists.
 */
export function estimateWithin(
  { model, input, maxCost }: JobRequest,
  settings: IntakeSettings,
  above: (estimate: number | null) => Problem,
): number | Problem | null {
  const estimate = estimateCost(model, input, settings.PRICES ?? new Map());
  if (maxCost !== null && (estimate === null || estimate > maxCost)) return above(estimate);
  return estimate === null && settings.DAILY_BUDGET_USD !== undefined ? unpriced() : estimate;
}

function aboveMaxCost(estimate: number | null): Problem {
  const detail =
    estimate === null
      ? "The price of this model and size is not known here, so max_cost cannot be kept: leave it out, or set PRICES."
      : `The estimate is ${inDollars(estimate)}, which is more than max_cost.`;
  return invalidBecause([{ pointer: "/max_cost", detail }]);
}

function toRequest(body: JobIn, settings: IntakeSettings): JobRequest {
  return {
    model: body.model,
    input: definedOnly(body.input),
    webhook: body.webhook ? { url: body.webhook.url, events: body.webhook.events ?? null } : null,
    reference: body.reference ?? null,
    metadata: body.metadata,
    tags: body.tags,
    priority: body.priority,
    timeoutS: body.timeout_s ?? settings.JOB_TIMEOUT_S,
    startTimeoutS: body.start_timeout_s ?? settings.START_TIMEOUT_S,
    maxCost: body.max_cost === undefined ? null : toMicroDollars(body.max_cost),
    onUnconfirmed: body.on_unconfirmed,
  };
}

/** Whole micro-dollars, never more than was said. */
function toMicroDollars(dollars: number): number {
  const micro = Math.round(dollars * 1_000_000);
  return micro / 1_000_000 > dollars ? micro - 1 : micro;
}

function definedOnly(input: JobIn["input"]): JobRequest["input"] {
  const defined: JobRequest["input"] = {};
  for (const [name, value] of Object.entries(input)) if (value !== undefined) defined[name] = value;
  return defined;
}
