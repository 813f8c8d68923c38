// The Redis that REDIS_URL names, when it is a single server: somebody else's, so it is asked first and tidied up after.
import { Redis } from "ioredis";
import { parseRedisUrl } from "../../src/shared/store/redis-url.ts";
import { DemoError } from "./demo-error.ts";

const CONNECT_WITHIN_MS = 5_000;

/** Throws when nobody answers, which the processes would wait out: a Redis may be away for a while. */
export async function checkGivenRedis(url: string): Promise<void> {
  await withRedis(url, async (redis) => {
    let reason: unknown;
    redis.once("error", (error: Error) => (reason = error));
    await redis.connect().catch((error: unknown) => {
      const why = reason ?? error;
      throw new DemoError(`The Redis of REDIS_URL does not answer: ${String(why)}`, { cause: why });
    });
  });
}

/** Leaves it as it was found; the keys of a Cluster or behind Sentinels stay, under the demo's own prefix. */
export async function removeKeys(url: string, prefix: string): Promise<void> {
  await withRedis(url, async (redis) => {
    await redis.connect();
    for await (const keys of redis.scanStream({ match: `{${prefix}}:*`, count: 1000 })) {
      if (Array.isArray(keys) && keys.length > 0) await redis.unlink(...keys.map(String));
    }
  });
}

async function withRedis(url: string, use: (redis: Redis) => Promise<void>): Promise<void> {
  if (parseRedisUrl(url)?.kind !== "single") return;
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: CONNECT_WITHIN_MS,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  // What fails rejects as well.
  redis.on("error", () => {});
  try {
    await use(redis);
  } finally {
    redis.disconnect();
  }
}
