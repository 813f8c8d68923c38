// The floor of deliveries: a queue entry is the event itself, which is signed and posted. Nobody remembers what became of it.
import { createHmac } from "node:crypto";
import { type Job, Worker } from "bullmq";
import { Redis } from "ioredis";
import { Agent, request } from "undici";
import type { FloorEvent } from "./settings.ts";
import { concurrency, variable } from "./settings.ts";

const key = Buffer.from(variable("WEBHOOK_SECRET").slice("whsec_".length), "base64");
const dispatcher = new Agent({ connections: 128 });
const connection = new Redis(variable("REDIS_URL"), { maxRetriesPerRequest: null });

async function deliver({ data: { id, url, body } }: Job<FloorEvent>): Promise<void> {
  const timestamp = String(Math.floor(Date.now() / 1000));
  const signature = createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64");
  const answer = await request(url, {
    method: "POST",
    dispatcher,
    headers: {
      "content-type": "application/json",
      "webhook-id": id,
      "webhook-timestamp": timestamp,
      "webhook-signature": `v1,${signature}`,
    },
    body,
  });
  await answer.body.dump();
  if (answer.statusCode >= 300) throw new Error(`POST ${url}: ${answer.statusCode}`);
}

const worker = new Worker<FloorEvent>("deliver", deliver, { connection, concurrency: concurrency.deliver });
worker.on("error", (error) => process.stderr.write(`${error.message}\n`));
process.once("SIGTERM", () => process.exit(0));
