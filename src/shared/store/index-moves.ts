import type { Command } from "./scripts.ts";

/**
 * The commands that bring a record from the indexes it was in to those it belongs in: sorted sets of ids by time, in ms.
 * null = it does not exist.
 */
export function indexMoves<T extends { id: string; createdAt: number }>(
  before: T | null,
  after: T | null,
  indexesOf: (record: T) => string[],
): Command[] {
  const present = after ?? before;
  if (!present) return [];
  const left = before ? indexesOf(before) : [];
  const entered = after ? indexesOf(after) : [];
  return [
    ...left.filter((key) => !entered.includes(key)).map((key): Command => ["ZREM", key, present.id]),
    ...entered
      .filter((key) => !left.includes(key))
      .map((key): Command => ["ZADD", key, present.createdAt, present.id]),
  ];
}
