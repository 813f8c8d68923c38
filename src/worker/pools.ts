import { errors, Pool } from "undici";

/** Connections kept open, by origin. */
export interface Pools {
  /** Throws UND_ERR_CLOSED after `close`. A request must be handed to the pool in the same tick. */
  poolOf(origin: string): Pool;
  /** Lets requests under way finish, then closes all connections. */
  close(): Promise<void>;
}

/**
 * At most `maxOrigins` pools. One more takes the place of the one that was asked for least recently, which lets its requests
 * finish: so there is no limit to how many receivers can be reached, only to how many are kept at hand.
 */
export function createPools(options: Pool.Options, maxOrigins: number): Pools {
  /** The least recently used first. */
  const pools = new Map<string, Pool>();
  const retired = new Set<Promise<void>>();
  let closed = false;

  function poolOf(origin: string): Pool {
    if (closed) throw new errors.ClientClosedError();
    const pool = pools.get(origin) ?? new Pool(origin, options);
    pools.delete(origin);
    pools.set(origin, pool);
    const [oldest] = pools;
    if (pools.size > maxOrigins && oldest) retire(...oldest);
    return pool;
  }

  function retire(origin: string, pool: Pool): void {
    pools.delete(origin);
    const ended = pool.close();
    retired.add(ended);
    void ended.finally(() => retired.delete(ended));
  }

  async function close(): Promise<void> {
    closed = true;
    for (const each of pools) retire(...each);
    await Promise.all(retired);
  }

  return { poolOf, close };
}
