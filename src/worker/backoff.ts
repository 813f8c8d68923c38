/** When to come again. Times in ms; `random` is uniform in [0, 1). */

export type PollGaps = { baseMs: number; maxMs: number; recoveryMs: number };

/**
 * The gap after the n-th look (n from 1): it starts at the base and grows by half each time up to the longest, spread by
 * a tenth to either side, so that tasks submitted together are not looked at together for ever.
 */
export function pollGap(looks: number, gaps: PollGaps, random: number): number {
  const gap = Math.min(gaps.maxMs, gaps.baseMs * 1.5 ** Math.min(looks - 1, 50));
  return Math.round(gap * (0.9 + 0.2 * random));
}

/** At most a fifth later than the schedule says. */
const LATEST = 1.2;

/** The wait before a delivery is tried again, at most a fifth later than the schedule says and never earlier; null: it is exhausted. */
export function deliveryWait(failures: number, scheduleS: readonly number[], random: number): number | null {
  const seconds = scheduleS[failures - 1];
  return seconds === undefined ? null : Math.round(seconds * 1000 * (1 + (LATEST - 1) * random));
}

/**
 * A short schedule, or its last attempt, must not be over because a breaker opened for a moment: after so long a destination
 * has failed at several probes, which are ten minutes apart at most.
 */
const LEAST_WAIT_MS = 3_600_000;

/**
 * Whether a schedule would be over if the attempt that was due at `nextAt` had been made and had failed, and so had all that
 * follow it: so long, but for an hour at least, a delivery waits for a destination that is down.
 */
export function isWaitOver(
  { failures, nextAt }: { failures: number; nextAt: number },
  scheduleS: readonly number[],
  now: number,
): boolean {
  const restS = scheduleS.slice(failures).reduce((sum, seconds) => sum + seconds, 0);
  return now - nextAt > Math.max(restS * 1000 * LATEST, LEAST_WAIT_MS);
}

const EGRESS_WAIT_MS = 15_000;

/** The wait after a fault of the egress proxy, a tenth to either side: what was put off together does not come back together. */
export const egressWait = (random: number): number => Math.round(EGRESS_WAIT_MS * (0.9 + 0.2 * random));
