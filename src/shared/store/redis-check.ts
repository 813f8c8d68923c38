/** What Onetake needs of the Redis that it is given, what it makes of it, and what it advises. */
import { SetupError } from "../errors.ts";
import { readInfo } from "./redis-info.ts";
import { primariesOf, serverOf } from "./redis.ts";
import type { RedisClient } from "./redis.ts";

const OLDEST_VERSION = [6, 2] as const;

/** What a server can do for the durability of a write. */
export type Durability = { fsyncsAlways: boolean; canWaitForFsync: boolean; replicas: number };

/** `risks`: what may be lost, and what to change; each is a sentence of its own. */
export type Checked = { offered: Durability; hasAof: boolean; risks: string[] };

/** What a server says of itself. Managed ones hide a part of it; what is not said is not counted on. */
type Server = {
  info: Record<string, string>;
  appendfsync: string | null;
  save: string | null;
  stopsOnFailedSave: string | null;
};

/**
 * Refuses a Redis that would lose or evict jobs, or that cannot be written to; on a Cluster any primary that would, since
 * what is stored may be moved to it. Throws a SetupError with what to change; other errors mean that Redis could not be
 * asked. `key`: what is offered is what the server offers that holds it.
 */
export async function checkRedis(redis: RedisClient, key: string): Promise<Checked> {
  const holder = await serverOf(redis, key);
  const own = await askServer(holder);
  const others = primariesOf(redis).filter(({ server }) => server !== holder);
  // One that does not answer now is asked at the next look: what is stored is not on it.
  const asked = await Promise.allSettled(
    others.map(async ({ address, server }) => ({ address, server: await askServer(server) })),
  );
  const address = primariesOf(redis).find(({ server }) => server === holder)?.address ?? "";
  const all = [
    { address, server: own },
    ...asked.flatMap((each) => (each.status === "fulfilled" ? [each.value] : [])),
  ];
  const faults = all.flatMap((each) => faultsOf(each.server).map(naming(each.address)));
  if (faults.length > 0) throw new SetupError(faults);
  return {
    offered: offeredBy(own),
    hasAof: all.every(({ server }) => hasAof(server)),
    risks: all.flatMap((each) => risksOf(each.server).map(naming(each.address))),
  };
}

/** Which server of a Cluster is meant. */
const naming = (address: string) => (text: string) => (address === "" ? text : `${address}: ${text}`);

async function askServer(redis: RedisClient): Promise<Server> {
  const [info, appendfsync, save, stopsOnFailedSave] = await Promise.all([
    readInfo(redis),
    readSetting(redis, "appendfsync"),
    readSetting(redis, "save"),
    readSetting(redis, "stop-writes-on-bgsave-error"),
  ]);
  return { info, appendfsync, save, stopsOnFailedSave };
}

function faultsOf({ info }: Server): string[] {
  const version = info["redis_version"] ?? "of an unknown version";
  const policy = info["maxmemory_policy"] ?? "noeviction";
  const faults: string[] = [];
  if (!isRecent(version))
    faults.push(`REDIS_URL names a Redis ${version}: ${OLDEST_VERSION.join(".")} or later is needed.`);
  if (policy !== "noeviction") {
    faults.push(
      `Redis evicts keys (maxmemory-policy ${policy}), which loses paid jobs: set maxmemory-policy noeviction.`,
    );
  }
  if (info["role"] === "slave") {
    const why =
      info["slave_read_only"] === "0"
        ? "a replica, which loses what is written to it"
        : "a read-only replica";
    faults.push(`REDIS_URL names ${why}: name its primary.`);
  }
  return faults;
}

const offeredBy = (server: Server): Durability => ({
  fsyncsAlways: hasAof(server) && server.appendfsync === "always",
  canWaitForFsync: hasAof(server) && isRecent(server.info["redis_version"] ?? "", [7, 2]),
  replicas: countReplicas(server.info),
});

const hasAof = ({ info }: Server): boolean => info["aof_enabled"] === "1";

/** A replica that is still being filled confirms nothing. */
function countReplicas(info: Record<string, string>): number {
  const listed = Object.keys(info).filter((name) => /^slave\d+$/.test(name));
  if (listed.length === 0) return Number(info["connected_slaves"] ?? 0);
  return listed.filter((name) => info[name]?.includes("state=online")).length;
}

function risksOf(server: Server): string[] {
  const { info, appendfsync, save, stopsOnFailedSave } = server;
  const risks: string[] = [];
  if (!hasAof(server) && save === "")
    risks.push("Redis writes nothing to disk, so its end loses every job: set appendonly yes.");
  if (hasAof(server) && appendfsync === "no")
    risks.push("A power cut loses up to half a minute (appendfsync no): set everysec or always.");
  if (!hasAof(server) && save !== "" && stopsOnFailedSave === "no")
    risks.push("Dumps may fail unseen: set appendonly yes, or stop-writes-on-bgsave-error yes.");
  if (save !== "" && stopsOnFailedSave === "yes" && info["rdb_last_bgsave_status"] === "err")
    risks.push("Redis refuses writes since its last dump failed: free its disk, or set save to nothing.");
  if (info["maxmemory"] === "0")
    risks.push("Redis has no limit of memory, so the system may kill it: set maxmemory below what there is.");
  if (info["maxmemory_policy"] === undefined)
    risks.push("Redis does not say whether it evicts keys: see that its maxmemory-policy is noeviction.");
  return risks;
}

function isRecent(version: string, oldest: readonly [number, number] = OLDEST_VERSION): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > oldest[0] || (major === oldest[0] && minor >= oldest[1]);
}

/** null: CONFIG is hidden. */
async function readSetting(redis: RedisClient, name: string): Promise<string | null> {
  try {
    const [, value] = await redis.config("GET", name);
    return value ?? null;
  } catch (error) {
    if (error instanceof Error && /unknown command|NOPERM/i.test(error.message)) return null;
    throw error;
  }
}
