import type { Logger } from "../shared/logger.ts";

const WINDOW_MS = 10_000;

/** A listener for errors that may come by the thousand (a Redis out of memory does that): each message once in ten seconds. */
export const throttleErrors = (log: Logger): ((error: Error) => void) =>
  throttle((err) => log.tell("stage.error", { err }));

export function throttle(tell: (error: Error) => void): (error: Error) => void {
  const seen = new Map<string, number>();
  return (error) => {
    const last = seen.get(error.message) ?? -Infinity;
    if (performance.now() - last < WINDOW_MS) return;
    if (seen.size > 100) seen.clear();
    seen.set(error.message, performance.now());
    tell(error);
  };
}
