/** What can be done with a webhook endpoint: replace its secret, switch it on and off, try it out. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";

import { isUndelivered } from "../../shared/delivery.ts";
import type { Endpoints } from "../../shared/endpoint.ts";
import { endDeliveriesOf } from "../../shared/store/end-deliveries.ts";
import { answer, postRefusals } from "../answers.ts";
import { deliveryAnswer } from "../answers/delivery.ts";
import { endpointAnswer, rotatedSecret } from "../answers/endpoint.ts";
import { tenantOf } from "../auth.ts";
import {
  disableEndpoint,
  enableEndpoint,
  endpointsSetting,
  unknownEndpoint,
} from "../endpoints/decide-endpoint.ts";
import { endpointParams, rotateSchema, usualRotation } from "../endpoints/endpoint-schema.ts";
import { findSecret, requireSealer } from "../endpoints/endpoint-secret.ts";
import { secretsToWire } from "../endpoints/endpoint-wire.ts";
import { rotateEndpoint } from "../endpoints/rotate-endpoint.ts";
import { raiseTest, waitForAttempt } from "../endpoints/test-endpoint.ts";
import { idempotencyHeaders } from "../http/headers.ts";
import { markReplay } from "../idempotency.ts";
import { deliveryWithAttempts } from "../lists/delivery-wire.ts";
import { emptySchema } from "../schemas.ts";
import { changeSetting } from "../setting.ts";
import type { SettingAnswer, SettingChange } from "../setting.ts";
import { describeFrom } from "./endpoints.ts";
import type { EndpointDeps } from "./endpoints.ts";

export function endpointActionRoutes(root: FastifyInstance, deps: EndpointDeps): void {
  const { keys } = deps;
  const app = root.withTypeProvider<ZodTypeProvider>();
  const ownerOf = ({ caller }: FastifyRequest) => ({ keys, tenant: tenantOf(caller) });
  const change = (request: FastifyRequest, part: string, wish: SettingChange<Endpoints>) =>
    changeSetting(deps, request, endpointsSetting(ownerOf(request)), { ...wish, part });

  const send = async (reply: FastifyReply, id: string, changed: SettingAnswer<Endpoints>) => {
    const described = await describeFrom(deps, changed, id);
    markReplay(reply, changed.isReplay);
    return described;
  };

  app.post("/v1/webhook-endpoints/:id/rotate-secret", rotateRoute, async (request, reply) => {
    const owner = ownerOf(request);
    const { id } = request.params;
    const sealer = requireSealer(deps.sealer);
    const choose = rotateEndpoint(owner, sealer, id, request.body ?? usualRotation);
    const rotated = await change(request, id, { action: "endpoint.rotate", choose });
    const made = findSecret(sealer, rotated.record, rotated.holder);
    if (!made) throw unknownEndpoint();
    markReplay(reply, rotated.isReplay);
    return { secret: made.secret, secrets: secretsToWire(made.endpoint, rotated.now()) };
  });

  app.post("/v1/webhook-endpoints/:id/enable", enableRoute, async (request, reply) => {
    const { id } = request.params;
    const choose = enableEndpoint(ownerOf(request), id);
    return send(reply, id, await change(request, id, { action: "endpoint.enable", choose }));
  });

  app.post("/v1/webhook-endpoints/:id/disable", disableRoute, async (request, reply) => {
    const { id } = request.params;
    const owner = ownerOf(request);
    const choose = disableEndpoint(owner, id);
    const changed = await change(request, id, { action: "endpoint.disable", choose });
    await endDeliveriesOf(deps, owner.tenant, id);
    return send(reply, id, changed);
  });

  app.post("/v1/webhook-endpoints/:id/test", testRoute, async (request, reply) => {
    const test = await raiseTest(deps, request, tenantOf(request.caller), request.params.id);
    const delivery = await waitForAttempt(deps, request, reply, test.id);
    const attempts = await deps.deliveries.readAttempts(delivery.id);
    markReplay(reply, test.isReplay);
    reply.code(isUndelivered(delivery) ? 202 : 200);
    return deliveryWithAttempts(delivery, attempts);
  });
}

const common = { tags: ["Webhooks"], params: endpointParams, headers: idempotencyHeaders };

const rotateRoute = {
  schema: {
    ...common,
    operationId: "rotateEndpointSecret",
    summary: "Replace the secret of a webhook endpoint",
    description:
      "From now on each delivery is signed by the new secret, and until its grace is over by the one that it replaces as " +
      "well: let your receiver accept both before then. At most five that were replaced sign at a time. The new secret is " +
      "shown in this answer only, and again to repeats under the same `Idempotency-Key` as long as it is the current one.",
    body: rotateSchema,
    response: {
      200: answer(rotatedSecret, "The new secret, and which ones sign now.", ["Idempotent-Replayed"]),
      ...postRefusals("forbidden", "not_found", "rotated_too_often", "encryption_key_missing"),
    },
  },
};

const enableRoute = {
  schema: {
    ...common,
    operationId: "enableEndpoint",
    summary: "Enable a webhook endpoint",
    description:
      "It gets events again, those that are raised from now on; `recover` sends what it has missed. Failures so far are " +
      "forgotten. One that is enabled stays as it is.",
    body: emptySchema,
    response: {
      200: answer(endpointAnswer, "It is enabled, now or earlier.", ["Idempotent-Replayed"]),
      ...postRefusals("forbidden", "not_found"),
    },
  },
};

const disableRoute = {
  schema: {
    ...common,
    operationId: "disableEndpoint",
    summary: "Disable a webhook endpoint",
    description:
      "It gets nothing until it is enabled. What is on its way to it is given up, with the code `endpoint_disabled`, and so " +
      "is each event that it would get: `recover` sends them later. One that is disabled stays as it is.",
    body: emptySchema,
    response: {
      200: answer(endpointAnswer, "It is disabled, now or earlier.", ["Idempotent-Replayed"]),
      ...postRefusals("forbidden", "not_found"),
    },
  },
};

const testRoute = {
  schema: {
    ...common,
    operationId: "testEndpoint",
    summary: "Send a test to a webhook endpoint",
    description:
      "Sends a signed `webhook.test` event, whatever the endpoint's filter and even if it is disabled, and waits for what " +
      "comes of it. There is one attempt, and it says nothing about the endpoint's health. One test at a time, of all your endpoints.",
    body: emptySchema,
    response: {
      200: answer(deliveryAnswer, "The attempt has ended: see its `attempts`.", ["Idempotent-Replayed"]),
      202: answer(deliveryAnswer, "It takes long: read the delivery later.", ["Idempotent-Replayed"]),
      ...postRefusals("forbidden", "not_found", "test_under_way"),
    },
  },
};
