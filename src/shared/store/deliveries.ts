/** The ledger of deliveries: the same guarded writes as for jobs, and the bounded list of attempts. */
import { z } from "zod";

import { Delivery } from "../delivery.ts";
import { isDeliveryId } from "../ids.ts";
import { withKey } from "./bindings.ts";
import { deliveryCommands } from "./bookkeeping.ts";
import type { Policy } from "./bookkeeping.ts";
import type { Keys } from "./keys.ts";
import { parseEntry } from "./entries.ts";
import { commitRecord, orCorrupt, readRecord } from "./record.ts";
import type { Binding, Guard, Snapshot, Written } from "./record.ts";
import type { RedisClient } from "./redis.ts";
import type { Command, Condition } from "./scripts.ts";

/** One line of the delivery log; a snippet is at most 1 KiB of what the receiver said. */
export const AttemptEntry = z.object({
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

/** What came of a write, and the delivery as it is if it was written. */
type Wished = { written: Written; after: Delivery };

export type DeliveryStore = ReturnType<typeof createDeliveryStore>;

type Deps = { redis: RedisClient; keys: Keys; policy: Policy };

export function createDeliveryStore({ redis, keys, policy }: Deps) {
  const readDelivery = (id: string): Promise<Snapshot<Delivery> | null> =>
    readRecord(redis, keys.delivery(id), Delivery);

  /** Writes the next state if nobody else wrote in between; null: somebody did, and the caller must read again. */
  async function writeDelivery(
    before: Delivery,
    patch: Partial<Delivery>,
    now: number,
    entry?: AttemptEntry,
  ): Promise<Delivery | null> {
    const entries = entry ? [attemptCommand(keys, before.id, entry)] : [];
    const { written, after } = await write(before, patch, now, entries);
    return written.as === "written" ? after : null;
  }

  /**
   * Writes what a caller wishes for, together with the binding of its Idempotency-Key, which then stands in the record, and
   * tells what was in the way.
   */
  async function writeWish(
    before: Delivery,
    patch: Partial<Delivery>,
    now: number,
    binding: Binding | null,
  ): Promise<Wished> {
    if (!binding) return write(before, patch, now);
    const idempotencyKeys = withKey(before.idempotencyKeys, binding.key);
    const bind: Command = ["SET", binding.key, binding.value];
    return write(before, { ...patch, idempotencyKeys }, now, [bind], [["free", binding.key]]);
  }

  /**
   * Binds a key to a delivery that is left as it is, version and all, since an attempt may be on its way. No record names
   * the key, so it is kept for the retention.
   */
  async function bindOnly(before: Delivery, { key, value }: Binding): Promise<Wished> {
    const guard: Guard = { ...guardOf(keys, before), conditions: [["free", key]] };
    const bind: Command = ["SET", key, value, "PX", policy.retentionMs];
    return { written: await commitRecord(redis, guard, [bind]), after: before };
  }

  async function write(
    before: Delivery,
    patch: Partial<Delivery>,
    now: number,
    additions: Command[] = [],
    conditions: Condition[] = [],
  ): Promise<Wished> {
    const after = { ...before, ...patch, version: before.version + 1 };
    const commands = [...deliveryCommands(keys, policy, before, after, now), ...additions];
    return { written: await commitRecord(redis, { ...guardOf(keys, before), conditions }, commands), after };
  }

  /** The exact bytes of an event's body; null when it is gone. */
  const readEventBody = (eventId: string): Promise<string | null> =>
    orCorrupt(keys.event(eventId), redis.hget(keys.event(eventId), "body"));

  async function readAttempts(id: string): Promise<AttemptEntry[]> {
    const key = keys.attempts(id);
    const entries = await orCorrupt(key, redis.xrange(key, "-", "+"));
    return entries.map(([, words]) => parseEntry(key, AttemptEntry, words));
  }

  /** The deliveries that a job has raised. */
  async function deliveriesOf(jobId: string): Promise<Delivery[]> {
    const ids = (await redis.smembers(keys.outbox(jobId))).filter(isDeliveryId);
    const found = await Promise.all(ids.map(readDelivery));
    return found.flatMap((snapshot) => (snapshot ? [snapshot.record] : []));
  }

  return { readDelivery, writeDelivery, writeWish, bindOnly, readEventBody, readAttempts, deliveriesOf };
}

const guardOf = (keys: Keys, { id, version, status }: Delivery): Guard => ({
  key: keys.delivery(id),
  version,
  sources: [status],
});

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
