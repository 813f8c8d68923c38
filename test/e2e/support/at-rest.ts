import { Redis } from "ioredis";
import { eventually } from "../../support/eventually.ts";

const AT_REST_WITHIN_MS = 60_000;

/** Whether no queue holds an entry any more: what the stopped had in hand is run once more by others, and must come to nothing. */
export async function untilAtRest(url: string, prefix: string): Promise<boolean> {
  const redis = new Redis(url);
  // Errors come to whoever asks.
  redis.on("error", () => undefined);
  try {
    return await eventually(async () => {
      const queues = ["submit", "poll", "deliver"].map((queue) => `{${prefix}}:${queue}`);
      const lists = queues.flatMap((queue) => [`${queue}:active`, `${queue}:wait`]);
      const sets = queues.flatMap((queue) => [`${queue}:delayed`, `${queue}:prioritized`]);
      const sizes = await Promise.all([
        ...lists.map((key) => redis.llen(key)),
        ...sets.map((key) => redis.zcard(key)),
      ]);
      if (sizes.some((size) => size > 0)) throw new Error(`entries left: ${sizes.join(" ")}`);
      return true;
    }, AT_REST_WITHIN_MS).catch(() => false);
  } finally {
    redis.disconnect();
  }
}
