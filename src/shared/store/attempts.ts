/** The attempts of a delivery: a bounded list of what came of each. */
import { z } from "zod";

import { parseEntry } from "./entries.ts";
import type { Keys } from "./keys.ts";
import { orCorrupt } from "./record.ts";
import type { RedisClient } from "./redis.ts";
import type { Command } from "./scripts.ts";

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

export const attemptCommand = (keys: Keys, deliveryId: string, entry: AttemptEntry): Command => [
  "XADD",
  keys.attempts(deliveryId),
  "MAXLEN",
  "~",
  ATTEMPTS_KEPT,
  "*",
  "attempt",
  JSON.stringify(entry),
];

/** Oldest first. */
export async function readAttempts(
  redis: RedisClient,
  keys: Keys,
  deliveryId: string,
): Promise<AttemptEntry[]> {
  const key = keys.attempts(deliveryId);
  const entries = await orCorrupt(key, redis.xrange(key, "-", "+"));
  return entries.map(([, words]) => parseEntry(key, AttemptEntry, words));
}
