/** Is the process alive, and can it do its work: for load balancers, without a key. */
import type { FastifyInstance } from "fastify";

export function systemRoutes(app: FastifyInstance, isReady: () => boolean): void {
  app.get("/livez", () => ({ status: "ok" }));
  app.get("/readyz", (_request, reply) => {
    const ready = isReady();
    return reply.code(ready ? 200 : 503).send({ status: ready ? "ok" : "redis_unavailable" });
  });
}
