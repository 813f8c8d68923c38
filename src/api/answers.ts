/** How routes say what they answer: a description, headers, and a body as a zod schema. */
import type { z } from "zod";

import { problemAnswer } from "./answers/problem.ts";
import { problems } from "./problem.ts";
import type { ProblemCode } from "./problem.ts";

/** The headers that answers carry: what they say, and an example. */
export const answerHeaders = {
  Location: [
    "Where the job is, or its video; where the endpoint is.",
    "/v1/jobs/job_01K9Z4Q6W8D2V5T1R3N7M0X4YB",
  ],
  "Idempotent-Replayed": [
    "This is the answer to an earlier request with the same key; nothing new happened.",
    "true",
  ],
  "Preference-Applied": ["How long the answer was waited for.", "wait=30"],
  ETag: ["The state of the job; send it as `If-None-Match` and an unchanged job is 304.", '"7"'],
  "Retry-After": ["Seconds until it makes sense to try again.", 2],
  "WWW-Authenticate": ["How to say who you are.", 'Bearer realm="onetake"'],
  RateLimit: [
    "What is left of each limit, and the seconds until there is room again.",
    '"requests";r=5999;t=60',
  ],
  "RateLimit-Policy": ["The limits: how many, in how many seconds.", '"requests";q=6000;w=60'],
} as const;
export type AnswerHeader = keyof typeof answerHeaders;

export type Answer<Type extends string = string, Schema extends z.ZodType = z.ZodType> = {
  description: string;
  headers: AnswerHeader[];
  content: Record<Type, { schema: Schema }>;
  /** The problems that the answer may tell of. */
  codes?: ProblemCode[];
};

/** A JSON answer. */
export const answer = <Schema extends z.ZodType>(
  schema: Schema,
  description: string,
  headers: AnswerHeader[] = [],
): Answer<"application/json", Schema> => ({
  description,
  headers,
  content: { "application/json": { schema } },
});

/** An answer without a body. */
export const emptyAnswer = (description: string, headers: AnswerHeader[] = []) => ({
  description,
  headers,
  content: {},
});

type ProblemAnswer = Answer<"application/problem+json", typeof problemAnswer>;

/** The answers for the problems that a route may raise, by status. */
export function problemsOf(...codes: ProblemCode[]): Record<number, ProblemAnswer> {
  const byStatus = Map.groupBy(codes, (code) => problems[code].status);
  return Object.fromEntries([...byStatus].map(([status, each]) => [status, problemAnswerOf(each)]));
}

/** What every route that takes a key may answer, such as to a parameter that it does not know, and these. */
export const refusals = (...codes: ProblemCode[]) =>
  problemsOf("unauthorized", "invalid", ...codes, "rate_limited", "record_unreadable", "unavailable");

/** What every route that takes a body may answer to what it cannot read, and these. */
export const bodyRefusals = (...codes: ProblemCode[]) =>
  refusals("malformed", "too_large", "unsupported_media_type", ...codes);

/** What every POST may answer, to its Idempotency-Key too, and these. */
export const postRefusals = (...codes: ProblemCode[]) =>
  bodyRefusals("idempotency_key_invalid", "idempotency_key_reused", ...codes);

function problemAnswerOf(codes: ProblemCode[]): ProblemAnswer {
  const status = problems[codes[0] ?? "internal"].status;
  return {
    description: codes.map((code) => `\`${code}\`: ${problems[code].title}.`).join(" "),
    headers: headersByStatus[status] ?? [],
    content: { "application/problem+json": { schema: problemAnswer } },
    codes,
  };
}

const headersByStatus: Record<number, AnswerHeader[]> = {
  401: ["WWW-Authenticate"],
  429: ["Retry-After", "RateLimit", "RateLimit-Policy"],
  503: ["Retry-After"],
  504: ["Retry-After"],
};
