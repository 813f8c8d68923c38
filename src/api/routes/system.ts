/** Is the process alive, and can it do its work: for load balancers, without a key. */
import type { FastifyInstance } from "fastify";

import { answer, problemsOf } from "../answers.ts";
import { aliveAnswer } from "../answers/system.ts";
import { forAnybody } from "../openapi/access.ts";
import { Problem } from "../problem.ts";

export function systemRoutes(app: FastifyInstance, checkReady: () => Promise<boolean>): void {
  app.get("/livez", livezRoute, () => ({ status: "ok" }));
  app.get("/readyz", readyzRoute, async () => {
    if (await checkReady()) return { status: "ok" };
    throw new Problem("unavailable", "Redis cannot be reached. Try again shortly.");
  });
}

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
    description: "For a load balancer: Redis has been reached, will do, and answers now.",
    security: forAnybody,
    response: { 200: answer(aliveAnswer, "It can."), ...problemsOf("unavailable") },
  },
};
