/** The routes of a job: make, read, cancel, resolve. */
import type { FastifyInstance, FastifyReply } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";

import type { ApiConfig } from "../../shared/config.ts";
import { createAddressPolicy } from "../../shared/webhook/guard.ts";
import { toWire } from "../../shared/wire.ts";
import { tenantOf } from "../auth.ts";
import { decideJob, findJob } from "../decide.ts";
import type { DecideDeps } from "../decide.ts";
import { acceptJob, replay } from "../intake.ts";
import type { Accepted } from "../intake.ts";
import { cancelJob, resolveJob } from "../resolve.ts";
import { emptySchema, jobParams, jobSchema, resolveSchema } from "../schemas.ts";

export type JobRouteDeps = DecideDeps & { config: ApiConfig };

export function jobRoutes(root: FastifyInstance, deps: JobRouteDeps): void {
  const { jobs, idempotency, config } = deps;
  const app = root.withTypeProvider<ZodTypeProvider>();
  const policy = createAddressPolicy({ allowCidrs: config.WEBHOOK_ALLOW_CIDRS ?? [] });

  const send = (reply: FastifyReply, { job, isReplay }: Accepted) => {
    if (isReplay) reply.header("idempotent-replayed", "true");
    return reply.send(toWire(job, config.PUBLIC_URL ?? null));
  };

  app.post("/v1/jobs", { schema: { body: jobSchema(policy) } }, async (request, reply) => {
    const tenant = tenantOf(request.caller);
    const scope = { tenant, route: "POST /v1/jobs", buys: true };
    const claim = await idempotency.claimOf(request.headers["idempotency-key"], scope, request.sent);
    // First: what was accepted once stays accepted, whatever prices and limits say today.
    const holder = claim && (await idempotency.findHolder(claim));
    const accepted = holder
      ? await replay(jobs, holder)
      : await acceptJob(jobs, config, tenant, request.body, claim);
    const { job, isReplay } = accepted;
    if (!isReplay) request.log.info({ job_id: job.id, tenant, model: job.request.model }, "job.accepted");
    reply.code(isReplay ? 200 : 202).header("location", `/v1/jobs/${job.id}`);
    return send(reply, accepted);
  });

  app.get("/v1/jobs/:id", { schema: { params: jobParams } }, async (request, reply) => {
    const { record } = await findJob(jobs, request, request.params.id);
    return send(reply, { job: record, isReplay: false });
  });

  const cancelRoute = { schema: { params: jobParams, body: emptySchema } };
  app.post("/v1/jobs/:id/cancel", cancelRoute, async (request, reply) => {
    const known = await findJob(jobs, request, request.params.id);
    tenantOf(request.caller);
    return send(
      reply,
      await decideJob(deps, request, known, { verb: "cancel", buys: false, choose: cancelJob }),
    );
  });

  const resolveRoute = { schema: { params: jobParams, body: resolveSchema } };
  app.post("/v1/jobs/:id/resolve", resolveRoute, async (request, reply) => {
    const known = await findJob(jobs, request, request.params.id);
    const { action, attempt } = request.body;
    const accepted = await decideJob(deps, request, known, {
      verb: "resolve",
      buys: action === "resubmit",
      choose: (job, now) => resolveJob(job, action, attempt, now),
    });
    return send(reply, accepted);
  });
}
