/** The routes of webhook endpoints: where a tenant's events go, besides the addresses that its jobs name. */
import type { FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";

import type { ApiConfig } from "../../shared/config.ts";
import { endpointOf, MOST_ENDPOINTS } from "../../shared/endpoint.ts";
import type { Endpoint, Endpoints } from "../../shared/endpoint.ts";
import { newEndpointId } from "../../shared/ids.ts";
import { endDeliveriesOf } from "../../shared/store/end-deliveries.ts";
import { readHealth } from "../../shared/store/endpoint-health.ts";
import { readEndpoints } from "../../shared/store/endpoints.ts";
import type { Snapshot } from "../../shared/store/record.ts";
import { createAddressPolicy } from "../../shared/webhook/guard.ts";
import type { Sealer } from "../../shared/webhook/seal.ts";
import { answer, bodyRefusals, emptyAnswer, postRefusals, refusals } from "../answers.ts";
import { createdEndpoint, endpointAnswer, endpointListAnswer } from "../answers/endpoint.ts";
import { tenantOf } from "../auth.ts";
import {
  changeEndpoint,
  createEndpoint,
  deleteEndpoint,
  endpointsSetting,
  unknownEndpoint,
} from "../endpoints/decide-endpoint.ts";
import { endpointParams, endpointSchemas } from "../endpoints/endpoint-schema.ts";
import { findSecret, requireSealer } from "../endpoints/endpoint-secret.ts";
import { endpointToWire } from "../endpoints/endpoint-wire.ts";
import type { TestDeps } from "../endpoints/test-endpoint.ts";
import { idempotencyHeaders } from "../http/headers.ts";
import { skipBodies } from "../http/skip-bodies.ts";
import { markReplay } from "../idempotency.ts";
import { Problem } from "../problem.ts";
import { changeSetting } from "../setting.ts";

/** `sealer`: null without ENCRYPTION_KEY. */
export type EndpointDeps = TestDeps & { config: ApiConfig; sealer: Sealer | null };

export function endpointRoutes(root: FastifyInstance, deps: EndpointDeps): void {
  const { keys, sealer } = deps;
  const app = root.withTypeProvider<ZodTypeProvider>();
  const policy = createAddressPolicy({ allowCidrs: deps.config.WEBHOOK_ALLOW_CIDRS ?? [] });
  const schemas = endpointSchemas(policy);

  app.post("/v1/webhook-endpoints", createRoute(schemas.create), async (request, reply) => {
    const owner = { keys, tenant: tenantOf(request.caller) };
    const seals = requireSealer(sealer);
    const choose = createEndpoint(owner, seals, newEndpointId(), request.body);
    const change = { action: "endpoint.create" as const, choose };
    const { record, now, holder, isReplay } = await changeSetting(
      deps,
      request,
      endpointsSetting(owner),
      change,
    );
    const made = findSecret(seals, record, holder);
    if (!made) throw new Problem("gone", "The endpoint that this request has made was deleted.");
    const described = await describe(deps, made.endpoint, now());
    markReplay(reply, isReplay);
    reply.code(isReplay ? 200 : 201).header("location", `/v1/webhook-endpoints/${described.id}`);
    return { ...described, secret: made.secret };
  });

  app.get("/v1/webhook-endpoints", listRoute, async (request) => {
    const { record, now } = await readEndpoints(deps.redis, keys, tenantOf(request.caller));
    const newestFirst = record.endpoints.toReversed();
    const data = await Promise.all(newestFirst.map((endpoint) => describe(deps, endpoint, now())));
    return { data, next: null };
  });

  app.get("/v1/webhook-endpoints/:id", getRoute, async (request) =>
    describeFrom(deps, await readEndpoints(deps.redis, keys, tenantOf(request.caller)), request.params.id),
  );

  app.patch("/v1/webhook-endpoints/:id", changeRoute(schemas.change), async (request) => {
    const owner = { keys, tenant: tenantOf(request.caller) };
    const { id } = request.params;
    const seals = request.body.headers ? requireSealer(sealer) : sealer;
    const choose = changeEndpoint(owner, seals, id, request.body);
    const change = { action: "endpoint.update" as const, choose };
    return describeFrom(deps, await changeSetting(deps, request, endpointsSetting(owner), change), id);
  });

  root.register(async (own) => deleteRoutes(own, deps));
}

function deleteRoutes(root: FastifyInstance, deps: EndpointDeps): void {
  const { keys } = deps;
  skipBodies(root);
  root
    .withTypeProvider<ZodTypeProvider>()
    .delete("/v1/webhook-endpoints/:id", deleteRoute, async (request, reply) => {
      const owner = { keys, tenant: tenantOf(request.caller) };
      const { id } = request.params;
      const change = { action: "endpoint.delete" as const, choose: deleteEndpoint(owner, id) };
      await changeSetting(deps, request, endpointsSetting(owner), change);
      await endDeliveriesOf(deps, owner.tenant, id);
      return reply.code(204).send();
    });
}

/** An endpoint of a tenant's as callers get it. Throws 404 if it is not among them. */
export function describeFrom(deps: EndpointDeps, { record, now }: Snapshot<Endpoints>, id: string) {
  const endpoint = endpointOf(record, id);
  if (!endpoint) throw unknownEndpoint();
  return describe(deps, endpoint, now());
}

async function describe({ redis, keys }: EndpointDeps, endpoint: Endpoint, now: number) {
  const { failingSince } = await readHealth(redis, keys, endpoint.id);
  return endpointToWire(endpoint, failingSince, now);
}

const createRoute = (body: ReturnType<typeof endpointSchemas>["create"]) => ({
  schema: {
    operationId: "createEndpoint",
    tags: ["Webhooks"],
    summary: "Make a webhook endpoint",
    description:
      "From now on it gets each event that passes its filter, of all your jobs, besides the addresses that they name. Its " +
      "secret is shown in this answer only, and again to repeats under the same `Idempotency-Key` as long as it is the " +
      `endpoint's current one, since the key is for answers that got lost. A tenant may have ${MOST_ENDPOINTS}.`,
    headers: idempotencyHeaders,
    body,
    response: {
      200: answer(createdEndpoint, "A repeat: the endpoint as it is now.", [
        "Location",
        "Idempotent-Replayed",
      ]),
      201: answer(createdEndpoint, "It is made, and enabled.", ["Location"]),
      ...postRefusals("forbidden", "too_many_endpoints", "gone", "encryption_key_missing"),
    },
  },
});

const listRoute = {
  schema: {
    operationId: "listEndpoints",
    tags: ["Webhooks"],
    summary: "List webhook endpoints",
    description: `All of yours, newest first: there are ${MOST_ENDPOINTS} at most.`,
    response: { 200: answer(endpointListAnswer, "The endpoints."), ...refusals("forbidden") },
  },
};

const getRoute = {
  schema: {
    operationId: "getEndpoint",
    tags: ["Webhooks"],
    summary: "Get a webhook endpoint",
    description: "The endpoint as it is now, without its secret and without the values of its headers.",
    params: endpointParams,
    response: { 200: answer(endpointAnswer, "The endpoint."), ...refusals("forbidden", "not_found") },
  },
};

const changeRoute = (body: ReturnType<typeof endpointSchemas>["change"]) => ({
  schema: {
    operationId: "changeEndpoint",
    tags: ["Webhooks"],
    summary: "Change a webhook endpoint",
    description:
      "What is left out stays as it is; null sets it back. Deliveries that are waiting go to the new address, with the new " +
      "headers; which events they carry was decided when these were raised.",
    params: endpointParams,
    body,
    response: {
      200: answer(endpointAnswer, "The endpoint as it is now."),
      ...bodyRefusals("forbidden", "not_found", "encryption_key_missing"),
    },
  },
});

const deleteRoute = {
  schema: {
    operationId: "deleteEndpoint",
    tags: ["Webhooks"],
    summary: "Delete a webhook endpoint",
    description:
      "What is on its way to it is given up, with the code `endpoint_deleted`; an attempt that has begun comes to its end. " +
      "Its deliveries stay in the log.",
    params: endpointParams,
    response: { 204: emptyAnswer("It is gone."), ...refusals("forbidden", "not_found") },
  },
};
