/** The ledger of deliveries: the same guarded writes as for jobs, and the bounded list of attempts. */
import { z } from "zod";

import { Delivery } from "../delivery.ts";
import { isDeliveryId } from "../ids.ts";
import { deliveryCommands } from "./bookkeeping.ts";
import type { Policy } from "./bookkeeping.ts";
import type { Keys } from "./keys.ts";
import { commitRecord, readRecord } from "./record.ts";
import type { Snapshot } from "./record.ts";
import type { RedisClient } from "./redis.ts";
import type { Command } from "./scripts.ts";

/** One line of the delivery log; a snippet is at most 1 KiB of what the receiver said. */
const AttemptEntry = z.strictObject({
  n: z.number(),
  generation: z.number(),
  at: z.number(),
  status: z.number().nullable(),
  duration_ms: z.number(),
  error_code: z.string().nullable(),
  snippet: z.string().nullable(),
});
export type AttemptEntry = z.infer<typeof AttemptEntry>;

const ATTEMPTS_KEPT = 50;

export type DeliveryStore = ReturnType<typeof createDeliveryStore>;

export function createDeliveryStore({
  redis,
  keys,
  policy,
}: {
  redis: RedisClient;
  keys: Keys;
  policy: Policy;
}) {
  const readDelivery = (id: string): Promise<Snapshot<Delivery> | null> =>
    readRecord(redis, keys.delivery(id), Delivery);

  /** Writes the next state if nobody else wrote in between; null: somebody did, and the caller must read again. */
  async function writeDelivery(
    before: Delivery,
    patch: Partial<Delivery>,
    now: number,
    entry?: AttemptEntry,
  ): Promise<Delivery | null> {
    const after = { ...before, ...patch, version: before.version + 1 };
    const commands = deliveryCommands(keys, policy, after, now);
    if (entry) commands.push(attemptCommand(keys, before.id, entry));
    const guard = { key: keys.delivery(before.id), version: before.version, sources: [before.status] };
    const written = await commitRecord(redis, guard, commands);
    return written.as === "written" ? after : null;
  }

  /** The exact bytes of an event's body; null when it is gone. */
  async function readEventBody(eventId: string): Promise<string | null> {
    return redis.hget(keys.event(eventId), "body");
  }

  async function readAttempts(id: string): Promise<AttemptEntry[]> {
    const entries = await redis.xrange(keys.attempts(id), "-", "+");
    return entries.map(([, words]) => AttemptEntry.parse(JSON.parse(words[1] ?? "{}")));
  }

  /** The deliveries that a job has raised. */
  async function deliveriesOf(jobId: string): Promise<Delivery[]> {
    const ids = (await redis.smembers(keys.outbox(jobId))).filter(isDeliveryId);
    const found = await Promise.all(ids.map(readDelivery));
    return found.flatMap((snapshot) => (snapshot ? [snapshot.record] : []));
  }

  return { readDelivery, writeDelivery, readEventBody, readAttempts, deliveriesOf };
}

const attemptCommand = (keys: Keys, id: string, entry: AttemptEntry): Command => [
  "XADD",
  keys.attempts(id),
  "MAXLEN",
  "~",
  ATTEMPTS_KEPT,
  "*",
  "attempt",
  JSON.stringify(entry),
];
