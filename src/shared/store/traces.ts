/**
 * What a job leaves behind beside its record, and how it looks once the job is erased: history and attempts keep their
 * entries under the ids that they had, so that readers who follow them lose nothing and see nothing twice; events keep
 * all but their bytes; deliveries lose their address, and those that were still on their way end.
 */
import { z } from "zod";

import { isUndelivered } from "../delivery.ts";
import type { Delivery } from "../delivery.ts";
import { harmless } from "../erasure.ts";
import { isDeliveryId } from "../ids.ts";
import { AttemptEntry } from "./attempts.ts";
import { createDeliveryReads } from "./delivery-reads.ts";
import { parseEntry } from "./entries.ts";
import type { Keys } from "./keys.ts";
import { deliveryCommands } from "./outgoing.ts";
import type { Policy } from "./policy.ts";
import type { RedisClient } from "./redis.ts";
import type { Command, Condition } from "./scripts.ts";

type Deps = { redis: RedisClient; keys: Keys; policy: Policy };

/** Part of a write: what it does, and what it relies on. */
export type Traces = { conditions: Condition[]; commands: Command[] };

/**
 * Erases them. To be written with a change of the job that was read before: history and outbox change with its version
 * only. Each delivery is held to the version that is read here, so that an attempt under way cannot write afterwards.
 */
export async function eraseTraces(deps: Deps, jobId: string, now: number): Promise<Traces> {
  const { redis, keys } = deps;
  const outbox = await redis.smembers(keys.outbox(jobId));
  const events = outbox.filter((id) => !isDeliveryId(id));
  const deliveries = await createDeliveryReads(deps).deliveriesOf(jobId);
  const each = await Promise.all(deliveries.map((delivery) => eraseDelivery(deps, delivery, now)));
  return {
    conditions: deliveries.map(({ id, version }) => ["version", keys.delivery(id), version]),
    commands: [
      ...(await rewrite(redis, keys.history(jobId), Fact, harmless)),
      ...events.map((id): Command => ["HDEL", keys.event(id), "body"]),
      ...each.flat(),
    ],
  };
}

/** Its attempts are read after its record, which moves with each of them. */
async function eraseDelivery(
  { redis, keys, policy }: Deps,
  before: Delivery,
  now: number,
): Promise<Command[]> {
  const end = { status: "aborted", lastError: "erased", finishedAt: now } as const;
  const after = {
    ...before,
    ...(isUndelivered(before) ? end : {}),
    url: "",
    version: before.version + 1,
  };
  return [
    ...deliveryCommands(keys, policy, before, after, now),
    ...(await rewrite(redis, keys.attempts(before.id), AttemptEntry, withoutSnippet)),
  ];
}

/** Rewrites a stream from its entries. One that nobody can understand goes: it might be anybody's words. */
async function rewrite<T>(
  redis: RedisClient,
  key: string,
  schema: z.ZodType<T>,
  change: (entry: T) => object,
): Promise<Command[]> {
  const entries = await redis.xrange(key, "-", "+");
  if (entries.length === 0) return [];
  const rewritten = entries.flatMap(([id, words]): Command[] => {
    const entry = entryOrNull(key, schema, words);
    return entry === null ? [] : [["XADD", key, id, ...words.slice(0, -1), JSON.stringify(change(entry))]];
  });
  return [["DEL", key], ...rewritten];
}

const Fact = z
  .object({ kind: z.string() })
  .catchall(z.union([z.string(), z.number(), z.boolean(), z.null()]));

function entryOrNull<T>(key: string, schema: z.ZodType<T>, words: string[]): T | null {
  try {
    return parseEntry(key, schema, words);
  } catch {
    return null;
  }
}

const withoutSnippet = (entry: AttemptEntry): AttemptEntry => ({ ...entry, snippet: null });
