// Callers that post jobs, steadily, whatever happens to Redis. A request that is refused, or not answered, is repeated with
// the same Idempotency-Key, as the contract asks, until it is answered.
import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { post } from "../e2e/support/caller.ts";
import { eventually } from "../support/eventually.ts";

/** How many requests are under way at once, and a caller's pause between two of its jobs, in ms. */
const CALLERS = 8;
const PAUSE_MS = 120;
const REPEAT_AFTER_MS = 100;
const REACHED_WITHIN_MS = 120_000;

/** One job of the run; `mark` names it at Novita and at the receiver, `id` is that of the acknowledged job. */
export type Posted = { mark: string; id: string };

export type Load = {
  readonly posted: readonly Posted[];
  /** Requests that were answered by an error, or not at all. */
  readonly refused: number;
  /** Resolves when so many jobs have been acknowledged. */
  untilAcknowledged(count: number): Promise<void>;
  /** Resolves when all have been. */
  ended: Promise<void>;
  /** The longest time without an acknowledgement from `since` (performance.now()) on, in ms. */
  longestGapMs(since: number): number;
};

export type LoadOptions = { apis: string[]; jobs: number; prefix: string; receiver: string };

export function startLoad({ apis, jobs, prefix, receiver }: LoadOptions): Load {
  const posted: Posted[] = [];
  const acknowledgedAt: number[] = [];
  let refused = 0;
  let next = 0;

  async function postUntilAnswered(n: number): Promise<void> {
    const mark = `${prefix}-${n}`;
    for (let turn = n; ; turn++) {
      const id = await ask(apis[turn % apis.length] ?? "", mark, receiver);
      if (id !== null) {
        posted.push({ mark, id });
        acknowledgedAt.push(performance.now());
        return;
      }
      refused += 1;
      await delay(REPEAT_AFTER_MS);
    }
  }

  async function call(): Promise<void> {
    while (next < jobs) {
      await postUntilAnswered(next++);
      await delay(PAUSE_MS);
    }
  }

  const ended = Promise.all(Array.from({ length: CALLERS }, call)).then(() => undefined);
  return {
    posted,
    get refused() {
      return refused;
    },
    untilAcknowledged: (count) =>
      eventually(() => {
        if (posted.length < Math.min(count, jobs))
          throw new Error(`only ${posted.length} jobs are acknowledged`);
      }, REACHED_WITHIN_MS),
    ended,
    longestGapMs: (since) => longestGap([since, ...acknowledgedAt.filter((at) => at > since)]),
  };
}

/** The id of the acknowledged job; null when it must be asked again. */
async function ask(api: string, mark: string, receiver: string): Promise<string | null> {
  const body = {
    input: { prompt: `[[job:${mark}]] [[sim:gen=500]] [[sim:submit=accept-then-late:200]]` },
    webhook: { url: `${receiver}/${mark}` },
  };
  const answer = await post(api, body, { idempotencyKey: mark }).catch(() => null);
  if (answer === null || answer.status >= 500) return null;
  if (answer.status > 202) throw new Error(`POST answered ${answer.status}: ${JSON.stringify(answer.body)}`);
  return Acknowledged.parse(answer.body).id;
}

const Acknowledged = z.looseObject({ id: z.string() });

const longestGap = (times: number[]): number =>
  times.reduce((longest, at, n) => Math.max(longest, at - (times[n - 1] ?? at)), 0);
