/** What is said of a line in the catalogue. */
import type { FieldName } from "./log-fields.ts";

export type Level = "debug" | "info" | "warn" | "error" | "fatal";

/**
 * `level`: the usual one; `other`: those that it takes as well, and when. `may`: fields that are there only if there is
 * something to say. `act`: what an operator should do about it; it travels with the line.
 */
export type Line = {
  level: Level;
  other?: Partial<Record<Level, { when: string; act?: string }>>;
  says: string;
  act?: string;
  fields: readonly FieldName[];
  may?: readonly FieldName[];
};
