/** The worker's own small server: is it alive, and is it ready. */
import Fastify from "fastify";
import type { FastifyInstance } from "fastify";

import type { Heartbeat } from "./heartbeat.ts";

export function buildHealth(heartbeat: Heartbeat, isReady: () => boolean): FastifyInstance {
  const app = Fastify({ logger: false });
  app.get("/livez", (_request, reply) => {
    const stuck = heartbeat.stuck();
    return reply
      .code(stuck.length === 0 ? 200 : 503)
      .send({ status: stuck.length === 0 ? "ok" : "stuck", stuck });
  });
  app.get("/readyz", (_request, reply) => {
    const ready = isReady();
    return reply.code(ready ? 200 : 503).send({ status: ready ? "ok" : "redis_unavailable" });
  });
  return app;
}
