/**
 * How many requests a minute a tenant may make, over all its keys and all API processes: a minute begins with its first
 * request, and is counted in Redis. Only those who have a tenant's key are counted: whoever has none is turned away before,
 * at the price of a hash, or of a read of Redis for what looks like a made key, so nobody can spend another's requests;
 * floods of that kind are for the network to stop.
 */
import rateLimit from "@fastify/rate-limit";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";

import type { Keys } from "../../shared/store/keys.ts";
import { isReadable } from "../../shared/store/redis.ts";
import type { RedisClient } from "../../shared/store/redis.ts";
import { tenantOf } from "../auth.ts";
import { announceLimit } from "./limit-headers.ts";
import { Problem } from "../problem.ts";

const WINDOW_S = 60;

export type CountRequest = (request: FastifyRequest, reply: FastifyReply) => Promise<void>;

/**
 * Counts on the API's own connection, whose commands give up soon: a Redis that does not answer is told of as one that is
 * away. One that can only be read counts nothing, and is read.
 */
export async function createRateLimit(
  app: FastifyInstance,
  redis: RedisClient,
  keys: Keys,
  quota: number,
): Promise<CountRequest> {
  // The plugin counts; its own headers are those of older drafts, and it would not tell of the limit on refusals of others.
  await app.register(rateLimit, {
    global: false,
    redis,
    nameSpace: keys.rate,
    max: quota,
    timeWindow: WINDOW_S * 1000,
    keyGenerator: (request) => tenantOf(request.caller),
  });
  const count = app.createRateLimit();

  /** Tells of the limit on every answer; throws 429 beyond it. */
  return async function countRequest(request, reply) {
    if (request.caller.as === "operator") return;
    const counted = await count(request).catch(unlessReadable);
    if (!counted || counted.isAllowed) return;
    const { remaining, isExceeded } = counted;
    const resetS = Math.max(1, counted.ttlInSeconds);
    announceLimit(reply, { name: "requests", quota, windowS: WINDOW_S, remaining, resetS });
    if (!isExceeded) return;
    reply.header("retry-after", resetS);
    throw new Problem("rate_limited", `At most ${quota} requests a minute. Try again in ${resetS} s.`);
  };
}

function unlessReadable(error: unknown): null {
  if (error instanceof Error && isReadable(error)) return null;
  throw error;
}
