/**
 * Lists, a page at a time, newest first. An entry's place never changes, and a page goes on where the one before ended, so
 * whoever follows the cursors meets every record that fits all the while exactly once, whatever comes or goes meanwhile.
 */
import { z } from "zod";

import type { Logger } from "../../shared/logger.ts";
import { readRecords, UnreadableRecordError } from "../../shared/store/record.ts";
import type { RedisClient } from "../../shared/store/redis.ts";
import { runScript } from "../../shared/store/scripts.ts";
import { tellUnreadable } from "../tell-unreadable.ts";
import { newestFirst, theBeginning, toCursor } from "./cursor.ts";
import type { Position } from "./cursor.ts";

/** The entries behind a place, in order, at most `count`; fewer only if these are all. */
export type Walk = (after: Position, count: number) => Promise<Position[]>;

export type List<T> = {
  walk: Walk;
  /** Their records; null where there is none that can be shown. */
  read: (ids: string[]) => Promise<(T | null)[]>;
  /** What the index does not decide. */
  matches: (record: T) => boolean;
};

/** `next`: where to go on; null = there is no more. */
export type Page<T> = { records: T[]; next: string | null };

/** At most this many entries are looked at for one page: a filter that hardly anything fits must not hold Redis up. */
const LONGEST_WALK = 1000;

/** Reads the page behind `after`. It is shorter than `limit`, and yet not the last, when the walk became too long. */
export async function readPage<T>(
  list: List<T>,
  limit: number,
  after: Position = theBeginning,
): Promise<Page<T>> {
  const records: T[] = [];
  let place = after;
  let walked = 0;
  // One more than wanted tells whether the page is the last.
  for (let count = limit + 1; walked < LONGEST_WALK; count = Math.min(2 * count, LONGEST_WALK - walked)) {
    const entries = await list.walk(place, count);
    const found = await list.read(entries.map(({ id }) => id));
    for (const [index, entry] of entries.entries()) {
      const record = found[index] ?? null;
      if (record !== null && list.matches(record)) records.push(record);
      place = entry;
      const isLast = index + 1 === entries.length && entries.length < count;
      if (isLast) return { records, next: null };
      if (records.length === limit) return { records, next: toCursor(place) };
    }
    if (entries.length === 0) return { records, next: null };
    walked += entries.length;
  }
  return { records, next: toCursor(place) };
}

const Stretches = z.array(z.array(z.string()));

/** Walks indexes that have no entry in common, as if they were one. `oldest` in ms. */
export const walkIndexes =
  (redis: RedisClient, indexes: string[], oldest = 0): Walk =>
  async (after, count) => {
    const words = [after.at, after.id, count, "newest"];
    const stretches = await runScript(redis, "page", indexes, words, Stretches);
    const entries = stretches.flatMap(toPositions).filter(({ at }) => at >= oldest);
    return entries.sort(newestFirst).slice(0, count);
  };

/** The same, oldest first, up to what is not older than `before`, in ms. The id '' is the place before all of a millisecond. */
export const climbIndexes =
  (redis: RedisClient, indexes: string[], before: number): Walk =>
  async (after, count) => {
    const words = [after.at, after.id, count, "oldest"];
    const stretches = await runScript(redis, "page", indexes, words, Stretches);
    const entries = stretches.flatMap(toPositions).filter(({ at }) => at < before);
    return entries.sort(oldestFirst).slice(0, count);
  };

const oldestFirst = (a: Position, b: Position): number => newestFirst(b, a);

const toPositions = (words: string[]): Position[] =>
  words.flatMap((id, index) => (index % 2 === 0 ? [{ at: Number(words[index + 1]), id }] : []));

/** Walks entries that are all known. `oldest` in ms. */
export const walkAll =
  (entries: Position[], oldest = 0): Walk =>
  async (after, count) =>
    entries
      .filter((entry) => entry.at >= oldest && newestFirst(after, entry) < 0)
      .sort(newestFirst)
      .slice(0, count);

/** The same, oldest first. */
export const climbAll =
  (entries: Position[], before: number): Walk =>
  async (after, count) =>
    entries
      .filter((entry) => entry.at < before && oldestFirst(after, entry) < 0)
      .sort(oldestFirst)
      .slice(0, count);

/** Reads records in one round trip. One that cannot be read is told of and left out: it must not hide all others. */
export const readAll =
  <T>(redis: RedisClient, keyOf: (id: string) => string, schema: z.ZodType<T>, log: Pick<Logger, "tell">) =>
  async (ids: string[]): Promise<(T | null)[]> => {
    if (ids.length === 0) return [];
    const found = await readRecords(redis, ids.map(keyOf), schema);
    return found.map((record, index) => {
      if (!(record instanceof UnreadableRecordError)) return record;
      tellUnreadable(log, record, ids[index]);
      return null;
    });
  };
