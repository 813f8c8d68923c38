/** A route as an operation of the document. */
import type { FastifySchema } from "fastify";
import { z } from "zod";

import type { Answer, AnswerHeader } from "../answers.ts";
import { emptySchema } from "../schemas.ts";
import type { Components, Json } from "./components.ts";

export type DocumentedRoute = { method: string; url: string; schema: FastifySchema };

/** A schema's fields as parameters of one place. */
type Place = "path" | "query" | "header";

export function describeOperation({ url, schema }: DocumentedRoute, components: Components): Json {
  const { operationId, tags, summary, description, security } = schema;
  const parameters = [
    ...describeParameters("path", schema.params, components),
    ...describeParameters("query", schema.querystring, components),
    ...describeParameters("header", schema.headers, components),
  ];
  const body = describeBody(schema.body, components);
  if (!tags || !summary || !description)
    throw new Error(`${operationId} at ${url} says too little of itself.`);
  return {
    operationId,
    tags,
    summary,
    description,
    ...(security ? { security } : {}),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(body ? { requestBody: body } : {}),
    responses: describeAnswers(answersOf(schema), components),
  };
}

function describeParameters(place: Place, schema: unknown, components: Components): Json[] {
  if (!(schema instanceof z.ZodObject)) return [];
  return Object.entries<unknown>(schema.shape).map(([name, field]) => {
    const { description, ...rest } = components.describe(asZod(field), "input");
    const required = !asZod(field).safeParse(undefined).success;
    return { name, in: place, required, ...(description ? { description } : {}), schema: rest };
  });
}

/** A body that may be left out, since it says nothing, is not worth a word. */
function describeBody(schema: unknown, components: Components): Json | null {
  if (schema === undefined || schema === emptySchema) return null;
  return {
    required: !asZod(schema).safeParse(null).success,
    content: { "application/json": { schema: components.describe(asZod(schema), "input") } },
  };
}

function describeAnswers(answers: Record<string, Answer>, components: Components): Json {
  const isCounted = "429" in answers;
  const described = Object.entries(answers).map(([status, answer]) => {
    const limits = isCounted && status !== "401" ? LIMITS : [];
    const headers = [...new Set([...answer.headers, ...limits])];
    const response = describeAnswer({ ...answer, headers }, components);
    const isShared = isCounted && answer.codes;
    return [status, isShared ? components.share(nameOf(answer.codes), response) : response];
  });
  return Object.fromEntries(described);
}

/** Every answer to a tenant tells of them. */
const LIMITS: AnswerHeader[] = ["RateLimit", "RateLimit-Policy"];

/** `["invalid", "idempotency_key_reused"]` -> `InvalidOrIdempotencyKeyReused`. */
const nameOf = (codes: string[] = []): string =>
  codes
    .map((code) => code.replaceAll(/(?:^|_)(\w)/g, (_match, letter: string) => letter.toUpperCase()))
    .join("Or");

function describeAnswer({ description, headers, content, codes }: Answer, components: Components): Json {
  const types = Object.entries(content).map(([type, { schema }]) => [
    type,
    {
      schema: components.describe(schema, "output"),
      ...(codes ? { examples: components.describeProblems(codes) } : {}),
    },
  ]);
  const carried = headers.map((name) => [name, components.describeHeader(name)]);
  return {
    description,
    ...(carried.length > 0 ? { headers: Object.fromEntries(carried) } : {}),
    ...(types.length > 0 ? { content: Object.fromEntries(types) } : {}),
  };
}

function asZod(schema: unknown): z.ZodType {
  if (schema instanceof z.ZodType) return schema;
  throw new Error("A route's schema is not made with zod.");
}

/** Fastify leaves the type of `response` open; every documented route makes its answers with `answer` and `refusals`. */
// oxlint-disable-next-line typescript/no-unsafe-type-assertion
const answersOf = ({ response }: FastifySchema) => response as Record<string, Answer>;
