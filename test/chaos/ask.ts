/** A caller that does not take silence for an answer: it repeats a request, at one API or another, until one is given. */
import { setTimeout as sleep } from "node:timers/promises";
import { request } from "undici";

import type { Fleet } from "./fleet.ts";

export type Question = {
  method: "GET" | "POST" | "DELETE";
  path: string;
  key: string;
  body?: unknown;
  idempotencyKey?: string;
  /** A status that is an answer here, though it would not be elsewhere. */
  takes?: number;
  /** Hangs up on the first try after so many ms. */
  hangsUpMs?: number | null;
};

export type Answer = { status: number; body: unknown; tries: number };

/** Resolves with the first answer that is one: neither a 5xx nor a 429. Null when there was none in time. */
export type Ask = (question: Question) => Promise<Answer | null>;

export type CallerCounts = { repeated: number; hungUp: number; refused: number };

const PATIENCE_MS = 4000;
const GIVES_UP_MS = 600_000;

export function createAsk(fleet: Fleet, counts: CallerCounts): Ask {
  let turn = 0;
  return async (question) => {
    const deadline = performance.now() + GIVES_UP_MS;
    for (let tries = 1; performance.now() < deadline; tries++) {
      const program = fleet.apis[turn++ % fleet.apis.length]?.program;
      const hangsUpMs = tries === 1 ? (question.hangsUpMs ?? null) : null;
      const answer = program ? await askOnce(program.url, question, hangsUpMs ?? PATIENCE_MS) : null;
      if (answer && isAnswer(answer.status, question)) return { ...answer, tries };
      if (answer) counts.refused += 1;
      else if (hangsUpMs !== null) counts.hungUp += 1;
      counts.repeated += 1;
      await sleep(50 + Math.min(tries, 10) * 50 * Math.random());
    }
    return null;
  };
}

const isAnswer = (status: number, { takes }: Question): boolean =>
  status === takes || (status < 500 && status !== 429);

async function askOnce(
  base: string,
  { method, path, key, body, idempotencyKey }: Question,
  withinMs: number,
): Promise<{ status: number; body: unknown } | null> {
  const headers = {
    authorization: `Bearer ${key}`,
    ...(body === undefined ? {} : { "content-type": "application/json" }),
    ...(idempotencyKey === undefined ? {} : { "idempotency-key": idempotencyKey }),
  };
  const content = body === undefined ? {} : { body: JSON.stringify(body) };
  try {
    const signal = AbortSignal.timeout(withinMs);
    const answer = await request(`${base}${path}`, { method, headers, ...content, signal });
    const text = await answer.body.text();
    return { status: answer.statusCode, body: text === "" ? null : JSON.parse(text) };
  } catch {
    return null;
  }
}
