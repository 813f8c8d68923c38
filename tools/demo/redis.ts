// The Redis of a demo: the one of REDIS_URL, or a server of its own, which may be killed to see what becomes of the jobs.
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type RedisOptions, type RunningRedis, startRedis, useRedis } from "../redis.ts";
import { checkGivenRedis, removeKeys } from "./given-redis.ts";
import type { Screen } from "./screen.ts";

type Closer = () => Promise<unknown>;

export type DemoRedis = {
  url: string;
  /** Kills it with SIGKILL and starts it again with the data on its disk; null when it is not the demo's to kill. */
  crash: (() => Promise<void>) | null;
};

/** Long enough to be missed. */
const AWAY_MS = 700;
/** As tools/redis.ts calls it. */
const CONTAINER = "a Docker container";

type Place = { dir: string; prefix: string; isKept: boolean; mustSurvive: boolean };

/** `mustSurvive`: what it has acknowledged is on the disk, whatever happens the next moment. */
export async function openRedis(screen: Screen, closers: Closer[], place: Place): Promise<DemoRedis> {
  const options: RedisOptions = {
    dir: join(place.dir, "redis"),
    appendonly: true,
    appendfsync: place.mustSurvive ? "always" : "everysec",
  };
  const leave = screen.watch(() => ({ who: "redis", what: "starting", percent: null }));
  let running = useRedis(options).finally(leave);
  // One that is just starting, or coming back, must not outlive the demo's folder.
  closers.push(async () => (await running.catch(() => null))?.stop());
  const redis = await running;
  if ("kill" in redis) return ownRedis(screen, redis, (restart) => void (running = restart), options);
  await checkGivenRedis(redis.url);
  if (!place.isKept) closers.push(() => removeKeys(redis.url, place.prefix));
  screen.fact("redis", "the one of REDIS_URL");
  return { url: redis.url, crash: null };
}

function ownRedis(
  screen: Screen,
  first: RunningRedis,
  keep: (restart: Promise<RunningRedis>) => void,
  options: RedisOptions,
): DemoRedis {
  const { url, port, from } = first;
  let last = first;
  const killAndStart = async () => {
    await last.kill("SIGKILL");
    await delay(AWAY_MS);
    last = await startRedis({ ...options, port });
    return last;
  };
  const crash = async () => {
    const restart = killAndStart();
    keep(restart);
    await restart;
  };
  screen.fact("redis", url, `(${from}, with an append-only file)`);
  // A container holds its port for a while after its end.
  return { url, crash: from === CONTAINER ? null : crash };
}
