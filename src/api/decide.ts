/** How a caller's decision about a job is carried out: by those who may, once for each Idempotency-Key, or not at all. */
import type { FastifyRequest } from "fastify";

import type { Change } from "../shared/change.ts";
import { isJobId } from "../shared/ids.ts";
import type { Job } from "../shared/job.ts";
import type { JobStore } from "../shared/store/jobs.ts";
import type { Snapshot } from "../shared/store/record.ts";
import { mayRead, nameOf } from "./auth.ts";
import { barredBy } from "./barred.ts";
import type { Limits } from "./barred.ts";
import { bindingOf, holderOf, orUncertain } from "./idempotency.ts";
import type { Claim, Idempotency } from "./idempotency.ts";
import { replay } from "./intake.ts";
import type { Accepted } from "./intake.ts";
import { Problem } from "./problem.ts";

export type DecideDeps = { jobs: JobStore; idempotency: Idempotency; limits: Limits };

export type Choice = {
  verb: "cancel" | "resolve" | "retry";
  /** Whether it may lead to a purchase. */
  buys: boolean;
  /** What the audit log calls it; absent: it is none of its business. */
  deed?: string;
  /** The job that the request makes, if it makes one: it is then the one that the key is bound to. */
  makes?: string;
  /** A Problem: the job's present state does not allow it. null: nothing is left to be done. */
  choose: (job: Job, now: number, claim: Claim | null) => Change | Problem | null;
};

/** The job, if the caller may know of it: another tenant's does not exist. */
export async function findJob(jobs: JobStore, request: FastifyRequest, id: string): Promise<Snapshot<Job>> {
  const found = isJobId(id) ? await jobs.readJob(id) : null;
  if (found && mayRead(request.caller, found.record.tenant)) return found;
  throw new Problem("not_found", "There is no such job.");
}

/** Returns the job as it is afterwards, or the one that the decision has made. */
export async function decideJob(
  { jobs, idempotency, limits }: DecideDeps,
  request: FastifyRequest,
  known: Snapshot<Job>,
  { verb, buys, deed, makes, choose }: Choice,
): Promise<Accepted> {
  const { id, tenant } = known.record;
  const scope = { tenant, route: `POST /v1/jobs/${id}/${verb}`, buys };
  const claim = await idempotency.claimOf(request.headers["idempotency-key"], scope, request.sent);
  const holder = claim && (await idempotency.findHolder(claim));
  if (holder) return replay(jobs, holder);
  let problem: Problem | null = null;
  const decide = (job: Job, now: number): Change | null => {
    const chosen = choose(job, now, claim);
    problem = chosen instanceof Problem ? chosen : null;
    if (!chosen || chosen instanceof Problem) return null;
    const change = remember(chosen, claim);
    return deed === undefined ? change : { ...change, deed: { action: deed, by: nameOf(request.caller) } };
  };
  const subject = makes ?? id;
  const options = { known, binding: bindingOf(claim, subject) };
  const changed = await orUncertain(subject, claim, () => jobs.changeJob(id, decide, options));
  if (!changed) throw new Problem("not_found", "There is no such job.");
  if (changed.change) {
    const { job } = changed.change.spawned ?? changed;
    request.log.info({ job_id: job.id, tenant, status: job.status }, `job.${verb}`);
    return { job, isReplay: false };
  }
  // An equal request may have won in between.
  const winner =
    claim &&
    (changed.bar?.as === "free" ? holderOf(changed.bar.found, claim) : await idempotency.findHolder(claim));
  if (winner) return replay(jobs, winner);
  if (problem) throw withState(problem, changed.job);
  if (changed.bar) throw barredBy(changed.bar, limits);
  return { job: changed.job, isReplay: false };
}

const withState = ({ code, message, extra }: Problem, job: Job): Problem =>
  new Problem(code, message, { ...extra, job_id: job.id, job_status: job.status });

/** The key's binding goes when the record of its job goes. */
function remember(change: Change, claim: Claim | null): Change {
  if (!claim) return change;
  if (change.spawned) return { ...change, spawned: remember(change.spawned, claim) };
  return { ...change, job: { ...change.job, idempotencyKeys: [...change.job.idempotencyKeys, claim.key] } };
}
