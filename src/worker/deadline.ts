/**
 * Starts a deadline `ms` milliseconds from now, measured on two clocks at once.
 *
 * Neither clock alone is enough to guard a purchase: the monotonic one stands still while the machine is
 * suspended, and the wall clock can be stepped. So the deadline is past as soon as either says so, and also when
 * the wall clock has gone back before the start, for then nobody can tell how much time went by.
 * A length that is not a number is past at once.
 */
export function startDeadline(ms: number, clocks: Clocks = SYSTEM_CLOCKS): Deadline {
  const wallStart = clocks.wallMs();
  const wallEnd = wallStart + ms;
  const monotonicEnd = clocks.monotonicMs() + ms;

  function remainingMs(): number {
    const wall = clocks.wallMs();
    const left = Math.min(wallEnd - wall, monotonicEnd - clocks.monotonicMs());
    return wall >= wallStart && left > 0 ? left : 0;
  }

  return { isPast: () => remainingMs() === 0, remainingMs };
}

/** A point in time after which something must no longer be begun. */
export type Deadline = {
  /** Whether either clock has passed its mark, or the wall clock went back before the start. */
  isPast(): boolean;
  /** Milliseconds left on the clock that is nearer to its mark; 0 exactly when the deadline is past. */
  remainingMs(): number;
};

/** Where a deadline reads the time, both in milliseconds: since the epoch, and since any fixed moment. */
export type Clocks = {
  wallMs(): number;
  monotonicMs(): number;
};

const SYSTEM_CLOCKS: Clocks = { wallMs: () => Date.now(), monotonicMs: () => performance.now() };
