import { SendError } from "./send-error.ts";

/** One bound in time for several steps. */
export interface TimeLimit {
  /** Aborted with SendError `timeout` when the time is up. */
  signal: AbortSignal;
  /** The work's result, or SendError `timeout` once the time is up: also for work that knows nothing of signals. */
  race<T>(work: Promise<T>): Promise<T>;
  /** To be called when the steps are over. */
  clear(): void;
}

export function startTimeLimit(ms: number): TimeLimit {
  const controller = new AbortController();
  const { signal } = controller;
  const timer = setTimeout(() => controller.abort(new SendError("timeout")), ms);
  const expired = new Promise<never>((_resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
  // Nobody may be waiting at that moment, and this must not end the process then.
  expired.catch(() => undefined);
  return {
    signal,
    race: (work) => Promise.race([work, expired]),
    clear: () => clearTimeout(timer),
  };
}
