/** Is the process alive, can it do its work, and what has it done: for load balancers and Prometheus. */
import type { FastifyInstance } from "fastify";

import { mayReadMetrics } from "../../shared/metrics/may-read-metrics.ts";
import { METRICS_CONTENT_TYPE } from "../../shared/metrics/metrics.ts";
import { answer, problemsOf } from "../answers.ts";
import { aliveAnswer, metricsAnswer } from "../answers/system.ts";
import { forAnybody, forMonitors } from "../openapi/access.ts";
import { Problem } from "../problem.ts";

export type SystemRouteDeps = {
  checkReady: () => Promise<boolean>;
  writeMetrics: () => Promise<string>;
  adminKey: string | undefined;
};

export function systemRoutes(
  app: FastifyInstance,
  { checkReady, writeMetrics, adminKey }: SystemRouteDeps,
): void {
  app.get("/livez", livezRoute, () => ({ status: "ok" }));
  app.get("/readyz", readyzRoute, async () => {
    if (await checkReady()) return { status: "ok" };
    throw new Problem("unavailable", "Redis cannot be reached. Try again shortly.");
  });
  app.get("/metrics", metricsRoute, async (request, reply) => {
    const visitor = { address: request.socket.remoteAddress ?? "", headers: request.headers };
    if (!mayReadMetrics(visitor, adminKey)) throw new Problem("unauthorized", WHO_MAY_READ);
    return reply
      .header("cache-control", "no-store")
      .type(METRICS_CONTENT_TYPE)
      .serializer(asItIs)
      .send(await writeMetrics());
  });
}

const WHO_MAY_READ = "Send the operator's key as Authorization: Bearer <key>, or ask from this machine.";

const asItIs = (page: string): string => page;

const metricsRoute = {
  schema: {
    operationId: "getMetrics",
    tags: ["System"],
    summary: "Metrics",
    description:
      "For Prometheus: what this process has counted, and what Redis knows. It takes the operator's key, or a request from the machine itself that came by no proxy.",
    security: forMonitors,
    response: { 200: metricsAnswer, ...problemsOf("unauthorized") },
  },
};

const livezRoute = {
  schema: {
    operationId: "isAlive",
    tags: ["System"],
    summary: "Is the process alive?",
    description: "For a load balancer or supervisor: the process answers. It says nothing of Redis.",
    security: forAnybody,
    response: { 200: answer(aliveAnswer, "It is.") },
  },
};

const readyzRoute = {
  schema: {
    operationId: "isReady",
    tags: ["System"],
    summary: "Can the process do its work?",
    description: "For a load balancer: Redis has been reached, meets the requirements, and answers now.",
    security: forAnybody,
    response: { 200: answer(aliveAnswer, "It can."), ...problemsOf("unavailable") },
  },
};
