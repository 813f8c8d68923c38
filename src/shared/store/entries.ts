/** Streams whose entries are each one JSON text, which comes last: histories, attempts, the audit log. */
import type { z } from "zod";

import { CorruptRecordError, reasonOf } from "./record.ts";

/** What an entry of the stream at `key` says. Throws when nobody can understand it. */
export function parseEntry<T>(key: string, schema: z.ZodType<T>, words: string[]): T {
  try {
    return schema.parse(JSON.parse(words.at(-1) ?? ""));
  } catch (error) {
    throw new CorruptRecordError(key, reasonOf(error));
  }
}
