/** Is the process alive, and can it do its work: for load balancers, without a key. */
import type { FastifyInstance } from "fastify";

import { Problem } from "../problem.ts";

export function systemRoutes(app: FastifyInstance, checkReady: () => Promise<boolean>): void {
  app.get("/livez", () => ({ status: "ok" }));
  app.get("/readyz", async () => {
    if (await checkReady()) return { status: "ok" };
    throw new Problem("unavailable", "Redis cannot be reached. Try again shortly.");
  });
}
