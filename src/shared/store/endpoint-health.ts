/**
 * The health of an endpoint: since when there was nothing but failures, and how many events were given up meanwhile. It is
 * written with the result of each attempt. One success forgets it all; a test says nothing, and neither does a fault of ours.
 */
import type { Delivery } from "../delivery.ts";
import type { AttemptEntry } from "./attempts.ts";
import type { Keys } from "./keys.ts";
import { orCorrupt } from "./record.ts";
import type { RedisClient } from "./redis.ts";
import type { Command } from "./scripts.ts";

/** `failingSince`: Redis' ms; null: no failure since the last success. `exhausted`: events given up since then. */
export type EndpointHealth = { failingSince: number | null; exhausted: number };

/** The rule is Svix': nothing but failures for so long, and so many events given up. */
const FAILING_MS = 5 * 86_400_000;
const FEWEST_EXHAUSTED = 2;

/** Failures without another one for so long do not count any more: there may have been nothing to take since. */
const FORGOTTEN_MS = 2 * FAILING_MS;

export const isFailing = ({ failingSince, exhausted }: EndpointHealth, now: number): boolean =>
  failingSince !== null && now - failingSince >= FAILING_MS && exhausted >= FEWEST_EXHAUSTED;

export async function readHealth(
  redis: RedisClient,
  keys: Keys,
  endpointId: string,
): Promise<EndpointHealth> {
  const key = keys.endpointHealth(endpointId);
  const [since, exhausted] = await orCorrupt(key, redis.hmget(key, "failingSince", "exhausted"));
  return { failingSince: since ? Number(since) : null, exhausted: Number(exhausted ?? 0) };
}

/** What the end of an attempt says about the endpoint that it went to. `status`: the delivery's afterwards. */
export function healthCommands(
  keys: Keys,
  { endpointId, isTest }: Delivery,
  { error_code: errorCode }: Pick<AttemptEntry, "error_code">,
  status: Delivery["status"],
  now: number,
): Command[] {
  if (endpointId === null || isTest || errorCode === "internal_error") return [];
  if (errorCode === null) return [forgetHealth(keys, endpointId)];
  const key = keys.endpointHealth(endpointId);
  const failed: Command[] = [["HSETNX", key, "failingSince", now]];
  if (status === "failed") failed.push(["HINCRBY", key, "exhausted", 1]);
  return [...failed, ["PEXPIRE", key, FORGOTTEN_MS]];
}

/** For an endpoint that is enabled again, or deleted. */
export const forgetHealth = (keys: Keys, endpointId: string): Command => [
  "DEL",
  keys.endpointHealth(endpointId),
];
