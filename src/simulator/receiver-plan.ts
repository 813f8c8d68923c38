import { z } from "zod";
import { send, type Answer } from "./answer.ts";

/** One answer. `drop` resets the line, `hang` never answers. */
export interface Step {
  status?: number;
  headers?: Record<string, string>;
  body?: string;
  delayMs?: number;
  fail?: "drop" | "hang";
}

/**
 * Answers in order, the last one for ever. A URL carries its own plan in its query:
 * `?answer=500,drop,hang,200` or `?status=410`, and with each of its answers `&delay=2000`, `&retry_after=7`,
 * `&location=https://…` and `&body=…`. Each URL counts for itself, query included.
 */
export class ReceiverPlan {
  #steps: Step[] = [];
  readonly #asked = new Map<string, number>();

  set(steps: Step[]): void {
    this.#steps = [...steps];
  }

  /** Returns undefined when the URL's own plan cannot be read. */
  next(url: string): Step | undefined {
    const query = new URL(url, "http://receiver").searchParams;
    if (!planWords.some((word) => query.has(word))) return this.#nextByCode();
    const steps = readPlan(query);
    const asked = this.#asked.get(url) ?? 0;
    this.#asked.set(url, asked + 1);
    return steps?.[Math.min(asked, steps.length - 1)];
  }

  clear(): void {
    this.#steps = [];
    this.#asked.clear();
  }

  #nextByCode(): Step {
    return (this.#steps.length > 1 ? this.#steps.shift() : this.#steps[0]) ?? {};
  }
}

const planWords = ["answer", "status", "delay", "retry_after", "location", "body"];

const planSchema = z.object({
  answer: z.string().regex(/^([2-5]\d\d|drop|hang)(,([2-5]\d\d|drop|hang))*$/),
  delay: z.coerce.number().int().min(0).default(0),
  retry_after: z.string().optional(),
  location: z.string().optional(),
  body: z.string().optional(),
});

export function answerStep({ status = 204, headers = {}, body = "", delayMs = 0, fail }: Step): Answer {
  return fail ? { kind: fail } : send(status, headers, body, delayMs);
}

function readPlan(query: URLSearchParams): Step[] | undefined {
  const answer = query.get("answer") ?? query.get("status") ?? (query.has("location") ? "302" : "204");
  const read = planSchema.safeParse({ ...Object.fromEntries(query), answer });
  if (!read.success) return undefined;
  const { delay: delayMs, retry_after, location, body = "" } = read.data;
  const headers = { ...(retry_after && { "retry-after": retry_after }), ...(location && { location }) };
  return read.data.answer.split(",").map((word) => ({ ...readAnswer(word), headers, body, delayMs }));
}

function readAnswer(word: string): Step {
  return word === "drop" || word === "hang" ? { fail: word } : { status: Number(word) };
}
