/**
 * How sure `submitting` must be before the paid request leaves. A crash of Redis that forgets it would make the job look
 * unsent, and it would be bought again.
 */
import { z } from "zod";

import { SetupError } from "../shared/errors.ts";
import type { Logger } from "../shared/logger.ts";
import type { Durability } from "../shared/store/redis-check.ts";
import { isCluster } from "../shared/store/redis.ts";
import type { RedisClient } from "../shared/store/redis.ts";

export type Wanted = "auto" | "memory" | "fsync" | "replica";

/** Longest wait for one confirmation, in ms; `appendfsync everysec` needs up to two seconds. */
const CONFIRM_TIMEOUT_MS = 5000;

/** Confirms the writes made on `redis` so far. Resolves to false when the server could not confirm them in time. */
export async function confirmWrites(
  redis: RedisClient,
  wanted: Wanted,
  offered: Durability,
): Promise<boolean> {
  for (const means of confirmations(redis, wanted, offered)) {
    const confirmed = means === "fsync" ? await waitForFsync(redis) : await waitForReplica(redis);
    if (!confirmed) return false;
  }
  return true;
}

/** Throws a SetupError when the server cannot give what is wanted; a replica may come later. */
export const checkDurability =
  (redis: RedisClient, wanted: Wanted, log: Logger) =>
  (offered: Durability): void => {
    if (isCluster(redis) && (wanted === "fsync" || wanted === "replica")) {
      throw new SetupError([
        `SUBMIT_DURABILITY=${wanted} cannot be confirmed on a Redis Cluster: use memory or auto.`,
      ]);
    }
    if (wanted === "replica" && offered.replicas === 0) log.tell("redis.no_replica", {});
    if (wanted !== "fsync" || offered.fsyncsAlways || offered.canWaitForFsync) return;
    throw new SetupError([
      "SUBMIT_DURABILITY=fsync needs a Redis with appendonly yes that is 7.2 or later, or has appendfsync always.",
    ]);
  };

function confirmations(redis: RedisClient, wanted: Wanted, offered: Durability): ("fsync" | "replica")[] {
  if (wanted === "memory" || isCluster(redis)) return [];
  const fsync = offered.canWaitForFsync && !offered.fsyncsAlways ? (["fsync"] as const) : [];
  if (wanted === "fsync") return [...fsync];
  if (wanted === "replica") return ["replica"];
  return offered.replicas > 0 ? [...fsync, "replica"] : [...fsync];
}

async function waitForFsync(redis: RedisClient): Promise<boolean> {
  const [local = 0] = z.array(z.number()).parse(await redis.call("WAITAOF", 1, 0, CONFIRM_TIMEOUT_MS));
  return local >= 1;
}

const waitForReplica = async (redis: RedisClient): Promise<boolean> =>
  Number(await redis.call("WAIT", 1, CONFIRM_TIMEOUT_MS)) >= 1;
