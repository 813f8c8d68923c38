/** The route by which a tenant has a job's content erased. */
import type { FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";

import { emptyAnswer, refusals } from "../answers.ts";
import { tenantOf } from "../auth.ts";
import { findJob } from "../decide.ts";
import { eraseKnown } from "../erase.ts";
import { skipBodies } from "../http/skip-bodies.ts";
import { expectProofs, proveErasure } from "../prove-job.ts";
import type { ProofDeps } from "../prove-job.ts";
import { jobParams } from "../schemas.ts";

export function erasureRoutes(root: FastifyInstance, deps: ProofDeps): void {
  const { jobs } = deps;
  root.register(async (own) => {
    skipBodies(own);
    own.withTypeProvider<ZodTypeProvider>().delete("/v1/jobs/:id", eraseRoute, async (request, reply) => {
      const known = await findJob(jobs, request, request.params.id);
      const tenant = tenantOf(request.caller);
      expectProofs(deps);
      const isDone = await eraseKnown(jobs, known);
      const { id, status } = known.record;
      if (isDone) request.log.tell("job.erase", { job_id: id, tenant, status });
      await proveErasure(deps, request, known.record);
      return reply.code(204).send();
    });
  });
}

const eraseRoute = {
  schema: {
    operationId: "eraseJob",
    tags: ["Jobs"],
    summary: "Erase a job's content",
    description:
      "Erases what a job that has ended asked for and brought: its input, metadata, tags, reference and webhook, its video, " +
      "what others said of it, the events' bodies and the receivers' answers. Deliveries that are on their way end. Its id, " +
      "status, tasks, money and times stay. A task that is still watched is watched on, but its video is not kept.",
    params: jobParams,
    response: {
      204: emptyAnswer("The content is erased, now or earlier."),
      ...refusals("forbidden", "not_found", "conflict"),
    },
  },
};
