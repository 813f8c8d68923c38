/**
 * Time as this process lives it, in ms: it stands still while the process does. Who was frozen (a suspended machine, a
 * starved container) has missed nothing in the meantime, and must not be judged by it.
 */
export function createAwakeClock(now: () => number = () => performance.now()): AwakeClock {
  let awakeMs = 0;
  let seenAt = now();

  function look(): number {
    const at = now();
    awakeMs += Math.min(at - seenAt, LONGEST_TICK_MS);
    seenAt = at;
    return awakeMs;
  }

  const timer = setInterval(look, TICK_MS).unref();
  return { now: look, stop: () => clearInterval(timer) };
}

export type AwakeClock = { now: () => number; stop: () => void };

const TICK_MS = 1000;
/** A process that does not look at the clock for longer than this stands still. */
const LONGEST_TICK_MS = 5000;
