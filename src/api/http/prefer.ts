/** `Prefer: wait=N` (RFC 7240, 4.3): how long a caller likes to wait for an answer that says more. */
import { parseList } from "./header-list.ts";

export const MAX_WAIT_S = 60;

/** Seconds, 1 to 60; null: no such wish, or one that makes no sense, which is to be ignored. Only the first one counts. */
export function preferredWaitS(header: string | string[] | undefined): number | null {
  const preferences = parseList([header ?? ""].flat().join(","));
  const wait = preferences.find(({ name }) => name === "wait")?.value ?? "";
  const seconds = /^\d+$/.test(wait) ? Number(wait) : 0;
  return seconds > 0 ? Math.min(seconds, MAX_WAIT_S) : null;
}
