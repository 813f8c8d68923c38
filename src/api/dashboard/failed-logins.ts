/**
 * How often an address has failed to name the operator's key, over all API processes; a minute begins with its first
 * failure. A key is compared before Redis is asked, and then Redis puts all guesses in one order, so many at once learn no
 * more than as many in a row. Sessions that are open are left alone.
 *
 * `@fastify/rate-limit`, which counts tenants' requests, cannot look without counting.
 */
import type { FastifyReply, FastifyRequest } from "fastify";

import { parseAddress } from "../../shared/webhook/address.ts";
import type { Keys } from "../../shared/store/keys.ts";
import type { RedisClient } from "../../shared/store/redis.ts";
import { Problem } from "../problem.ts";

const MOST = 10;
const WINDOW_S = 60;

export type FailedLogins = ReturnType<typeof createFailedLogins>;

export function createFailedLogins(redis: RedisClient, keys: Keys) {
  const keyOf = ({ ip }: FastifyRequest): string => keys.failedLogins(networkOf(ip));

  /** Counts one. Throws 429 beyond the limit. */
  async function count(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const key = keyOf(request);
    const answers = await redis.multi().set(key, 0, "EX", WINDOW_S, "NX").incr(key).exec();
    const [error, failures] = answers?.[1] ?? [];
    if (error) throw error;
    if (Number(failures) > MOST) throw await refusal(key, reply);
    request.log.tell("operator.refused", { address: request.ip });
  }

  /** Throws 429 when the limit is reached: from then on the right key gets no further than a wrong one. */
  async function refuseIfMany(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const key = keyOf(request);
    if (Number(await redis.get(key)) >= MOST) throw await refusal(key, reply);
  }

  async function refusal(key: string, reply: FastifyReply): Promise<Problem> {
    const resetS = Math.max(1, await redis.ttl(key));
    reply.header("retry-after", resetS);
    return new Problem("rate_limited", `Too many failed logins from your address. Try again in ${resetS} s.`);
  }

  return { count, refuseIfMany };
}

/** Whoever has one IPv6 address has the 2^64 of its network. */
function networkOf(ip: string): string {
  const address = parseAddress(ip.replace(/%.*/, ""));
  if (!address) return "unknown";
  const { family, value } = address;
  return `${family}-${(family === 4 ? value : value >> 64n).toString(16)}`;
}
