/**
 * The one door in. A job is written with its defaults fixed and its price estimated, together with the binding of its
 * Idempotency-Key, in one script; then its first stage is woken. If that wake-up is lost, rescue repeats it, so the answer
 * is 202 as soon as the record stands.
 */
import type { ApiConfig } from "../shared/config.ts";
import type { Change } from "../shared/change.ts";
import { newJobId } from "../shared/ids.ts";
import { newJob } from "../shared/job.ts";
import type { Job, JobRequest } from "../shared/job.ts";
import { estimateCost } from "../shared/models.ts";
import type { JobStore } from "../shared/store/jobs.ts";
import { bindingOf, holderOf, orUncertain } from "./idempotency.ts";
import type { Claim } from "./idempotency.ts";
import { invalidBecause, Problem } from "./problem.ts";
import type { JobIn } from "./schemas.ts";

type Settings = Pick<ApiConfig, "JOB_TIMEOUT_S" | "START_TIMEOUT_S" | "PRICES">;

/** The job, and whether it was there before: the answer to a repeat. */
export type Accepted = { job: Job; isReplay: boolean };

/** Accepts a job for a tenant, or finds the one that the same request made before. */
export async function acceptJob(
  jobs: JobStore,
  settings: Settings,
  tenant: string,
  body: JobIn,
  claim: Claim | null,
): Promise<Accepted> {
  const request = toRequest(body, settings);
  const estimate = estimateCost(request.model, request.input, settings.PRICES ?? new Map());
  checkCost(request.maxCost, estimate);
  const createdAt = await jobs.readClock();
  const idempotencyKeys = claim ? [claim.key] : [];
  const job = newJob({ id: newJobId(), tenant, request, estimate, createdAt, idempotencyKeys });
  const change: Change = { transition: null, job, fact: { kind: "queued" }, event: null };
  const written = await orUncertain(job.id, claim, () => jobs.createJob(change, bindingOf(claim, job.id)));
  if (written.as === "held" && claim) return replay(jobs, holderOf(written.value, claim));
  return { job, isReplay: false };
}

/** What an equal request made before, as it is now. */
export async function replay(jobs: JobStore, id: string): Promise<Accepted> {
  const found = await jobs.readJob(id);
  if (!found) throw new Problem("not_found", "The job of this Idempotency-Key is no longer kept.");
  return { job: found.record, isReplay: true };
}

function toRequest(body: JobIn, settings: Settings): JobRequest {
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

/** A limit that cannot be checked, or that is too low, is refused before anything exists. */
function checkCost(maxCost: number | null, estimate: number | null): void {
  if (maxCost === null || (estimate !== null && estimate <= maxCost)) return;
  const detail =
    estimate === null
      ? "The price of this model and size is not known here, so max_cost cannot be kept: leave it out, or set PRICES."
      : `The estimate is $${estimate / 1_000_000}, which is more than max_cost.`;
  throw invalidBecause([{ pointer: "/max_cost", detail }]);
}
