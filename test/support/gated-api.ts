import { openRedisGate } from "../e2e/support/redis-gate.ts";
import type { Words } from "../e2e/support/redis-gate.ts";
import { readyApi } from "./api.ts";
import type { TestApi } from "./api.ts";
import { redisUrl } from "./redis.ts";

/**
 * Two APIs on one ledger: to one of them the answer of the first write that `matches` never comes, though Redis has made
 * it. Closed when the test ends.
 */
export async function openLossyApi(
  matches: (words: Words) => boolean,
): Promise<{ direct: TestApi; lossy: TestApi }> {
  const direct = await readyApi();
  const gate = await openRedisGate(redisUrl(), {
    when: "after",
    matches,
    spring: () => new Promise<never>(() => undefined),
  });
  const lossy = await readyApi({ ...direct.environment, REDIS_URL: gate.url });
  return { direct, lossy };
}
