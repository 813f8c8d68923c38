/** The delivery log: what was sent where, what came of it, and to send it once more. */
import type { FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";

import { isJobId } from "../../shared/ids.ts";
import type { Job } from "../../shared/job.ts";
import type { JobStore } from "../../shared/store/jobs.ts";
import type { Ledger } from "../../shared/store/ledger.ts";
import { answer, postRefusals, refusals } from "../answers.ts";
import { deliveryAnswer, listedDelivery } from "../answers/delivery.ts";
import { pageAnswer } from "../answers/list.ts";
import { mayRead, tenantOf } from "../auth.ts";
import type { Caller } from "../auth.ts";
import { readDeliveryPage } from "../lists/delivery-list.ts";
import { deliveryToWire, deliveryWithAttempts } from "../lists/delivery-wire.ts";
import { idempotencyHeaders } from "../http/headers.ts";
import { markReplay } from "../idempotency.ts";
import { forReaders } from "../openapi/access.ts";
import { Problem } from "../problem.ts";
import { deliveryListQuery } from "../lists/queries.ts";
import { findDelivery, redeliverKnown } from "../redeliver.ts";
import type { RedeliverDeps } from "../redeliver.ts";
import { deliveryParams, emptySchema } from "../schemas.ts";

export type DeliveryRouteDeps = RedeliverDeps & Pick<Ledger, "redis" | "keys">;

export function deliveryRoutes(root: FastifyInstance, deps: DeliveryRouteDeps): void {
  const { jobs, deliveries } = deps;
  const app = root.withTypeProvider<ZodTypeProvider>();

  app.get("/v1/deliveries", listRoute, async (request) => {
    const { query } = request;
    const of = await subjectOf(jobs, request.caller, query.job_id);
    const page = await readDeliveryPage({ ...deps, log: request.log }, of, query);
    return { data: page.records.map(deliveryToWire), next: page.next };
  });

  app.get("/v1/deliveries/:id", getRoute, async (request) => {
    const { record } = await findDelivery(deliveries, request, request.params.id);
    return deliveryWithAttempts(record, await deliveries.readAttempts(record.id));
  });

  app.post("/v1/deliveries/:id/redeliver", redeliverRoute, async (request, reply) => {
    const known = await findDelivery(deliveries, request, request.params.id);
    tenantOf(request.caller);
    const { delivery, isReplay } = await redeliverKnown(deps, request, known);
    reply.code(isReplay ? 200 : 202);
    markReplay(reply, isReplay);
    return deliveryWithAttempts(delivery, await deliveries.readAttempts(delivery.id));
  });
}

/** Whose deliveries are listed; null: those of a job that the caller knows nothing of, which has none. */
async function subjectOf(
  jobs: JobStore,
  caller: Caller,
  jobId: string | undefined,
): Promise<Job | string | null> {
  if (jobId !== undefined) {
    const found = isJobId(jobId) ? await jobs.readJob(jobId) : null;
    return found && mayRead(caller, found.record.tenant) ? found.record : null;
  }
  if (caller.as === "tenant") return caller.tenant;
  throw new Problem(
    "forbidden",
    "The operator has no deliveries of its own: name a job_id to see those of a job.",
  );
}

const listRoute = {
  schema: {
    operationId: "listDeliveries",
    tags: ["Deliveries"],
    summary: "List deliveries",
    description:
      "Newest first. A `job_id` that is none of your jobs has none. The operator may list the deliveries of any job, by its " +
      "`job_id`. Whoever follows `next` meets each delivery that fits all the while exactly once.",
    security: forReaders,
    querystring: deliveryListQuery,
    response: {
      200: answer(pageAnswer("DeliveryList", listedDelivery, "A page of deliveries."), "A page."),
      ...refusals("forbidden"),
    },
  },
};

const getRoute = {
  schema: {
    operationId: "getDelivery",
    tags: ["Deliveries"],
    summary: "Get a delivery",
    description:
      "The delivery as it is now, with what came of its attempts. The operator may read every tenant's.",
    security: forReaders,
    params: deliveryParams,
    response: { 200: answer(deliveryAnswer, "The delivery."), ...refusals("not_found") },
  },
};

const redeliverRoute = {
  schema: {
    operationId: "redeliver",
    tags: ["Deliveries"],
    summary: "Send an event once more",
    description:
      "Sends the same event, with the same `webhook-id` and the same bytes, to where it went, and from now on by a fresh " +
      "schedule. A delivery that waits for a retry is tried now; one that is on its way already is left alone. Nothing is sent " +
      "to an endpoint that is deleted or disabled.",
    params: deliveryParams,
    headers: idempotencyHeaders,
    body: emptySchema,
    response: {
      200: answer(deliveryAnswer, "A repeat: the delivery as it is now.", ["Idempotent-Replayed"]),
      202: answer(deliveryAnswer, "It is on its way."),
      ...postRefusals("forbidden", "not_found", "endpoint_deleted", "endpoint_disabled", "gone"),
    },
  },
};
