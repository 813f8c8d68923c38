/** What all workers know together about the road to Novita: the breaker, the pace, and when a look last went well. */
import { z } from "zod";

import type { BreakerCause } from "../shared/breaker.ts";
import type { Keys } from "../shared/store/keys.ts";
import type { RedisClient } from "../shared/store/redis.ts";
import { runScript } from "../shared/store/scripts.ts";

/** What one submission's outcome says about the road, beside what it says about its job; see `breaker.lua`. */
export type Verdict =
  | { as: "trouble" }
  | { as: "open"; cause: Exclude<BreakerCause, "trouble"> }
  | { as: "refused" }
  | { as: "closed" }
  | { as: "wait"; ms: number };

/** This many unknown outcomes or failed connections in a row stop submissions: a brownout must not eat the backlog. */
const TROUBLES_TO_OPEN = 3;
const GOOD_LOOK_MS = 60_000;
/** Two tasks' last good looks are enough to know of one that is another's. */
const GOOD_LOOKS_KEPT = 2;
/** Looks are many and a note is for a minute: to write one more within a second would tell nobody anything. */
const NOTED_FOR_MS = 1000;

export type Road = ReturnType<typeof createRoad>;

export function createRoad(redis: RedisClient, keys: Keys, probeIntervalMs: number) {
  /** Returns the cause of a breaker that this opened, `closed`, or null. `begunAt`: when the attempt began, Redis' ms. */
  async function report(verdict: Verdict, model: string, begunAt: number): Promise<string | null> {
    const cause = verdict.as === "open" ? verdict.cause : verdict.as === "trouble" ? "trouble" : "";
    const waitMs = verdict.as === "wait" ? verdict.ms : 0;
    const words = [verdict.as, cause, begunAt, TROUBLES_TO_OPEN, waitMs, probeIntervalMs];
    const scriptKeys = [keys.breaker, keys.probe, keys.pace(model)];
    return (await runScript(redis, "breaker", scriptKeys, words, z.string())) || null;
  }

  /** What this process has noted of late: two tasks, which stand for all others. */
  const noted = new Map<string, number>();

  function isNews(taskId: string, now: number): boolean {
    for (const [task, at] of noted) if (Math.abs(now - at) >= NOTED_FOR_MS) noted.delete(task);
    return !noted.has(taskId) && noted.size < GOOD_LOOKS_KEPT;
  }

  async function noteGoodLook(taskId: string, now: number): Promise<void> {
    if (!isNews(taskId, now)) return;
    noted.set(taskId, now);
    await redis
      .pipeline()
      .zadd(keys.goodLooks, now, taskId)
      .zremrangebyrank(keys.goodLooks, 0, -1 - GOOD_LOOKS_KEPT)
      .exec();
  }

  /** Whether a look at some other task went well within the last minute: only then does a 404 speak of the task alone. */
  async function looksWorkElsewhere(taskId: string, now: number): Promise<boolean> {
    const recent = await redis.zrange(keys.goodLooks, now - GOOD_LOOK_MS, "+inf", "BYSCORE");
    return recent.some((task) => task !== taskId);
  }

  return { report, noteGoodLook, looksWorkElsewhere };
}
