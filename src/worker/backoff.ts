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

/** The wait before a delivery is tried again, at most a fifth later than the schedule says and never earlier; null: it is exhausted. */
export function deliveryWait(failures: number, scheduleS: readonly number[], random: number): number | null {
  const seconds = scheduleS[failures - 1];
  return seconds === undefined ? null : Math.round(seconds * 1000 * (1 + 0.2 * random));
}
