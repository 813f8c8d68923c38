/** How a caller's decision about a job is carried out: by those who may, once for each Idempotency-Key, or not at all. */
import type { FastifyRequest } from "fastify";

import { note } from "../shared/change.ts";
import type { Change } from "../shared/change.ts";
import { isJobId } from "../shared/ids.ts";
import type { Job } from "../shared/job.ts";
import type { Changed, JobStore } from "../shared/store/jobs.ts";
import { withKey } from "../shared/store/bindings.ts";
import type { Snapshot } from "../shared/store/record.ts";
import { mayRead, nameOf, ownerOfKeys } from "./auth.ts";
import { barredBy } from "./barred.ts";
import type { Limits } from "./barred.ts";
import { adviceOn, adviceOnMade, bindingOf, holderOf, orUncertain } from "./idempotency.ts";
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
  /** What has to happen before there is anything to choose, unless the request is a repeat. */
  prepare?: (known: Snapshot<Job>, claim: Claim | null) => Promise<Snapshot<Job>>;
  /** A Problem: the job's present state does not allow it. null: nothing is left to be done but to bind the key, if there is one. */
  choose: (job: Job, now: number, claim: Claim | null) => Change | Problem | null;
};

/** The job, if the caller may know of it: another tenant's does not exist. */
export async function findJob(jobs: JobStore, request: FastifyRequest, id: string): Promise<Snapshot<Job>> {
  const found = isJobId(id) ? await jobs.readJob(id) : null;
  if (found && mayRead(request.caller, found.record.tenant)) return found;
  throw new Problem("not_found", "There is no such job.");
}

/**
 * What an equal request has made before: a job that may be kept for longer than the one it was made of. null: the request
 * names no key, or one that is free.
 */
export async function findMade(
  { jobs, idempotency }: DecideDeps,
  request: FastifyRequest,
  id: string,
  choice: Pick<Choice, "verb" | "buys">,
): Promise<Accepted | null> {
  if (request.headers["idempotency-key"] === undefined) return null;
  const claim = await claimOn(idempotency, request, id, choice);
  const holder = claim && (await idempotency.findHolder(claim));
  return holder ? replay(jobs, holder) : null;
}

function claimOn(
  idempotency: Idempotency,
  request: FastifyRequest,
  id: string,
  { verb, buys }: Pick<Choice, "verb" | "buys">,
): Promise<Claim | null> {
  const scope = { tenant: ownerOfKeys(request.caller), route: `POST /v1/jobs/${id}/${verb}`, buys };
  return idempotency.claimOf(request.headers["idempotency-key"], scope, request.sent);
}

/** Returns the job as it is afterwards, or the one that the decision has made. */
export async function decideJob(
  deps: DecideDeps,
  request: FastifyRequest,
  known: Snapshot<Job>,
  { verb, buys, deed, makes, prepare, choose }: Choice,
): Promise<Accepted> {
  const { jobs, idempotency } = deps;
  const { id, tenant } = known.record;
  const claim = await claimOn(idempotency, request, id, { verb, buys });
  const holder = claim && (await idempotency.findHolder(claim));
  if (holder) return replay(jobs, holder);
  const prepared = prepare ? await prepare(known, claim) : known;
  let problem: Problem | null = null;
  const decide = (job: Job, now: number): Change | null => {
    const chosen = choose(job, now, claim);
    problem = chosen instanceof Problem ? chosen : null;
    if (chosen instanceof Problem) return null;
    // By the time of a repeat there may be something to do, so a key is bound even if nothing is left to be done.
    if (!chosen) return claim && remember(note(job, {}, null), claim);
    const change = remember(chosen, claim);
    return deed === undefined ? change : { ...change, deed: { action: deed, by: nameOf(request.caller) } };
  };
  const subject = makes ?? id;
  const options = { known: prepared, binding: bindingOf(claim, subject) };
  const advice = makes === undefined ? adviceOn(id, claim !== null) : adviceOnMade(makes, claim);
  const changed = await orUncertain(subject, claim, () => jobs.changeJob(id, decide, options), advice);
  if (!changed) throw new Problem("not_found", "There is no such job.");
  if (changed.change) {
    const { job } = changed.change.spawned ?? changed;
    if (changed.change.fact) request.log.tell(`job.${verb}`, { job_id: job.id, tenant, status: job.status });
    return { job, isReplay: false };
  }
  return answerUnchanged(deps, changed, claim, problem);
}

/** Why nothing was written: an equal request has won in between, it is not allowed, or there was nothing to do. */
async function answerUnchanged(
  { jobs, idempotency, limits }: DecideDeps,
  { job, bar }: Changed,
  claim: Claim | null,
  problem: Problem | null,
): Promise<Accepted> {
  const winner =
    claim && (bar?.as === "free" ? holderOf(bar.found, claim) : await idempotency.findHolder(claim));
  if (winner) return replay(jobs, winner);
  if (problem) throw withState(problem, job);
  if (bar) throw barredBy(bar, limits, job.estimate);
  return { job, isReplay: false };
}

const withState = ({ code, message, extra }: Problem, job: Job): Problem =>
  new Problem(code, message, { ...extra, job_id: job.id, job_status: job.status });

/** The key's binding goes when the record of its job goes, or names it no more. */
function remember(change: Change, claim: Claim | null): Change {
  if (!claim) return change;
  if (change.spawned) return { ...change, spawned: remember(change.spawned, claim) };
  return {
    ...change,
    job: { ...change.job, idempotencyKeys: withKey(change.job.idempotencyKeys, claim.key) },
  };
}
