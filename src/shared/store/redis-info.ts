import type { RedisClient } from "./redis.ts";

/** What a server says of itself: the fields of `INFO`, by name. On a Cluster, one of the servers. */
export async function readInfo(redis: RedisClient): Promise<Record<string, string>> {
  const text = await redis.info();
  // An address among the values may have colons of its own.
  const lines = text.split(/\r?\n/).map((line) => /^([^:]*):?(.*)$/.exec(line) ?? []);
  return Object.fromEntries(lines.map(([, name = "", value = ""]) => [name, value]));
}
