/** How a caller's decision about a job is carried out: by those who may, once for each Idempotency-Key, or not at all. */
import type { FastifyRequest } from "fastify";

import type { Change } from "../shared/change.ts";
import { isJobId } from "../shared/ids.ts";
import type { Job } from "../shared/job.ts";
import type { JobStore } from "../shared/store/jobs.ts";
import type { Snapshot } from "../shared/store/record.ts";
import { mayRead } from "./auth.ts";
import { bindingOf, orUncertain } from "./idempotency.ts";
import type { Claim, Idempotency } from "./idempotency.ts";
import { replay } from "./intake.ts";
import type { Accepted } from "./intake.ts";
import { Problem } from "./problem.ts";
import type { Conflict } from "./resolve.ts";

export type DecideDeps = { jobs: JobStore; idempotency: Idempotency };

export type Choice = {
  verb: "cancel" | "resolve";
  /** Whether it may lead to a purchase. */
  buys: boolean;
  choose: (job: Job, now: number) => Change | Conflict | null;
};

/** The job, if the caller may know of it: another tenant's does not exist. */
export async function findJob(jobs: JobStore, request: FastifyRequest, id: string): Promise<Snapshot<Job>> {
  const found = isJobId(id) ? await jobs.readJob(id) : null;
  if (found && mayRead(request.caller, found.record.tenant)) return found;
  throw new Problem("not_found", "There is no such job.");
}

export async function decideJob(
  { jobs, idempotency }: DecideDeps,
  request: FastifyRequest,
  known: Snapshot<Job>,
  { verb, buys, choose }: Choice,
): Promise<Accepted> {
  const { id, tenant } = known.record;
  const scope = { tenant, route: `POST /v1/jobs/${id}/${verb}`, buys };
  const claim = await idempotency.claimOf(request.headers["idempotency-key"], scope, request.sent);
  if (claim && (await idempotency.findHolder(claim))) return replay(jobs, id);
  let conflict: string | null = null;
  const decide = (job: Job, now: number): Change | null => {
    const chosen = choose(job, now);
    conflict = chosen && "conflict" in chosen ? chosen.conflict : null;
    return chosen && !("conflict" in chosen) ? remember(chosen, claim) : null;
  };
  const options = { known, idempotency: bindingOf(claim, id) };
  const changed = await orUncertain(id, claim, () => jobs.changeJob(id, decide, options));
  if (!changed) throw new Problem("not_found", "There is no such job.");
  // An equal request may have won in between.
  if (claim && !changed.change && (await idempotency.findHolder(claim))) return replay(jobs, id);
  if (conflict !== null)
    throw new Problem("conflict", conflict, { job_id: id, job_status: changed.job.status });
  if (changed.change) request.log.info({ job_id: id, tenant, status: changed.job.status }, `job.${verb}`);
  return { job: changed.job, isReplay: false };
}

/** The key's binding goes when the job's record goes. */
function remember(change: Change, claim: Claim | null): Change {
  if (!claim) return change;
  return { ...change, job: { ...change.job, idempotencyKeys: [...change.job.idempotencyKeys, claim.key] } };
}
