/**
 * Proof of life. Every loop beats each time it turns; a loop that has been silent for longer than its own work can take is
 * stuck, and the process should be replaced. A loop that waits for a Redis that is away is not stuck.
 */
export type Heartbeat = ReturnType<typeof createHeartbeat>;

/** Idle loops turn every few seconds; this leaves room for a slow machine. */
const IDLE_MS = 30_000;

/** `now`: a clock in ms that should stand still while the process does. */
export function createHeartbeat(now: () => number = () => performance.now()) {
  const loops = new Map<string, { beatAt: number; limitMs: number }>();
  let awaySince: number | null = null;

  /** Announces a loop and returns its beat. `silenceMs`: how long its work may keep it from turning. */
  function expect(name: string, silenceMs: number): () => void {
    const loop = { beatAt: now(), limitMs: IDLE_MS + silenceMs };
    loops.set(name, loop);
    return () => {
      loop.beatAt = now();
    };
  }

  /** While Redis is away nothing is expected to turn; when it is back the loops get their full time again. */
  function redisAway(away: boolean): void {
    if (away) awaySince ??= now();
    else if (awaySince !== null) {
      awaySince = null;
      for (const loop of loops.values()) loop.beatAt = now();
    }
  }

  /** The loops that do not turn. `earlyMs`: those too that will be called stuck so soon if they do not turn. */
  function stuck(earlyMs = 0): string[] {
    if (awaySince !== null) return [];
    return [...loops]
      .filter(([, loop]) => now() - loop.beatAt > loop.limitMs - earlyMs)
      .map(([name]) => name);
  }

  return { expect, redisAway, stuck };
}
