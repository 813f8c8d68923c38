/**
 * How sure a write is to last: it is in memory alone, or in the append-only file, or on a replica too. Two kinds of writes
 * may have to be sure: `submitting`, before the paid request leaves, since a crash of Redis that forgets it would buy
 * again; and what the API accepts, before its caller hears of it.
 *
 * A proof is made on one connection to the server that holds the data: a small write, the wait until that one is safe,
 * which makes all before it safe as well, and a look for what is to be proven. The look is what counts. A server that took
 * over in between confirms its own writes alone, and knows nothing of ours unless it has got it.
 */
import { SetupError } from "../errors.ts";
import type { Logger } from "../logger.ts";
import type { Durability } from "./redis-check.ts";
import { isUnavailable, serverOf } from "./redis.ts";
import type { RedisClient } from "./redis.ts";

export type Wanted = "auto" | "memory" | "fsync" | "replica";

/** `found`: what the look has found, confirmed or not. */
export type Proof<T> = { isConfirmed: boolean; found: T };

/** Proves what was written before, on `redis` or elsewhere. Rejects when the look cannot be taken. */
export type Prove = <T>(redis: RedisClient, look: (server: RedisClient) => Promise<T>) => Promise<Proof<T>>;

type Options = {
  wanted: Wanted;
  /** null: nobody knows at present, so nothing can be proven. */
  offered: () => Durability | null;
  /** Of the small write. */
  key: string;
  /** Longest wait for one confirmation, in ms; `appendfsync everysec` needs up to two seconds. */
  waitMs: number;
  /** Hears of each proof that has failed: the server may have changed. */
  onFailure: () => void;
};

/**
 * How long a replica that has left still has to confirm, in ms: longer than a failover takes. Until that is over it may be
 * about to take over, and then whatever it has not got is lost, whichever other replicas have it.
 */
const REPLICA_REMEMBERED_MS = 30_000;

export function createProver({ wanted, offered, key, waitMs, onFailure }: Options): Prove {
  const remembered = rememberReplicas(offered);
  return async (redis, look) => {
    if (wanted === "memory") return { isConfirmed: true, found: await look(redis) };
    const server = await serverOf(redis, key);
    let isLost = false;
    const lose = () => {
      isLost = true;
    };
    // What is sent again over a new connection may ask another server, and no longer about the small write.
    server.on("close", lose);
    try {
      const confirmed = await confirm(server, key, meansOf(wanted, remembered()), waitMs);
      const found = await look(server);
      const isConfirmed = confirmed && !isLost;
      if (!isConfirmed) onFailure();
      return { isConfirmed, found };
    } finally {
      server.off("close", lose);
    }
  };
}

/** What is offered, with the most replicas of late. */
function rememberReplicas(offered: () => Durability | null): () => Durability | null {
  let most = 0;
  let seenAt = -Infinity;
  return () => {
    const now = offered();
    if (now === null) return null;
    const at = performance.now();
    if (now.replicas >= most || at - seenAt > REPLICA_REMEMBERED_MS) {
      most = now.replicas;
      seenAt = at;
    }
    return { ...now, replicas: most };
  };
}

/**
 * Judges what a server offers. Throws a SetupError when it cannot give what `variable` wants; a replica may come later, so
 * that one is missing is only told.
 */
export function checkDurability(variable: string, wanted: Wanted, log: Logger) {
  let isMissing = false;
  return (offered: Durability): void => {
    if (wanted === "fsync" && meansOf(wanted, offered) === null) {
      throw new SetupError([
        `${variable}=fsync needs a Redis with appendonly yes that is 7.2 or later, or has appendfsync always.`,
      ]);
    }
    const wasMissing = isMissing;
    isMissing = wanted === "replica" && offered.replicas === 0;
    if (isMissing && !wasMissing) log.tell("redis.no_replica", { variable });
  };
}

/** `reply`: with `appendfsync always` an answered write is in the file. `replicas`: how many have to confirm, all there are. */
type Means = { by: "reply" | "waitaof" } | { by: "wait"; replicas: number };

/** null: it cannot be proven. */
function meansOf(wanted: Wanted, offered: Durability | null): Means[] | null {
  if (offered === null) return null;
  const fsync = fsyncMeans(offered);
  if (wanted === "memory") return [];
  const byReplicas: Means = { by: "wait", replicas: Math.max(1, offered.replicas) };
  if (wanted === "replica") return [byReplicas];
  if (wanted === "fsync") return fsync.length > 0 ? fsync : null;
  return offered.replicas > 0 ? [...fsync, byReplicas] : fsync;
}

/** Where it can be waited for, the answer does not hang on what the settings were when they were last looked at. */
function fsyncMeans({ canWaitForFsync, fsyncsAlways }: Durability): Means[] {
  if (canWaitForFsync) return [{ by: "waitaof" }];
  return fsyncsAlways ? [{ by: "reply" }] : [];
}

async function confirm(
  server: RedisClient,
  key: string,
  means: Means[] | null,
  waitMs: number,
): Promise<boolean> {
  if (means === null) return false;
  if (means.length === 0) return true;
  try {
    const written = server.incr(key).then((count) => count >= 1);
    const waits = means.map((each) => isConfirmedBy(server, each, waitMs));
    return (await Promise.all([written, ...waits])).every(Boolean);
  } catch (error) {
    if (error instanceof Error && (error.name === "ReplyError" || isUnavailable(error))) return false;
    throw error;
  }
}

/** Whether the file or the replicas have the last write of this connection; it waits until they do. */
async function isConfirmedBy(server: RedisClient, means: Means, waitMs: number): Promise<boolean> {
  switch (means.by) {
    case "reply":
      return true;
    case "waitaof":
      return Number([await server.call("WAITAOF", 1, 0, waitMs)].flat()[0]) >= 1;
    case "wait":
      return Number(await server.call("WAIT", means.replicas, waitMs)) >= means.replicas;
  }
}
