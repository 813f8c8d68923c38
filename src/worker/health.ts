/** The worker's own small server: is it alive, is it ready, and what has it done. */
import Fastify from "fastify";
import type { FastifyInstance } from "fastify";

import { mayReadMetrics } from "../shared/metrics/may-read-metrics.ts";
import { METRICS_CONTENT_TYPE } from "../shared/metrics/metrics.ts";
import type { Heartbeat } from "./heartbeat.ts";

type HealthDeps = {
  heartbeat: Heartbeat;
  isReady: () => Promise<boolean>;
  writeMetrics: () => Promise<string>;
  adminKey: string | undefined;
};

export function buildHealth({ heartbeat, isReady, writeMetrics, adminKey }: HealthDeps): FastifyInstance {
  const app = Fastify({ logger: false });
  app.get("/livez", (_request, reply) => {
    const stuck = heartbeat.stuck();
    return reply
      .code(stuck.length === 0 ? 200 : 503)
      .send({ status: stuck.length === 0 ? "ok" : "stuck", stuck });
  });
  app.get("/readyz", async (_request, reply) => {
    const ready = await isReady();
    return reply.code(ready ? 200 : 503).send({ status: ready ? "ok" : "redis_unavailable" });
  });
  app.get("/metrics", async (request, reply) => {
    const visitor = { address: request.socket.remoteAddress ?? "", headers: request.headers };
    reply.header("cache-control", "no-store");
    if (mayReadMetrics(visitor, adminKey)) return reply.type(METRICS_CONTENT_TYPE).send(await writeMetrics());
    reply.header("www-authenticate", 'Bearer realm="onetake"');
    return reply.code(401).send({ status: "unauthorized" });
  });
  return app;
}
