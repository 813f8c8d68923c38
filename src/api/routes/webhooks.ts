/** What a tenant needs to verify its webhooks. */
import type { FastifyInstance } from "fastify";

import type { ApiConfig } from "../../shared/config.ts";
import { tenantSecrets } from "../../shared/webhook/sign.ts";
import { tenantOf } from "../auth.ts";

export function webhookRoutes(app: FastifyInstance, config: ApiConfig): void {
  app.get("/v1/webhook-secret", (request) => ({
    secrets: tenantSecrets(config.WEBHOOK_SECRET, tenantOf(request.caller)),
  }));
}
