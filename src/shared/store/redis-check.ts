/** What Onetake needs of the Redis that it is given; looked at on first contact, and again after each new connection. */
import { SetupError } from "../errors.ts";
import type { Logger } from "../logger.ts";
import { readInfo } from "./redis-info.ts";
import type { RedisClient } from "./redis.ts";

const OLDEST_VERSION = [6, 2] as const;

/** What a server can do for the durability of a write. */
export type Durability = { fsyncsAlways: boolean; canWaitForFsync: boolean; replicas: number };

/**
 * Refuses a Redis that would lose or evict jobs, or that cannot be written to. Warns when it keeps no append-only file.
 * Throws a SetupError with what to change; other errors mean that Redis could not be asked.
 */
export async function checkRedis(redis: RedisClient, log: Logger): Promise<Durability> {
  const info = await readInfo(redis);
  const policy = info["maxmemory_policy"] ?? "noeviction";
  const version = info["redis_version"] ?? "0";
  const faults: string[] = [];
  if (!isRecent(version))
    faults.push(`REDIS_URL names a Redis ${version}: ${OLDEST_VERSION.join(".")} or later is needed.`);
  if (policy !== "noeviction") {
    faults.push(
      `Redis evicts keys (maxmemory-policy ${policy}), which loses paid jobs: set maxmemory-policy noeviction.`,
    );
  }
  if (info["role"] === "slave") faults.push("REDIS_URL names a read-only replica: name its primary.");
  if (faults.length > 0) throw new SetupError(faults);
  const hasAof = info["aof_enabled"] === "1";
  if (!hasAof) log.tell("redis.no_aof", {});
  const fsync = hasAof ? await readFsyncPolicy(redis) : "";
  return {
    fsyncsAlways: fsync === "always",
    canWaitForFsync: hasAof && isRecent(version, [7, 2]),
    replicas: Number(info["connected_slaves"] ?? 0),
  };
}

function isRecent(version: string, oldest: readonly [number, number] = OLDEST_VERSION): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > oldest[0] || (major === oldest[0] && minor >= oldest[1]);
}

/** Managed servers hide CONFIG; what cannot be read is not counted on. */
async function readFsyncPolicy(redis: RedisClient): Promise<string> {
  try {
    const [, value] = await redis.config("GET", "appendfsync");
    return value ?? "";
  } catch (error) {
    if (error instanceof Error && /unknown command|NOPERM/i.test(error.message)) return "";
    throw error;
  }
}
