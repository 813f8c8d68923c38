/**
 * What a tenant's jobs may cost in a day. A purchase is reserved when it is decided (when a job is accepted, or chosen to
 * be bought again), in the script that writes the decision and under the limit that is checked there; it is given back
 * when it turns out to have cost nothing. Amounts are whole micro-dollars, days are UTC by Redis' clock.
 */
import type { Change } from "../change.ts";
import { purchases } from "../job.ts";
import type { Job } from "../job.ts";
import type { Keys } from "./keys.ts";
import type { Command, Condition } from "./scripts.ts";

const DAY_MS = 86_400_000;
/** A day's sum is kept for longer than any job can wait. */
const KEPT_S = 40 * 86_400;

export const dayOf = (ms: number): number => Math.floor(ms / DAY_MS);

/** The change, with the days that its purchases count in: a new one today, one that fell away not at all. */
export function withReservations(change: Change, now: number): Change {
  const { job, spawned } = change;
  const reserved = { ...change, job: { ...job, reservedOn: reservedDays(job, now) } };
  return spawned ? { ...reserved, spawned: withReservations(spawned, now) } : reserved;
}

function reservedDays(job: Job, now: number): number[] {
  const missing = Math.max(0, purchases(job) - job.reservedOn.length);
  return [...job.reservedOn.slice(0, purchases(job)), ...Array.from({ length: missing }, () => dayOf(now))];
}

/** Moves the sums of the days that a change has touched. */
export function budgetCommands(keys: Keys, before: Job | null, job: Job): Command[] {
  return movements(before, job).flatMap(([day, amount]): Command[] => {
    const key = keys.spent(job.tenant, day);
    return [
      ["INCRBY", key, amount],
      ["EXPIRE", key, KEPT_S],
    ];
  });
}

/** Holds a purchase that somebody decides on to the day's limit. What has been bought already is counted, never refused. */
export function budgetConditions(keys: Keys, before: Job | null, change: Change, limit: number): Condition[] {
  const isDecision = before === null || change.transition === "resubmit";
  if (!isDecision) return [];
  return movements(before, change.job)
    .filter(([, amount]) => amount > 0)
    .map(([day, amount]) => ["budget", keys.spent(change.job.tenant, day), amount, limit]);
}

/** By how much a change moves the sum of each day. */
function movements(before: Job | null, job: Job): [day: number, amount: number][] {
  const earlier = before?.reservedOn ?? [];
  const estimate = job.estimate ?? 0;
  return [...new Set([...earlier, ...job.reservedOn])]
    .map((day): [number, number] => [day, estimate * (count(job.reservedOn, day) - count(earlier, day))])
    .filter(([, amount]) => amount !== 0);
}

const count = (days: number[], day: number): number => days.filter((each) => each === day).length;
