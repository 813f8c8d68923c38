/** A line of a job's history as callers see it. */
import type { HistoryEntry } from "../../shared/store/jobs.ts";
import { iso } from "../../shared/wire.ts";

/** The fact's own words come flat beside what every entry has. */
export function toWireEntry({ id, at, kind, fact }: HistoryEntry) {
  const { kind: _kind, version, status, ...detail } = fact;
  return { id, at: iso(at), type: kind, version, status, ...detail };
}
