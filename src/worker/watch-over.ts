/** What a worker knows of its own life, and of the Redis that it waits for. */
import type { RedisClient } from "../shared/store/redis.ts";
import { createAwakeClock } from "./awake-clock.ts";
import { createHeartbeat } from "./heartbeat.ts";
import { createProbe } from "./probe.ts";

/** Often enough to see that Redis is away long before a loop that waits for it is called stuck. */
const ASK_MS = 2000;

/** A Redis that stands still keeps its connections, so it is asked, too. */
export function watchOver(redis: RedisClient, askMs = ASK_MS) {
  const awake = createAwakeClock();
  const heartbeat = createHeartbeat(awake.now);
  const isAnswering = createProbe(redis);
  heartbeat.redisAway(true);
  redis.on("close", () => heartbeat.redisAway(true));
  redis.on("ready", () => heartbeat.redisAway(false));
  const ask = async () => heartbeat.redisAway(!(await isAnswering()));
  const timer = setInterval(() => void ask(), askMs).unref();

  function stop(): void {
    clearInterval(timer);
    awake.stop();
  }

  return { heartbeat, isAnswering, stop };
}
