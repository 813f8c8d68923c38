import type { Answer } from "./answer.ts";
import { retryAfterHeader } from "./faults/fault.ts";
import { refuse, type Reason } from "./refusals.ts";
import type { Settings } from "./settings.ts";

export type Refused = { reason: Reason; answer: Answer };

const MINUTE_MS = 60_000;
const CONCURRENCY_WAIT_MS = 5_000;

/** The account's limits, in the order in which they refuse: submits a minute, tasks at once, the wallet. */
export class Limits {
  /** Times of the submits that passed the window; refused ones do not lengthen the wait. */
  #passed: number[] = [];

  /** Returns the refusal, or undefined for a submit that may be sold. */
  check(settings: Settings, now: number, inFlight: number, chargeMicros: number): Refused | undefined {
    const waitMs = settings.rpm === null ? 0 : this.#passWindow(settings.rpm, now);
    if (waitMs > 0) return rateLimited(settings, waitMs, now);
    if (inFlight >= (settings.concurrency ?? Infinity))
      return rateLimited(settings, CONCURRENCY_WAIT_MS, now);
    if (chargeMicros > (settings.balanceMicros ?? Infinity)) return refused("BILLING_BALANCE_NOT_ENOUGH");
    return undefined;
  }

  clear(): void {
    this.#passed = [];
  }

  /** Returns how long until the oldest leaves a full window; 0 = passed. */
  #passWindow(rpm: number, now: number): number {
    this.#passed = this.#passed.filter((at) => at > now - MINUTE_MS);
    const [oldest = now] = this.#passed;
    if (this.#passed.length >= rpm) return oldest + MINUTE_MS - now;
    this.#passed.push(now);
    return 0;
  }
}

export function refused(reason: Reason, message?: string, headers?: Record<string, string>): Refused {
  return { reason, answer: refuse(reason, message, headers) };
}

function rateLimited({ retryAfter }: Settings, waitMs: number, now: number): Refused {
  const seconds = Math.ceil(waitMs / 1000);
  const values = { seconds: String(seconds), date: `date+${seconds}`, garbage: "soon", none: undefined };
  return refused("RATE_LIMIT_EXCEEDED", undefined, retryAfterHeader(values[retryAfter], now));
}
