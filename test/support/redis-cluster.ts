// A Redis Cluster of three primaries, each with a replica, from redis-server alone.
import { findFreePort } from "../../tools/free-port.ts";
import type { RedisOptions } from "../../tools/redis.ts";
import { eventually } from "./eventually.ts";
import { type PrivateRedis, startPrivateRedis } from "./private-redis.ts";
import { asTexts, redisCommand } from "./redis-command.ts";

const PRIMARIES = 3;
const SLOTS = 16_384;
/** Silence after which a node is held to be down, in ms. */
const NODE_TIMEOUT_MS = 2000;
const FORMED_WITHIN_MS = 30_000;
const FAILED_OVER_WITHIN_MS = 30_000;
const KEYS_AT_ONCE = 10;
const MIGRATE_TIMEOUT_MS = 5000;

type Options = Partial<Pick<RedisOptions, "appendfsync" | "settings" | "server">>;

type Node = { id: string; port: number; isPrimary: boolean; isUp: boolean; slots: string[] };

export type RedisCluster = {
  /** For `REDIS_URL`. */
  url: string;
  servers: PrivateRedis[];
  slotOf(key: string): Promise<number>;
  /** The primary that owns this slot now, as most of the others say. */
  ownerOf(slot: number): Promise<PrivateRedis>;
  untilReplaced(former: PrivateRedis, slot: number): Promise<PrivateRedis>;
  /**
   * Gives the slot to another primary while it is in use, its keys a few at a time. Returns how many keys were moved.
   */
  reshard(slot: number): Promise<number>;
  /** A planned failover of the slot's owner to its replica. */
  failOver(slot: number): Promise<PrivateRedis>;
  stop(): Promise<void>;
};

export async function startCluster(options: Options = {}): Promise<RedisCluster> {
  const servers = await Promise.all(Array.from({ length: 2 * PRIMARIES }, () => startNode(options)));
  await form(servers);
  const portsUp = async () => {
    const answers = await Promise.allSettled(servers.map(({ port }) => nodesOf(port)));
    return answers.flatMap((answer) => (answer.status === "fulfilled" ? [answer.value] : []));
  };
  const serverAt = (port: number) => {
    const found = servers.find((server) => server.port === port);
    if (found === undefined) throw new Error(`no server has port ${port}`);
    return found;
  };
  const owner = async (slot: number): Promise<Node> => {
    const owners = (await portsUp()).map((nodes) => nodes.find((node) => node.isPrimary && owns(node, slot)));
    const counted = owners.filter((node) => node?.isUp);
    const most = counted.find((node) => countOf(counted, node) > servers.length / 2);
    if (most === undefined) throw new Error(`the nodes do not agree on the owner of slot ${slot}`);
    return most;
  };
  const ownerOf = async (slot: number) =>
    eventually(async () => serverAt((await owner(slot)).port), FAILED_OVER_WITHIN_MS);
  const untilReplaced = (former: PrivateRedis, slot: number) =>
    eventually(async () => {
      const now = serverAt((await owner(slot)).port);
      if (now === former) throw new Error("the owner is still the same");
      return now;
    }, FAILED_OVER_WITHIN_MS);
  const reshard = async (slot: number) => {
    const from = await owner(slot);
    const all = await nodesOf(from.port);
    const to = all.find((node) => node.isPrimary && node.isUp && node.id !== from.id);
    if (to === undefined) throw new Error("no other primary is up");
    return moveSlot(slot, from, to, all);
  };
  const failOver = async (slot: number) => {
    const former = await ownerOf(slot);
    const replica = await replicaOf(former.port);
    await redisCommand(replica, "CLUSTER", "FAILOVER");
    return untilReplaced(former, slot);
  };
  const stop = async () => {
    await Promise.all(servers.map((server) => server.kill()));
    await Promise.all(servers.map((server) => server.stop()));
  };
  const slotOf = async (key: string) =>
    Number(await redisCommand(servers[0]?.port ?? 0, "CLUSTER", "KEYSLOT", key));
  const url = servers.map((server) => server.url).join(",");
  return { url, servers, slotOf, ownerOf, untilReplaced, reshard, failOver, stop };
}

async function startNode({ settings, ...options }: Options): Promise<PrivateRedis> {
  const own = {
    "cluster-node-timeout": String(NODE_TIMEOUT_MS),
    // By default the port + 10000, which there may not be.
    "cluster-port": String(await findFreePort()),
  };
  return startPrivateRedis({
    appendfsync: "everysec",
    ...options,
    cluster: true,
    settings: { ...own, ...settings },
  });
}

/** What `redis-cli --cluster create` does. */
async function form(servers: PrivateRedis[]): Promise<void> {
  const share = Math.ceil(SLOTS / PRIMARIES);
  const primaries = servers.slice(0, PRIMARIES);
  const [first, ...others] = servers;
  if (first === undefined) throw new Error("there is no node");
  for (const [n, { port }] of primaries.entries()) {
    const last = Math.min((n + 1) * share, SLOTS) - 1;
    await redisCommand(port, "CLUSTER", "ADDSLOTSRANGE", n * share, last);
  }
  for (const [n, { port }] of servers.entries())
    await redisCommand(port, "CLUSTER", "SET-CONFIG-EPOCH", n + 1);
  for (const { port } of others) {
    const bus = asTexts(await redisCommand(port, "CONFIG", "GET", "cluster-port"))[1] ?? "";
    await redisCommand(first.port, "CLUSTER", "MEET", "127.0.0.1", port, bus);
  }
  await Promise.all(servers.map(({ port }) => untilKnown(port, servers.length)));
  for (const [n, { port }] of servers.slice(PRIMARIES).entries()) {
    const id = String(await redisCommand(primaries[n]?.port ?? 0, "CLUSTER", "MYID"));
    await redisCommand(port, "CLUSTER", "REPLICATE", id);
  }
  await Promise.all(primaries.map(({ port }) => replicaOf(port)));
  await Promise.all(servers.map(({ port }) => untilKnown(port, servers.length, "ok")));
}

async function untilKnown(port: number, count: number, state = ""): Promise<void> {
  await eventually(async () => {
    const info = String(await redisCommand(port, "CLUSTER", "INFO"));
    const known = /cluster_known_nodes:(\d+)/.exec(info)?.[1];
    if (Number(known) < count || !info.includes(`cluster_state:${state}`)) throw new Error(info);
    const nodes = await nodesOf(port);
    if (nodes.some(({ isUp }) => !isUp)) throw new Error("a node is not up yet");
  }, FORMED_WITHIN_MS);
}

/** The port of a replica that follows. */
function replicaOf(port: number): Promise<number> {
  return eventually(async () => {
    const info = String(await redisCommand(port, "INFO", "replication"));
    const found = /slave\d+:ip=[^,]*,port=(\d+),state=online/.exec(info)?.[1];
    if (found === undefined) throw new Error(`no replica follows ${port}`);
    return Number(found);
  }, FORMED_WITHIN_MS);
}

async function moveSlot(slot: number, from: Node, to: Node, all: Node[]): Promise<number> {
  await redisCommand(to.port, "CLUSTER", "SETSLOT", slot, "IMPORTING", from.id);
  await redisCommand(from.port, "CLUSTER", "SETSLOT", slot, "MIGRATING", to.id);
  let moved = 0;
  for (;;) {
    const keys = asTexts(await redisCommand(from.port, "CLUSTER", "GETKEYSINSLOT", slot, KEYS_AT_ONCE));
    if (keys.length === 0) break;
    const place = ["127.0.0.1", to.port, "", 0, MIGRATE_TIMEOUT_MS];
    await redisCommand(from.port, "MIGRATE", ...place, "KEYS", ...keys);
    moved += keys.length;
  }
  // The new owner first: should this end in between, the slot has an owner.
  const others = all.filter(({ id, isPrimary, isUp }) => isPrimary && isUp && id !== to.id && id !== from.id);
  for (const { port } of [to, from, ...others])
    await redisCommand(port, "CLUSTER", "SETSLOT", slot, "NODE", to.id);
  return moved;
}

/** `CLUSTER NODES`: id, ip:port@bus, flags, primary, ping, pong, epoch, link, slots. */
async function nodesOf(port: number): Promise<Node[]> {
  const text = String(await redisCommand(port, "CLUSTER", "NODES"));
  return text
    .trim()
    .split("\n")
    .map((line) => {
      const [id = "", address = "", flags = "", , , , , link = "", ...slots] = line.split(" ");
      const isUp = !/fail|handshake|noaddr/.test(flags) && (link === "connected" || flags.includes("myself"));
      const nodePort = Number(/:(\d+)@/.exec(address)?.[1]);
      return { id, port: nodePort, isPrimary: flags.includes("master"), isUp, slots };
    });
}

const owns = ({ slots }: Node, slot: number): boolean =>
  slots.some((range) => {
    const [from = "", to = from] = range.split("-");
    // `[slot->-id]` is a slot on its way.
    return !range.startsWith("[") && Number(from) <= slot && slot <= Number(to);
  });

const countOf = (nodes: (Node | undefined)[], { id }: Node = nobody): number =>
  nodes.filter((node) => node?.id === id).length;

const nobody: Node = { id: "", port: 0, isPrimary: false, isUp: false, slots: [] };
