/** The commands that bring a record from the indexes it was in to those it belongs in: sorted sets of ids by time, in ms. */
import type { Command } from "./scripts.ts";

export const indexMoves = (
  left: string[],
  entered: string[],
  { id, at }: { id: string; at: number },
): Command[] => [
  ...left.filter((key) => !entered.includes(key)).map((key): Command => ["ZREM", key, id]),
  ...entered.filter((key) => !left.includes(key)).map((key): Command => ["ZADD", key, at, id]),
];
