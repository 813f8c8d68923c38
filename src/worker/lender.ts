/**
 * Connections lent to one user at a time. A command that waits, as the proof of durability does, holds up everything
 * behind it on its connection; so whoever may wait has one to itself.
 */
import { closeRedis } from "../shared/store/redis.ts";
import type { RedisClient } from "../shared/store/redis.ts";

export type Lender = ReturnType<typeof createLender>;

/** `open` is asked for another connection whenever all others are lent out. */
export function createLender(open: () => RedisClient) {
  const all: RedisClient[] = [];
  const free: RedisClient[] = [];

  async function lend<T>(use: (redis: RedisClient) => Promise<T>): Promise<T> {
    const redis = free.pop() ?? add();
    try {
      return await use(redis);
    } finally {
      free.push(redis);
    }
  }

  function add(): RedisClient {
    const redis = open();
    all.push(redis);
    return redis;
  }

  async function close(): Promise<void> {
    await Promise.all(all.map(closeRedis));
  }

  return { lend, close };
}
