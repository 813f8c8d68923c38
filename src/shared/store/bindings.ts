/** The Idempotency-Keys that a record names: their bindings live as long as it does. */
import type { Command } from "./scripts.ts";

/** How many keys a record keeps; it is read and written whole with every change. */
const KEYS_KEPT = 50;

type Keyed = { idempotencyKeys: string[] };

/**
 * The keys of a record with one more. The newest stay, and the first, which may be that of the purchase: it must find the
 * record for as long as there is one.
 */
export function withKey(keys: string[], key: string): string[] {
  if (keys.length < KEYS_KEPT) return [...keys, key];
  return [...keys.slice(0, 1), ...keys.slice(2 - KEYS_KEPT), key];
}

/** Bindings that the record no longer names would stay for ever. `forMs`: how long a repeat still finds what it did. */
export function expireDropped(before: Keyed | null, after: Keyed, forMs: number): Command[] {
  const dropped = (before?.idempotencyKeys ?? []).filter((key) => !after.idempotencyKeys.includes(key));
  return dropped.map((key) => ["PEXPIRE", key, forMs]);
}
