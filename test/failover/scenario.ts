// What is done to Redis. Each scenario opens servers with the setting asked for, and strikes once.
import { setTimeout as delay } from "node:timers/promises";
import type { RedisBinary } from "../../tools/redis.ts";
import { eventually } from "../support/eventually.ts";
import { startPrivateRedis } from "../support/private-redis.ts";
import { startCluster } from "../support/redis-cluster.ts";
import { asTexts, redisCommand } from "../support/redis-command.ts";
import { startSentinels } from "../support/sentinels.ts";
import type { Load } from "./load.ts";
import { followDisk } from "./power-cut.ts";

export type Setting = {
  appendfsync: "everysec" | "always";
  /** `min-replicas-to-write`. */
  minReplicas: 0 | 1;
  /** SUBMIT_DURABILITY and INTAKE_DURABILITY. */
  submit: "memory" | "auto" | "fsync" | "replica";
  intake: "memory" | "auto" | "fsync" | "replica";
  /** The server that `findRedisServer` finds when absent. */
  server?: RedisBinary;
};

export type Scenario = {
  name: string;
  on: "one server" | "Sentinel" | "Cluster";
  open(setting: Setting, prefix: string): Promise<Scene>;
};

export type Scene = {
  /** For `REDIS_URL`. */
  url: string;
  /** Resolves when the servers are whole again. */
  strike(load: Load): Promise<void>;
  close(): Promise<void>;
};

const JOINED_WITHIN_MS = 60_000;
/** Replicas report once a second. */
const MAX_LAG_S = 3;
/** Acknowledged on the new primary before a former one comes back. */
const JOBS_MEANWHILE = 10;
/** Where acknowledgements need the replica that is missing, there are none meanwhile. */
const MEANWHILE_MS = 10_000;

const one = (name: string, strike: (redis: OneServer) => Promise<void>): Scenario => ({
  name,
  on: "one server",
  open: async ({ appendfsync, server }) => {
    const redis = await startPrivateRedis({ appendfsync, ...(server ? { server } : {}) });
    return { url: redis.url, strike: () => strike(redis), close: () => redis.stop() };
  },
});
type OneServer = Awaited<ReturnType<typeof startPrivateRedis>>;

const sentinel = (
  name: string,
  strike: (site: SentinelSite, load: Load, setting: Setting) => Promise<void>,
): Scenario => ({
  name,
  on: "Sentinel",
  open: async (setting) => {
    const site = await startSentinels({ replicas: 2, ...optionsOf(setting) });
    return { url: site.url, strike: (load) => strike(site, load, setting), close: () => site.stop() };
  },
});
type SentinelSite = Awaited<ReturnType<typeof startSentinels>>;

const cluster = (
  name: string,
  strike: (site: ClusterSite, slot: number, load: Load, setting: Setting) => Promise<void>,
): Scenario => ({
  name,
  on: "Cluster",
  open: async (setting, prefix) => {
    const site = await startCluster(optionsOf(setting));
    const slot = await site.slotOf(`{${prefix}}`);
    return { url: site.url, strike: (load) => strike(site, slot, load, setting), close: () => site.stop() };
  },
});
type ClusterSite = Awaited<ReturnType<typeof startCluster>>;

export const scenarios = {
  killed: one("killed and restarted", async (redis) => {
    await redis.kill();
    await redis.restart();
  }),
  powerCut: {
    name: "power cut",
    on: "one server",
    open: async ({ appendfsync, server }) => {
      const settings = { "auto-aof-rewrite-percentage": "0" };
      const redis = await startPrivateRedis({ appendfsync, settings, ...(server ? { server } : {}) });
      const powered = await followDisk(redis);
      const strike = async () => {
        process.stderr.write(`  cut off: ${await powered.cutPower()} bytes\n`);
        await redis.restart();
      };
      return { url: redis.url, strike, close: () => redis.stop() };
    },
  },
  sentinelKill: sentinel("primary killed", async (site) => {
    const former = await site.primary();
    await former.kill();
    await site.untilReplaced(former);
    await former.restart();
    await untilReplica(former.port);
  }),
  sentinelBack: sentinel("primary killed, and back before all Sentinels know", async (site) => {
    const former = await site.primary();
    await former.kill();
    await site.untilFirstReplaces(former);
    await former.restart();
    await untilReplica(former.port);
  }),
  sentinelFreeze: sentinel("primary frozen", async (site, load, setting) => {
    const former = await site.primary();
    await former.kill("SIGSTOP");
    await site.untilReplaced(former);
    await meanwhile(setting, load);
    await former.kill("SIGCONT");
    await untilReplica(former.port);
  }),
  sentinelPlanned: sentinel("planned failover", async (site) => {
    const former = await site.primary();
    await site.failOver();
    await untilReplica(former.port);
  }),
  clusterKill: cluster("owner of the slot killed", async (site, slot) => {
    const former = await site.ownerOf(slot);
    await former.kill();
    await site.untilReplaced(former, slot);
    await former.restart();
    await untilReplica(former.port);
  }),
  clusterFreeze: cluster("owner of the slot frozen", async (site, slot, load, setting) => {
    const former = await site.ownerOf(slot);
    await former.kill("SIGSTOP");
    await site.untilReplaced(former, slot);
    await meanwhile(setting, load);
    await former.kill("SIGCONT");
    await untilReplica(former.port);
  }),
  clusterReshard: cluster("slot moved under load", async (site, slot) => {
    await site.reshard(slot);
  }),
  clusterPlanned: cluster("planned failover of the slot's owner", async (site, slot) => {
    await site.failOver(slot);
  }),
  clusterBoth: cluster("slot moved, then its owner killed", async (site, slot, load, setting) => {
    await site.reshard(slot);
    await meanwhile(setting, load);
    const former = await site.ownerOf(slot);
    await former.kill();
    await site.untilReplaced(former, slot);
    await former.restart();
    await untilReplica(former.port);
  }),
} satisfies Record<string, Scenario>;

const meanwhile = ({ intake }: Setting, load: Load): Promise<void> =>
  intake === "replica" ? delay(MEANWHILE_MS) : load.untilAcknowledged(load.posted.length + JOBS_MEANWHILE);

function optionsOf({ appendfsync, minReplicas, server }: Setting) {
  const settings: Record<string, string> =
    minReplicas === 0
      ? {}
      : { "min-replicas-to-write": String(minReplicas), "min-replicas-max-lag": String(MAX_LAG_S) };
  return { appendfsync, settings, ...(server ? { server } : {}) };
}

/** A former primary that has come back follows the new one, and has forgotten what it alone knew. */
async function untilReplica(port: number): Promise<void> {
  await eventually(async () => {
    const [role, , , link] = asTexts(await redisCommand(port, "ROLE"));
    if (role !== "slave" || link !== "connected") throw new Error(`the former primary is ${role}, ${link}`);
  }, JOINED_WITHIN_MS);
}
