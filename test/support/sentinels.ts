// A primary, its replicas, and three Sentinels that watch over them, from redis-server alone.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findFreePort } from "../../tools/free-port.ts";
import { type RunningRedis, startRedisProcess } from "../../tools/redis-process.ts";
import { findRedisServer, type RedisBinary, type RedisOptions } from "../../tools/redis.ts";
import { eventually } from "./eventually.ts";
import { type PrivateRedis, startPrivateRedis } from "./private-redis.ts";
import { asTexts, redisCommand } from "./redis-command.ts";

/** What the Sentinels call it. */
const NAME = "onetake";
const SENTINELS = 3;
/** Silence after which a Sentinel holds a server to be down, in ms. */
const DOWN_AFTER_MS = 1000;
const FOUND_WITHIN_MS = 20_000;
const FAILED_OVER_WITHIN_MS = 30_000;

export type SentinelOptions = Partial<Pick<RedisOptions, "appendfsync" | "settings" | "server">> & {
  replicas?: number;
};

export type Sentinels = {
  /** For `REDIS_URL`. */
  url: string;
  /** The first is the primary at first. */
  servers: PrivateRedis[];
  /** Who is primary now, as all Sentinels say. */
  primary(): Promise<PrivateRedis>;
  /** Resolves when another server than this is primary. */
  untilReplaced(former: PrivateRedis): Promise<PrivateRedis>;
  /** Resolves as soon as one of the Sentinels says so; the others still send clients to the former. */
  untilFirstReplaces(former: PrivateRedis): Promise<void>;
  /** A planned failover; resolves when it is over. */
  failOver(): Promise<PrivateRedis>;
  stop(): Promise<void>;
};

export async function startSentinels({ replicas = 1, ...options }: SentinelOptions = {}): Promise<Sentinels> {
  const servers = await Promise.all(
    Array.from({ length: replicas + 1 }, () => startPrivateRedis({ appendfsync: "everysec", ...options })),
  );
  const [first, ...others] = servers;
  if (first === undefined) throw new Error("there is no primary");
  await Promise.all(others.map((server) => redisCommand(server.port, "REPLICAOF", "127.0.0.1", first.port)));
  const dir = await mkdtemp(join(tmpdir(), "onetake-sentinels-"));
  const binary = options.server ?? (await findRedisServer());
  const sentinels = await Promise.all(
    Array.from({ length: SENTINELS }, (_, n) => startSentinel(binary, join(dir, String(n)), first.port)),
  );
  await Promise.all(sentinels.map(({ port }) => untilAllFound(port, replicas)));

  const primary = () =>
    eventually(async () => {
      const [port, ...different] = new Set(await Promise.all(sentinels.map(primaryPortOf)));
      const found = servers.find((server) => server.port === port);
      if (found === undefined || different.length > 0) throw new Error("the Sentinels do not agree");
      return found;
    }, FOUND_WITHIN_MS);
  const untilReplaced = (former: PrivateRedis) =>
    eventually(async () => {
      const now = await primary();
      if (now === former) throw new Error("the primary is still the same");
      const role = asTexts(await redisCommand(now.port, "ROLE"))[0];
      if (role !== "master") throw new Error(`the new primary is ${role}`);
      return now;
    }, FAILED_OVER_WITHIN_MS);
  const untilFirstReplaces = (former: PrivateRedis) =>
    eventually(async () => {
      const ports = await Promise.all(sentinels.map(primaryPortOf));
      if (ports.every((port) => port === former.port)) throw new Error("the primary is still the same");
    }, FAILED_OVER_WITHIN_MS);
  const failOver = async () => {
    const former = await primary();
    await eventually(
      () => redisCommand(sentinels[0]?.port ?? 0, "SENTINEL", "FAILOVER", NAME),
      FOUND_WITHIN_MS,
    );
    return untilReplaced(former);
  };
  const stop = async () => {
    await Promise.all(sentinels.map((sentinel) => sentinel.kill("SIGKILL")));
    // A frozen one hears of nothing else.
    await Promise.all(servers.map((server) => server.kill()));
    await Promise.all(servers.map((server) => server.stop()));
    await rm(dir, { recursive: true, force: true });
  };
  const addresses = sentinels.map(({ port }) => `127.0.0.1:${port}`).join(",");
  const url = `redis+sentinel://${addresses}/${NAME}`;
  return { url, servers, primary, untilReplaced, untilFirstReplaces, failOver, stop };
}

/** A Sentinel keeps what it knows in its configuration file, so it must have one. */
async function startSentinel(binary: RedisBinary, dir: string, port: number): Promise<RunningRedis> {
  if (binary.kind === "container") throw new Error("Sentinels need a redis-server on this machine");
  await mkdir(dir);
  const file = join(dir, "sentinel.conf");
  const lines = [
    `sentinel monitor ${NAME} 127.0.0.1 ${port} ${Math.ceil(SENTINELS / 2)}`,
    `sentinel down-after-milliseconds ${NAME} ${DOWN_AFTER_MS}`,
    `sentinel failover-timeout ${NAME} ${10 * DOWN_AFTER_MS}`,
  ];
  await writeFile(file, `${lines.join("\n")}\n`);
  const place = { dir, port: await findFreePort(), from: binary.from, settings: {} };
  return startRedisProcess(binary, { ...place, leading: [file, "--sentinel"] });
}

async function primaryPortOf({ port }: RunningRedis): Promise<number> {
  const [, primary] = asTexts(await redisCommand(port, "SENTINEL", "GET-MASTER-ADDR-BY-NAME", NAME));
  return Number(primary);
}

/** Before they know each other and the replicas, they can replace nobody. */
async function untilAllFound(port: number, replicas: number): Promise<void> {
  await eventually(async () => {
    const words = asTexts(await redisCommand(port, "SENTINEL", "MASTER", NAME));
    const value = (name: string) => Number(words[words.indexOf(name) + 1]);
    if (value("num-other-sentinels") < SENTINELS - 1 || value("num-slaves") < replicas) {
      throw new Error("the Sentinels do not know all yet");
    }
    const states = [await redisCommand(port, "SENTINEL", "REPLICAS", NAME)].flat().map(asTexts);
    if (states.some((state) => state[state.indexOf("master-link-status") + 1] !== "ok")) {
      throw new Error("a replica is not linked yet");
    }
  }, FOUND_WITHIN_MS);
}
