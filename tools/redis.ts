// A real Redis for the demo and the tests: on loopback, and living no longer than the process that started it.
// There is no in-memory look-alike on purpose: what is shown and tested here is durability.
import { constants, existsSync } from "node:fs";
import { access, mkdir, readFile } from "node:fs/promises";
import { delimiter, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { findFreePort } from "./free-port.ts";
import { canRunContainers, startRedisContainer } from "./redis-container.ts";
import { fetchRedisPackage } from "./redis-package.ts";
import { type RunningRedis, startRedisProcess } from "./redis-process.ts";

export type { RunningRedis } from "./redis-process.ts";

/** `from` tells a person where it was found. */
export type RedisBinary =
  | { kind: "process"; from: string; command: string; env: Record<string, string> }
  | { kind: "container"; from: string };

export type RedisOptions = {
  /** Holds the append-only file; made when absent. One Redis at a time. */
  dir: string;
  /** A free one when absent. */
  port?: number;
  appendonly: boolean;
  appendfsync?: "always" | "everysec" | "no";
  /** A node of a Redis Cluster, without slots at first. */
  cluster?: boolean;
  /** Further lines of redis.conf; they win. */
  settings?: Record<string, string>;
  /** The one that `findRedisServer` finds when absent. */
  server?: RedisBinary;
};

/** Somebody else's: it is not ours to stop or kill. */
export type GivenRedis = Pick<RunningRedis, "url" | "from" | "stop">;

const CACHE_DIR = fileURLToPath(new URL("../.cache/redis/", import.meta.url));
const INSTALL_HINT =
  "No Redis here: install it (macOS `brew install redis`, Debian or Ubuntu `apt-get install redis-server`, " +
  "Fedora `dnf install valkey`, Alpine `apk add redis`), or start Docker, or set REDIS_URL to a running one.";

/** The Redis that REDIS_URL names, which is left as it is, or else a local one of our own. */
export async function useRedis(options: RedisOptions): Promise<RunningRedis | GivenRedis> {
  const url = process.env["REDIS_URL"] ?? "";
  return url === "" ? startRedis(options) : { url, from: "REDIS_URL", stop: async () => {} };
}

export async function startRedis(options: RedisOptions): Promise<RunningRedis> {
  const server = options.server ?? (await findRedisServer());
  const dir = resolve(options.dir);
  await mkdir(dir, { recursive: true });
  await refuseUsedDir(dir);
  const launch = {
    dir,
    from: server.from,
    settings: {
      "maxmemory-policy": "noeviction",
      save: "",
      appendonly: options.appendonly ? "yes" : "no",
      appendfsync: options.appendfsync ?? "everysec",
      ...(options.cluster ? { "cluster-enabled": "yes", "cluster-announce-ip": "127.0.0.1" } : {}),
      ...options.settings,
    },
  };
  const start = (port: number) =>
    server.kind === "container"
      ? startRedisContainer({ ...launch, port })
      : startRedisProcess(server, { ...launch, port });
  return options.port === undefined ? startOnFreePort(start) : start(options.port);
}

export async function findRedisServer(): Promise<RedisBinary> {
  for (const name of ["redis-server", "valkey-server"]) {
    const command = await findOnPath(name);
    if (command !== undefined) return { kind: "process", from: command, command, env: {} };
  }
  const fetched = await fetchRedisPackage(CACHE_DIR);
  if ("command" in fetched) {
    return { kind: "process", from: "the system's package, unpacked in .cache/redis", ...fetched };
  }
  if (await canRunContainers()) return { kind: "container", from: "a Docker container" };
  throw new Error(`${INSTALL_HINT} (${fetched.problem})`);
}

async function findOnPath(name: string): Promise<string | undefined> {
  for (const dir of (process.env["PATH"] ?? "").split(delimiter).filter((entry) => entry !== "")) {
    const file = join(dir, name);
    const isExecutable = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isExecutable) return file;
  }
  return undefined;
}

/** Two Redis servers appending to one file destroy it, and Redis itself does not look. */
async function refuseUsedDir(dir: string): Promise<void> {
  const pid = Number.parseInt(await readFile(join(dir, "redis.pid"), "utf8").catch(() => ""), 10);
  if (Number.isNaN(pid) || !existsSync(`/proc/${pid}`)) return;
  const name = await readFile(`/proc/${pid}/comm`, "utf8").catch(() => "");
  if (/redis|valkey/.test(name)) {
    throw new Error(
      `Another Redis (process ${pid}) is using ${dir}: is a demo running already? Stop it first.`,
    );
  }
}

/** Somebody else may take the port between the look and the start. */
async function startOnFreePort(start: (port: number) => Promise<RunningRedis>): Promise<RunningRedis> {
  try {
    return await start(await findFreePort());
  } catch (error) {
    if (!String(error).includes("Address already in use")) throw error;
    return start(await findFreePort());
  }
}
