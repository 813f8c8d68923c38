/** What a tenant needs to verify its webhooks. */
import type { FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";

import type { ApiConfig } from "../../shared/config.ts";
import { readTenantSecrets, signingVersions } from "../../shared/store/rotation.ts";
import { tenantSecrets } from "../../shared/webhook/sign.ts";
import { answer, postRefusals, refusals } from "../answers.ts";
import { secretsAnswer } from "../answers/secrets.ts";
import { tenantOf } from "../auth.ts";
import { idempotencyHeaders } from "../http/headers.ts";
import { markReplay } from "../idempotency.ts";
import { rotateSecret, rotationSetting } from "../rotate.ts";
import { emptySchema } from "../schemas.ts";
import { changeSetting } from "../setting.ts";
import type { SettingDeps } from "../setting.ts";

type Deps = SettingDeps & { config: ApiConfig };

export function webhookRoutes(root: FastifyInstance, deps: Deps): void {
  const { redis, keys, config } = deps;
  const app = root.withTypeProvider<ZodTypeProvider>();

  app.get("/v1/webhook-secret", secretRoute, async (request) => ({
    secrets: await readTenantSecrets(redis, keys, config.WEBHOOK_SECRET, tenantOf(request.caller)),
  }));

  app.post("/v1/webhook-secret/rotate", rotateRoute, async (request, reply) => {
    const tenant = tenantOf(request.caller);
    const { record, now, isReplay } = await changeSetting(deps, request, rotationSetting(keys, tenant), {
      action: "secret.rotate",
      choose: rotateSecret(tenant),
    });
    markReplay(reply, isReplay);
    return { secrets: tenantSecrets(config.WEBHOOK_SECRET, tenant, signingVersions(record, now())) };
  });
}

const secretRoute = {
  schema: {
    operationId: "getWebhookSecret",
    tags: ["Webhooks"],
    summary: "Get the secrets that sign your webhooks",
    description:
      "A webhook is genuine when one of these verifies it. They are the caller's own; never cache the answer.",
    response: { 200: answer(secretsAnswer, "The secrets, current first."), ...refusals("forbidden") },
  },
};

const rotateRoute = {
  schema: {
    operationId: "rotateWebhookSecret",
    tags: ["Webhooks"],
    summary: "Replace the secret that signs your webhooks",
    description:
      "From now on each delivery is signed by a new secret, and for 24 hours by the one that it replaces as well: let your " +
      "receivers accept both before then. After five rotations in 24 hours the next must wait.",
    headers: idempotencyHeaders,
    body: emptySchema,
    response: {
      200: answer(secretsAnswer, "The secrets, the new one first.", ["Idempotent-Replayed"]),
      ...postRefusals("forbidden", "rotated_too_often"),
    },
  },
};
