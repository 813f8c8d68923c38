/**
 * The parts that a document refers to: zod schemas that have an id (`.meta({ id })`), as JSON Schema, and answers' headers.
 */
import { isDeepStrictEqual } from "node:util";

import { z } from "zod";

import { answerHeaders } from "../answers.ts";
import type { AnswerHeader } from "../answers.ts";
import { exampleOf } from "../answers/problem.ts";
import { problems } from "../problem.ts";
import type { ProblemCode } from "../problem.ts";

export type Json = Record<string, unknown>;

/** Whether a schema describes what callers send, before defaults, or what they get. */
export type Side = "input" | "output";

export type Components = ReturnType<typeof createComponents>;

export function createComponents() {
  const schemas: Record<string, Json> = {};
  const responses: Record<string, Json> = {};
  const headers: Record<string, Json> = {};
  const examples: Record<string, Json> = {};

  /** What to write where the schema is used. Throws when two different schemas have the same id. */
  function describe(schema: z.ZodType, io: Side): Json {
    const {
      $schema: _dialect,
      $defs = {},
      ...json
    } = z.toJSONSchema(schema, {
      io,
      override: io === "output" ? polishAnswer : polish,
    });
    for (const [id, definition] of Object.entries($defs)) keep(schemas, id, pointToComponents(definition));
    return pointToComponents(json);
  }

  /** What to write where a response that others have too is given. */
  function share(name: string, response: Json): Json {
    keep(responses, name, response);
    return { $ref: `#/components/responses/${name}` };
  }

  /** What to write where an answer carries the header. */
  function describeHeader(name: AnswerHeader): Json {
    const [description, example] = answerHeaders[name];
    headers[name] = {
      description,
      schema: { type: typeof example === "number" ? "integer" : "string" },
      example,
    };
    return { $ref: `#/components/headers/${name}` };
  }

  /** Examples of an answer that tells of these problems. */
  function describeProblems(codes: ProblemCode[]): Json {
    for (const code of codes) examples[code] = { summary: problems[code].title, value: exampleOf(code) };
    return Object.fromEntries(codes.map((code) => [code, { $ref: `#/components/examples/${code}` }]));
  }

  const all = () => ({
    schemas: inOrder(schemas),
    responses: inOrder(responses),
    headers: inOrder(headers),
    examples: inOrder(examples),
  });

  return { describe, share, describeHeader, describeProblems, all };
}

/** Two different things must not have the same name. */
function keep(named: Record<string, Json>, name: string, part: Json): void {
  const known = named[name];
  if (known && !isDeepStrictEqual(known, part)) throw new Error(`Two parts are called ${name}.`);
  named[name] = part;
}

const inOrder = <T>(named: Record<string, T>): Record<string, T> =>
  Object.fromEntries(Object.entries(named).sort(([a], [b]) => (a < b ? -1 : 1)));

type Override = NonNullable<NonNullable<Parameters<typeof z.toJSONSchema>[1]>["override"]>;

const polish: Override = ({ zodSchema, jsonSchema }) => {
  delete jsonSchema.id;
  // The format says it, and shorter.
  if (jsonSchema.format === "date-time") delete jsonSchema.pattern;
  if (jsonSchema.minLength === 0) delete jsonSchema.minLength;
  if (isDeepStrictEqual(jsonSchema.propertyNames, { type: "string" })) delete jsonSchema.propertyNames;
  const [only, ...others] = jsonSchema.oneOf ?? [];
  if (only && others.length === 0) {
    delete jsonSchema.oneOf;
    Object.assign(jsonSchema, only);
  }
  // zod drops the examples of a request that is completed before it is checked, since they are no results.
  const examples = z.globalRegistry.get(zodSchema)?.["examples"];
  if (Array.isArray(examples)) jsonSchema.examples = examples;
};

/** Nobody who reads an answer may rely on what is not in it: new members may come. */
const polishAnswer: Override = (context) => {
  polish(context);
  if (context.jsonSchema.additionalProperties === false) delete context.jsonSchema.additionalProperties;
};

/** A copy whose references lead to the document's components. */
function pointToComponents(schema: object): Json {
  const text = JSON.stringify(schema).replaceAll('"$ref":"#/$defs/', '"$ref":"#/components/schemas/');
  return JSON.parse(text);
}
