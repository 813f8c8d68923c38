import { oneAtATime } from "../shared/one-at-a-time.ts";
import { isConnected } from "../shared/store/redis.ts";
import type { RedisClient } from "../shared/store/redis.ts";
import { within } from "../shared/within.ts";

/** A server that is frozen keeps its connections; one that does not answer by then is no good. */
const LONGEST_ANSWER_MS = 1500;

/** Asks whether Redis answers now; a worker's connection would wait for ever. */
export function createProbe(redis: RedisClient): () => Promise<boolean> {
  const ping = oneAtATime(() => redis.ping());
  return async () => isConnected(redis) && within(LONGEST_ANSWER_MS, ping()).catch(() => false);
}
