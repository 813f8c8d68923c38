/**
 * The keys that were made by command: a record for each, named after the key's hash, so that whoever reads all of Redis can
 * call in nobody's name. A revoked key is kept, for the list, and lets nobody in again.
 */
import { z } from "zod";

import { digestOf } from "../../shared/bearer.ts";
import { newKeyId } from "../../shared/ids.ts";
import { stored } from "../../shared/stored.ts";
import { auditCommand } from "../../shared/store/audit.ts";
import type { Keys } from "../../shared/store/keys.ts";
import { commitRecord, readClock, readRecord, stateCommand } from "../../shared/store/record.ts";
import type { RedisClient } from "../../shared/store/redis.ts";
import type { Command } from "../../shared/store/scripts.ts";
import { newApiKey } from "./api-key.ts";

/** Times in ms by Redis' clock. */
const MadeKey = stored({
  status: z.enum(["active", "revoked"]),
  version: z.number(),
  id: z.string(),
  tenant: z.string(),
  name: z.string().nullable(),
  createdAt: z.number(),
  revokedAt: z.number().nullable(),
});
export type MadeKey = z.infer<typeof MadeKey>;

export type KeyStore = ReturnType<typeof createKeyStore>;

/** What the audit log calls whoever may run commands on the installation. */
export const BY = "operator (npm run keys)";

/** What a key's record is named after. */
const nameOf = (key: string): string => digestOf(key).toString("base64url");

export function createKeyStore(redis: RedisClient, keys: Keys) {
  const read = (digest: string) => readRecord(redis, keys.apiKey(digest), MadeKey);

  /** Makes a key for a tenant. Nobody can be told it again. */
  async function createKey(tenant: string, name: string | null): Promise<{ key: string; made: MadeKey }> {
    const key = newApiKey();
    const digest = nameOf(key);
    const createdAt = await readClock(redis);
    const made: MadeKey = {
      status: "active",
      version: 1,
      id: newKeyId(),
      tenant,
      name,
      createdAt,
      revokedAt: null,
    };
    await write(digest, null, made, [["HSET", keys.apiKeys, made.id, digest], deed("key.create", made)]);
    return { key, made };
  }

  /** Whose key it is; null when it is unknown or revoked. */
  async function findKey(key: string): Promise<MadeKey | null> {
    const found = await read(nameOf(key));
    return found?.record.status === "active" ? found.record : null;
  }

  /** All of them, oldest first. */
  async function listKeys(): Promise<MadeKey[]> {
    const found = await Promise.all(Object.values(await redis.hgetall(keys.apiKeys)).map(read));
    return found.flatMap((each) => (each ? [each.record] : [])).sort((a, b) => a.createdAt - b.createdAt);
  }

  /** The key as it is now, revoked, and whether it was so before; null when there is no such id. */
  async function revokeKey(id: string): Promise<{ key: MadeKey; wasRevoked: boolean } | null> {
    const digest = await redis.hget(keys.apiKeys, id);
    const found = digest === null ? null : await read(digest);
    if (digest === null || !found) return null;
    const before = found.record;
    if (before.status === "revoked") return { key: before, wasRevoked: true };
    const after: MadeKey = {
      ...before,
      status: "revoked",
      version: before.version + 1,
      revokedAt: found.now(),
    };
    const isWritten = await write(digest, before, after, [deed("key.revoke", after)]);
    return isWritten ? { key: after, wasRevoked: false } : revokeKey(id);
  }

  /** Whether any was ever made. */
  const hasKeys = async (): Promise<boolean> => (await redis.hlen(keys.apiKeys)) > 0;

  async function write(
    digest: string,
    before: MadeKey | null,
    after: MadeKey,
    also: Command[],
  ): Promise<boolean> {
    const key = keys.apiKey(digest);
    const guard = { key, version: before?.version ?? 0, sources: before ? [before.status] : [] };
    return (await commitRecord(redis, guard, [stateCommand(key, after), ...also])).as === "written";
  }

  const deed = (action: string, { tenant, id }: MadeKey): Command =>
    auditCommand(keys, { action, by: BY, tenant, subject: id });

  return { createKey, findKey, listKeys, revokeKey, hasKeys };
}
