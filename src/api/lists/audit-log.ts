/** Reads the audit log, newest first. */
import { AuditEntry } from "../../shared/store/audit.ts";
import { parseEntry } from "../../shared/store/entries.ts";
import type { Keys } from "../../shared/store/keys.ts";
import type { RedisClient } from "../../shared/store/redis.ts";

/** `at` in ms by Redis' clock; `id` is its place in the log. */
export type AuditLine = AuditEntry & { id: string; at: number };

/** The form of an entry's id, which is a Redis stream's; no entry is the zeroth. */
export const isAuditId = (text: string): boolean => /^(?!0+-0+$)\d{1,15}-\d{1,15}$/.test(text);

/** At most `limit` entries older than `after`; `next` is null when there are no more. */
export async function readAuditLog(
  redis: RedisClient,
  keys: Keys,
  { limit, after }: { limit: number; after?: string | undefined },
): Promise<{ lines: AuditLine[]; next: string | null }> {
  const newest = after === undefined ? "+" : `(${after}`;
  const found = await redis.xrevrange(keys.audit, newest, "-", "COUNT", limit + 1);
  const lines = found.slice(0, limit).map(([id, words]) => ({
    id,
    at: Number(id.split("-")[0]),
    ...parseEntry(keys.audit, AuditEntry, words),
  }));
  return { lines, next: found.length > limit ? (lines.at(-1)?.id ?? null) : null };
}
