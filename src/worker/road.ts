/** What all workers know together about the road to Novita: the breaker, the pace, and when a look last went well. */
import { z } from "zod";

import type { Keys } from "../shared/store/keys.ts";
import type { RedisClient } from "../shared/store/redis.ts";
import { runScript } from "../shared/store/scripts.ts";

/** What one submission's outcome says about the road, beside what it says about its job; see `breaker.lua`. */
export type Verdict =
  | { as: "trouble" }
  | { as: "open"; cause: "account" | "proxy" }
  | { as: "refused" }
  | { as: "closed" }
  | { as: "wait"; ms: number };

/** So many unknown outcomes or failed connections in a row stop the buying: a brownout must not eat the backlog. */
const TROUBLES_TO_OPEN = 3;
const GOOD_LOOK_MS = 60_000;

export type Road = ReturnType<typeof createRoad>;

export function createRoad(redis: RedisClient, keys: Keys, probeIntervalMs: number) {
  /** Returns the cause for which the breaker is open now, or null. `begunAt`: when the attempt began, Redis' ms. */
  async function report(verdict: Verdict, model: string, begunAt: number): Promise<string | null> {
    const cause = verdict.as === "open" ? verdict.cause : verdict.as === "trouble" ? "trouble" : "";
    const waitMs = verdict.as === "wait" ? verdict.ms : 0;
    const words = [verdict.as, cause, begunAt, TROUBLES_TO_OPEN, waitMs, probeIntervalMs];
    const scriptKeys = [keys.breaker, keys.probe, keys.pace(model)];
    return (await runScript(redis, "breaker", scriptKeys, words, z.string())) || null;
  }

  async function noteGoodLook(taskId: string, now: number): Promise<void> {
    await redis.hset(keys.lastLook, { at: now, task: taskId });
  }

  /** Whether a look at some other task went well within the last minute: only then does a 404 speak of the task alone. */
  async function looksWorkElsewhere(taskId: string, now: number): Promise<boolean> {
    const [at, task] = await redis.hmget(keys.lastLook, "at", "task");
    return task !== taskId && Number(at ?? 0) > now - GOOD_LOOK_MS;
  }

  return { report, noteGoodLook, looksWorkElsewhere };
}
