/** The walks over what is overdue, ids of records whose next step should have been taken by now, and over what is aside. */
import { z } from "zod";

import type { Keys } from "../shared/store/keys.ts";
import type { RedisClient } from "../shared/store/redis.ts";
import { runScript } from "../shared/store/scripts.ts";
import { createPurge } from "./purge.ts";

/** An overdue record that turns out to be in good hands comes round again after this, or later when there are many. */
const RECHECK_MS = 30_000;
/** What is aside is looked at again after this. */
const LOOK_AGAIN_MS = 300_000;
/** How many records may come round again in a second, over all workers. */
const RECHECKS_PER_S = 500;

export type Claimed = { ids: string[]; remain: number };

export type DueStore = ReturnType<typeof createDueStore>;

export function createDueStore(redis: RedisClient, keys: Keys) {
  const claim = async (zset: string, most: number, againMs = RECHECK_MS): Promise<Claimed> => {
    const words = [most, againMs, RECHECKS_PER_S];
    const [remain, ...ids] = await runScript(redis, "claim", [zset], words, z.array(z.string()));
    return { ids, remain: Number(remain) };
  };

  /** Makes a record overdue now, if anything is left to be done about it. */
  const hurry = async (id: string): Promise<void> => {
    await redis.zadd(keys.due, "XX", 0, id);
  };

  /** Takes an id off the walks until somebody looks at it again. Returns false when it was so already. */
  const setAside = async (id: string): Promise<boolean> => {
    const zsets = [keys.due, keys.purge, keys.aside];
    return (await runScript(redis, "aside", zsets, [id, LOOK_AGAIN_MS], z.number())) === 1;
  };

  /** Ends that, and makes it overdue now, if anything is left to be done about it. Returns false when it has ended before. */
  const takeBack = async (id: string): Promise<boolean> => {
    await hurry(id);
    return (await redis.zrem(keys.aside, id)) === 1;
  };

  /** Takes an id without a record off all walks. */
  const forget = async (id: string): Promise<void> => {
    await redis.pipeline().zrem(keys.due, id).zrem(keys.purge, id).zrem(keys.aside, id).exec();
  };

  return {
    ...createPurge(redis, keys),
    claimOverdue: (most: number) => claim(keys.due, most),
    claimPurgeable: (most: number) => claim(keys.purge, most),
    claimAside: (most: number) => claim(keys.aside, most, LOOK_AGAIN_MS),
    setAside,
    takeBack,
    hurry,
    forget,
  };
}
