/** How what a caller is told of a job is proven first, if `INTAKE_DURABILITY` asks for it. */
import type { FastifyRequest } from "fastify";

import type { Job } from "../shared/job.ts";
import type { JobStore } from "../shared/store/jobs.ts";
import { adviceOn } from "./idempotency.ts";
import type { Accepted } from "./intake.ts";
import { Problem } from "./problem.ts";
import type { Proofs } from "./proofs.ts";

export type ProofDeps = { jobs: JobStore; proofs: Proofs };

/** Refuses a request that could not be promised anything, before it writes. */
export function expectProofs({ proofs }: Pick<ProofDeps, "proofs">): void {
  if (proofs.isWorking()) return;
  throw new Problem(
    "unavailable",
    "Redis does not confirm what INTAKE_DURABILITY wants, so nothing was written. Try again shortly.",
  );
}

/**
 * Returns what was accepted, now or before, once it is sure to last. Throws the 503 that names the job when that could not
 * be proven in time: it may last all the same. `holds` tells what the caller has decided from what others may have made of
 * the job on a server that has not got the decision.
 */
export async function proveJob(
  deps: ProofDeps,
  request: FastifyRequest,
  accepted: Accepted,
  holds: (job: Job) => boolean = () => true,
): Promise<Accepted> {
  const { job } = accepted;
  const advice = adviceOn(job.id, request.headers["idempotency-key"] !== undefined);
  await requireProof(
    deps,
    request,
    job,
    (found) => found !== null && found.version >= job.version && holds(found),
    advice,
  );
  return accepted;
}

/** The same for an erasure; a record that is gone altogether will do. */
export const proveErasure = (deps: ProofDeps, request: FastifyRequest, job: Job): Promise<void> =>
  requireProof(
    deps,
    request,
    job,
    (found) => found === null || found.erasedAt !== null,
    "Repeat the request: it takes effect once.",
  );

async function requireProof(
  { jobs, proofs }: ProofDeps,
  request: FastifyRequest,
  { id, tenant }: Job,
  holds: (found: Job | null) => boolean,
  advice: string,
): Promise<void> {
  const isProven = await proofs.isProven(async (server) =>
    holds((await jobs.readJob(id, server))?.record ?? null),
  );
  if (isProven) return;
  request.log.tell("intake.unproven", { job_id: id, tenant });
  const detail = `Redis did not confirm in time that the write lasts; it may all the same. ${advice}`;
  throw new Problem("unavailable", detail, { job_id: id });
}
