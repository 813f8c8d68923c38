import { within } from "../shared/within.ts";
import { isConnected } from "../shared/store/redis.ts";
import type { RedisClient } from "../shared/store/redis.ts";

/** A server that is frozen keeps its connections; one that does not answer by then is no good. */
const LONGEST_ANSWER_MS = 1500;

/**
 * Asks whether Redis answers now. A worker's connection waits for ever, so all who ask share the one question that is
 * under way.
 */
export function createProbe(redis: RedisClient): () => Promise<boolean> {
  let asked: Promise<unknown> | null = null;
  return async () => {
    if (!isConnected(redis)) return false;
    asked ??= redis.ping().finally(() => {
      asked = null;
    });
    return within(LONGEST_ANSWER_MS, asked).catch(() => false);
  };
}
