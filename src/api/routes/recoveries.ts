/** The routes by which many deliveries are sent once more: all that an endpoint has missed, and what passes a filter. */
import type { FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";

import { isoOrNull } from "../../shared/wire.ts";
import { answer, postRefusals } from "../answers.ts";
import { recoveredAnswer, redeliveredAnswer } from "../answers/resent.ts";
import { endpointParams } from "../endpoints/endpoint-schema.ts";
import { idempotencyHeaders } from "../http/headers.ts";
import { markReplay } from "../idempotency.ts";
import { recoverEndpoint } from "../recover.ts";
import { redeliverMany } from "../redeliver-many.ts";
import type { RedeliverManyDeps } from "../redeliver-many.ts";
import { recoverSchema, redeliverManySchema } from "../resend-schema.ts";

export function recoveryRoutes(root: FastifyInstance, deps: RedeliverManyDeps): void {
  const app = root.withTypeProvider<ZodTypeProvider>();

  app.post("/v1/webhook-endpoints/:id/recover", recoverRoute, async (request, reply) => {
    const resent = await recoverEndpoint(deps, request, request.params.id, request.body);
    reply.code(resent.isReplay ? 200 : 202);
    markReplay(reply, resent.isReplay);
    return { matched: resent.matched, recovering: resent.sent, has_more: resent.goOnAt !== null };
  });

  app.post("/v1/deliveries/redeliver", redeliverManyRoute, async (request, reply) => {
    const { dry_run } = request.body;
    const { matched, sent, skipped, goOnAt, isReplay } = await redeliverMany(deps, request, request.body);
    reply.code(isReplay || dry_run ? 200 : 202);
    markReplay(reply, isReplay);
    const left = { has_more: goOnAt !== null, next_created_after: isoOrNull(goOnAt) };
    return { dry_run, matched, redelivering: sent, skipped, ...left };
  });
}

const PACE =
  "They go oldest first, ten a second to each endpoint, and to the jobs' own addresses together; each with the same " +
  "`webhook-id` and the same bytes as ever, and by a fresh schedule. One request sends at most 10,000.";

const recoverRoute = {
  schema: {
    operationId: "recoverEndpoint",
    tags: ["Deliveries"],
    summary: "Send an endpoint what it has missed",
    description:
      "Sends again every event since `since` that the endpoint has not taken: those whose schedule is exhausted, those that " +
      "were given up, also because it was disabled, and those that wait for a later retry. What is on its way is left " +
      `alone, so a repeat adds nothing. ${PACE} What is no longer kept cannot be sent.`,
    params: endpointParams,
    headers: idempotencyHeaders,
    body: recoverSchema,
    response: {
      200: answer(recoveredAnswer, "A repeat: what the first one was told.", ["Idempotent-Replayed"]),
      202: answer(recoveredAnswer, "They are on their way."),
      ...postRefusals("forbidden", "not_found", "endpoint_disabled"),
    },
  },
};

const redeliverManyRoute = {
  schema: {
    operationId: "redeliverMany",
    tags: ["Deliveries"],
    summary: "Send events once more, by filter",
    description:
      "Sends once more every delivery that passes the filter, unless it is on its way. Without a `status` these are the ones " +
      "that failed or were aborted; those that were delivered are sent again only if it says so. A test is sent again only by " +
      `its \`event_type\`. ${PACE} With \`dry_run\` they are counted, and nothing else happens.`,
    headers: idempotencyHeaders,
    body: redeliverManySchema,
    response: {
      200: answer(redeliveredAnswer, "A dry run; or a repeat: what the first one was told.", [
        "Idempotent-Replayed",
      ]),
      202: answer(redeliveredAnswer, "They are on their way."),
      ...postRefusals("forbidden"),
    },
  },
};
