// The floor's API: a JSON body becomes one queue entry.
import { Queue } from "bullmq";
import { fastify } from "fastify";
import { Redis } from "ioredis";
import type { FloorJob, FloorRequest } from "./settings.ts";
import { retention, variable } from "./settings.ts";

const connection = new Redis(variable("REDIS_URL"));
const submissions = new Queue<FloorJob>("submit", { connection });
const app = fastify();

app.get("/readyz", async () => ({ ready: (await connection.ping()) === "PONG" }));
app.post<{ Body: FloorRequest }>("/v1/jobs", async ({ body }, reply) => {
  const job = await submissions.add("submit", { request: body }, retention);
  return reply.code(202).send({ id: job.id, status: "queued" });
});

await app.listen({ host: "127.0.0.1", port: Number(variable("PORT")) });
process.once("SIGTERM", () => process.exit(0));
