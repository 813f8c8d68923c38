/**
 * What a tenant's jobs may cost in a day. A purchase is reserved when it is decided (when a job is accepted, or chosen to
 * be bought again), in the script that writes the decision and under the limit that is checked there; it is given back
 * when it turns out to have cost nothing. Amounts are whole micro-dollars, days are UTC by Redis' clock.
 */
import type { Change } from "../change.ts";
import { purchasesOf } from "../job.ts";
import type { Job } from "../job.ts";
import type { Keys } from "./keys.ts";
import type { Command, Condition } from "./scripts.ts";

const DAY_MS = 86_400_000;
/** A day's sum is kept for longer than any job can wait. */
const KEPT_S = 40 * 86_400;

/** No sum is as low. */
const NEVER = Number.MIN_SAFE_INTEGER;

export const dayOf = (ms: number): number => Math.floor(ms / DAY_MS);

/** The change, with the days that its purchases count in: each its own, a new one today, one that fell away none. */
export function withReservations(before: Job | null, change: Change, now: number): Change {
  const { job, spawned } = change;
  const reserved = { ...change, job: { ...job, reservedOn: reservedDays(before, job, now) } };
  return spawned ? { ...reserved, spawned: withReservations(null, spawned, now) } : reserved;
}

/** A purchase in place of another, such as the next attempt after one that was never sent, was decided on with that. */
function reservedDays(before: Job | null, job: Job, now: number): number[] {
  const earlier = new Map(before && purchasesOf(before).map((id, n) => [id, before.reservedOn[n]]));
  const present = purchasesOf(job);
  const vacant = [...earlier].filter(([id]) => !present.includes(id)).map(([, day]) => day);
  return present.map((id) => earlier.get(id) ?? vacant.shift() ?? dayOf(now));
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

/**
 * Holds a purchase that somebody decides on to the day's limit. What has been bought already is counted, never refused. What
 * nobody can estimate (prices came later than the job) cannot be limited, so its condition never holds.
 */
export function budgetConditions(keys: Keys, before: Job | null, change: Change, limit: number): Condition[] {
  const isDecision = before === null || change.transition === "resubmit";
  if (!isDecision) return [];
  const { job } = change;
  const counter = (day: number): string => keys.spent(job.tenant, day);
  if (job.estimate === null) return [["budget", counter(job.reservedOn.at(-1) ?? 0), 0, NEVER]];
  return movements(before, job)
    .filter(([, amount]) => amount > 0)
    .map(([day, amount]) => ["budget", counter(day), amount, limit]);
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
