// One side of the comparison, ours or the floor: a Redis, a stand-in, an API and perhaps a worker, all of its own.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Redis } from "ioredis";
import { request } from "undici";
import { findFreePort } from "../tools/free-port.ts";
import { type RedisOptions, startRedis } from "../tools/redis.ts";
import { type BenchProcess, startProcess } from "./process.ts";
import { ourEnvironment } from "./settings.ts";
import { StandIn } from "./stand-in.ts";

export type SideName = "ours" | "floor";

export type Side = {
  name: SideName;
  apiUrl: string;
  redisUrl: string;
  api: BenchProcess;
  /** null: nobody works on the jobs. */
  worker: BenchProcess | null;
  standIn: StandIn;
  redis: Redis;
  /** Rejects when one of its processes ends; never resolves. */
  failure: Promise<never>;
  stop(signal: NodeJS.Signals): Promise<void>;
};

export type SideOptions = {
  /** For its data, logs and profiles. */
  dir: string;
  hasWorker: boolean;
  /** No task ever ends. */
  isEndless?: boolean;
  /** The floor does nothing but deliver. */
  onlyDelivers?: boolean;
  /** In place of the system's Redis with a file that is synced each second. */
  server?: Partial<Omit<RedisOptions, "dir">>;
  /** Over the product's environment. */
  environment?: Record<string, string>;
  /** For Node, by process. */
  nodeOptions?: (process: string) => string[];
};

const scripts = {
  ours: { api: "src/api/main.ts", worker: "src/worker/main.ts" },
  floor: { api: "bench/floor/api.ts", worker: "bench/floor/worker.ts" },
  sender: { api: "bench/floor/api.ts", worker: "bench/floor/sender.ts" },
};

export async function startSide(name: SideName, options: SideOptions): Promise<Side> {
  const {
    hasWorker,
    isEndless = false,
    onlyDelivers = false,
    environment = {},
    nodeOptions = () => [],
  } = options;
  const dir = join(options.dir, `${name}-${Date.now()}`);
  await mkdir(dir, { recursive: true });
  const redisDir = join(dir, "redis");
  const server = await startRedis({
    dir: redisDir,
    appendonly: true,
    appendfsync: "everysec",
    ...options.server,
  });
  const redis = new Redis(server.url);
  // A rewrite of the file in the middle of a run would be measured too.
  await redis.config("SET", "auto-aof-rewrite-percentage", "0");
  const standIn = new StandIn({ isEndless });
  await standIn.listen();
  const port = String(await findFreePort());
  const places = { REDIS_URL: server.url, NOVITA_BASE_URL: standIn.url, PORT: port };
  const env = { ...ourEnvironment, ...places, ...environment };
  const start = (process: "api" | "worker") =>
    startProcess({
      script: scripts[name === "floor" && onlyDelivers ? "sender" : name][process],
      env,
      logFile: join(dir, `${process}.log`),
      nodeOptions: nodeOptions(`${name}-${process}`),
    });
  const api = start("api");
  const worker = hasWorker ? start("worker") : null;
  const failure = Promise.race([api.failure, ...(worker ? [worker.failure] : [])]);
  failure.catch(() => {});
  const apiUrl = `http://127.0.0.1:${port}`;
  const stop = async (signal: NodeJS.Signals) => {
    await Promise.all([worker?.stop(signal), api.stop(signal)]);
    standIn.close();
    redis.disconnect();
    await server.stop();
  };
  await Promise.race([untilReady(apiUrl), failure]);
  return { name, apiUrl, redisUrl: server.url, api, worker, standIn, redis, failure, stop };
}

const READY_WITHIN_MS = 30_000;

async function untilReady(apiUrl: string): Promise<void> {
  const deadline = Date.now() + READY_WITHIN_MS;
  while (Date.now() < deadline) {
    const answer = await request(`${apiUrl}/readyz`).catch(() => null);
    await answer?.body.dump();
    if (answer?.statusCode === 200) return;
    await delay(50);
  }
  throw new Error(`${apiUrl} was not ready within ${READY_WITHIN_MS} ms`);
}
