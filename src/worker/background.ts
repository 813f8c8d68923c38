/** Work under way that a graceful shutdown waits for. */
import type { Logger } from "../shared/logger.ts";

export type Background = ReturnType<typeof createBackground>;

export function createBackground(log: Logger) {
  const running = new Set<Promise<void>>();

  /** Counts the work in, and hands it on as it is. */
  function track<T>(work: Promise<T>): Promise<T> {
    const ended = work.then(
      () => undefined,
      () => undefined,
    );
    running.add(ended);
    void ended.then(() => running.delete(ended));
    return work;
  }

  /** The same for work that nobody awaits: its failure is logged. */
  function add(work: Promise<void>): void {
    track(work).catch((error: unknown) => log.tell("background.failed", { err: error }));
  }

  /** Resolves when nothing is running any more. */
  async function drain(): Promise<void> {
    while (running.size > 0) await Promise.all(running);
  }

  return { track, add, drain };
}
