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
  const streams = [keys.audit, keys.auditOfTenants];
  const found = await Promise.all(streams.map((key) => readStretch(redis, key, newest, limit + 1)));
  const lines = found.flat().sort(newestFirst);
  const page = lines.slice(0, limit);
  return { lines: page, next: lines.length > limit ? (page.at(-1)?.id ?? null) : null };
}

async function readStretch(
  redis: RedisClient,
  key: string,
  newest: string,
  most: number,
): Promise<AuditLine[]> {
  const found = await redis.xrevrange(key, newest, "-", "COUNT", most);
  return found.map(([id, words]) => ({
    id,
    at: Number(id.split("-")[0]),
    ...parseEntry(key, AuditEntry, words),
  }));
}

const newestFirst = (a: AuditLine, b: AuditLine): number => b.at - a.at || countOf(b.id) - countOf(a.id);

/** The place of an entry among those of its millisecond. */
const countOf = (id: string): number => Number(id.split("-")[1]);
