/** The routes of a job: make, read, cancel, resolve. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";

import type { ApiConfig } from "../../shared/config.ts";
import type { Change } from "../../shared/change.ts";
import { isJobId } from "../../shared/ids.ts";
import type { Job } from "../../shared/job.ts";
import { cancelJob, resolveJob } from "../../shared/resolve.ts";
import type { Conflict } from "../../shared/resolve.ts";
import type { JobStore } from "../../shared/store/jobs.ts";
import type { Snapshot } from "../../shared/store/record.ts";
import { createAddressPolicy } from "../../shared/webhook/guard.ts";
import { toWire } from "../../shared/wire.ts";
import { mayRead, tenantOf } from "../auth.ts";
import type { Caller } from "../auth.ts";
import { bindingOf } from "../idempotency.ts";
import type { Claim, Idempotency } from "../idempotency.ts";
import { acceptJob, replay } from "../intake.ts";
import type { Accepted } from "../intake.ts";
import { Problem } from "../problem.ts";
import { emptySchema, jobSchema, resolveSchema } from "../schemas.ts";

export type JobRouteDeps = { jobs: JobStore; idempotency: Idempotency; config: ApiConfig };

type Decide = (job: Job, now: number) => Change | Conflict | null;

export function jobRoutes(root: FastifyInstance, { jobs, idempotency, config }: JobRouteDeps): void {
  const app = root.withTypeProvider<ZodTypeProvider>();
  const publicUrl = config.PUBLIC_URL ?? null;
  const policy = createAddressPolicy({ allowCidrs: config.WEBHOOK_ALLOW_CIDRS ?? [] });

  const send = (reply: FastifyReply, { job, isReplay }: Accepted) => {
    if (isReplay) reply.header("idempotent-replayed", "true");
    return reply.send(toWire(job, publicUrl));
  };

  app.post("/v1/jobs", { schema: { body: jobSchema(policy) } }, async (request, reply) => {
    const tenant = tenantOf(request.caller);
    const claim = await claimOf(request, tenant, "POST /v1/jobs", true);
    const accepted = await acceptJob(jobs, config, tenant, request.body, claim);
    const { job, isReplay } = accepted;
    if (!isReplay) request.log.info({ job_id: job.id, tenant, model: job.request.model }, "job.accepted");
    reply.code(isReplay ? 200 : 202).header("location", `/v1/jobs/${job.id}`);
    return send(reply, accepted);
  });

  app.get<{ Params: { id: string } }>("/v1/jobs/:id", async (request, reply) => {
    const { record } = await find(request.caller, request.params.id);
    return send(reply, { job: record, isReplay: false });
  });

  app.post<{ Params: { id: string } }>(
    "/v1/jobs/:id/cancel",
    { schema: { body: emptySchema } },
    async (request, reply) => {
      const known = await find(request.caller, request.params.id);
      tenantOf(request.caller);
      return send(reply, await decide(request, known, "cancel", false, cancelJob));
    },
  );

  app.post("/v1/jobs/:id/resolve", { schema: { body: resolveSchema } }, async (request, reply) => {
    const { id } = request.params as { id: string };
    const known = await find(request.caller, id);
    const { action, attempt } = request.body;
    const buys = action === "resubmit";
    return send(
      reply,
      await decide(request, known, "resolve", buys, (job, now) => resolveJob(job, action, attempt, now)),
    );
  });

  /** The job, if the caller may know of it: another tenant's does not exist. */
  async function find(caller: Caller, id: string): Promise<Snapshot<Job>> {
    const found = isJobId(id) ? await jobs.readJob(id) : null;
    if (!found || !mayRead(caller, found.record.tenant))
      throw new Problem("not_found", "There is no such job.");
    return found;
  }

  function claimOf(
    request: FastifyRequest,
    tenant: string,
    route: string,
    buys: boolean,
  ): Promise<Claim | null> {
    return idempotency.claimOf(request.headers["idempotency-key"], { tenant, route, buys }, request.sent);
  }

  /** Carries a caller's decision out, once for each Idempotency-Key. */
  async function decide(
    request: FastifyRequest,
    known: Snapshot<Job>,
    verb: string,
    buys: boolean,
    choose: Decide,
  ): Promise<Accepted> {
    const { id, tenant } = known.record;
    const claim = await claimOf(request, tenant, `POST /v1/jobs/${id}/${verb}`, buys);
    const holder = claim && (await idempotency.findHolder(claim));
    if (holder) return replay(jobs, holder);
    let conflict: string | null = null;
    const changed = await jobs.changeJob(
      id,
      (job, now) => {
        const chosen = choose(job, now);
        conflict = chosen && "conflict" in chosen ? chosen.conflict : null;
        return chosen && !("conflict" in chosen) ? remember(chosen, claim) : null;
      },
      { known, idempotency: bindingOf(claim, id) },
    );
    if (!changed) throw new Problem("not_found", "There is no such job.");
    // An equal request may have won in between.
    if (claim && !changed.change && (await idempotency.findHolder(claim))) return replay(jobs, id);
    if (conflict !== null)
      throw new Problem("conflict", conflict, { job_id: id, job_status: changed.job.status });
    if (changed.change) request.log.info({ job_id: id, tenant, status: changed.job.status }, `job.${verb}`);
    return { job: changed.job, isReplay: false };
  }
}

/** The key's binding goes when the job's record goes. */
function remember(change: Change, claim: Claim | null): Change {
  if (!claim) return change;
  return { ...change, job: { ...change.job, idempotencyKeys: [...change.job.idempotencyKeys, claim.key] } };
}
