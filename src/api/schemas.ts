/** The wire: what callers may send, as strict zod schemas. An unknown field is refused, since a typo must not cost money. */
import { z } from "zod";

import { defaultModel, models } from "../shared/models.ts";
import type { Field, Model } from "../shared/models.ts";
import { eventFilters } from "../shared/webhook/event.ts";
import { checkWebhookUrl } from "../shared/webhook/guard.ts";
import type { AddressPolicy } from "../shared/webhook/guard.ts";

const MAX_TIMEOUT_S = 604_800;
const METADATA_UNITS = 8192;

const notText = ({ input }: { input?: unknown }): string =>
  input === undefined ? "is required" : "must be a string";

/**
 * Text whose length counts UTF-16 units (zod's own `max` counts code points, which can be half as many); half a surrogate
 * pair could not be sent on as it came.
 */
const text = (min: number, max: number) => {
  const error = `must have at most ${max} characters`;
  return z
    .string({ error: notText })
    .min(min, { error: "must not be empty", abort: true })
    .max(max, { error, abort: true })
    .refine((value) => value.length <= max, error)
    .refine(
      (value) => value.isWellFormed(),
      "must be well-formed Unicode: it holds half of a surrogate pair",
    );
};

const integer = (min: number, max: number) => {
  const error = `must be a whole number from ${min} to ${max}`;
  return z.int({ error, abort: true }).min(min, error).max(max, error);
};

/** An address that Novita fetches: only its form is our business. */
const webUrl = text(1, 2048).refine((value) => {
  const url = URL.canParse(value) ? new URL(value) : null;
  return url !== null && /^https?:$/.test(url.protocol);
}, "must be an absolute http(s) URL");

function fieldSchema(field: Field): z.ZodType<string | number | boolean | undefined> {
  switch (field.type) {
    case "text": {
      const schema = text(field.min, field.max);
      return field.required
        ? schema.refine((value) => value.trim() !== "", "must not be blank")
        : schema.optional();
    }
    case "choice":
      return z.enum(field.values, `must be one of ${field.values.join(", ")}`).default(field.default);
    case "integer": {
      const schema = integer(field.min, field.max);
      return field.default === undefined ? schema.optional() : schema.default(field.default);
    }
    case "flag":
      return z.boolean("must be true or false").default(field.default);
    case "url":
      return webUrl.optional();
  }
}

const inputSchema = (model: Model) =>
  z.strictObject(
    Object.fromEntries(Object.entries(model.input).map(([name, field]) => [name, fieldSchema(field)])),
    "must be an object",
  );

const metadata = z
  .record(text(1, 40), text(0, 500), "must be an object of strings")
  .refine((pairs) => Object.keys(pairs).length <= 32, "must have at most 32 pairs")
  .refine(
    (pairs) =>
      Object.entries(pairs).reduce((sum, [key, value]) => sum + key.length + value.length, 0) <=
      METADATA_UNITS,
    `must have at most ${METADATA_UNITS} characters in all`,
  );

const eventList = z
  .array(z.enum(eventFilters, `must be one of ${eventFilters.join(", ")}`), "must be a list")
  .min(1, "must name at least one event")
  .max(eventFilters.length, `must have at most ${eventFilters.length} events`);

const dollars = z
  .number("must be a number of US dollars")
  .positive("must be more than 0")
  .max(1_000_000, "must be at most 1000000");

/** The body of `POST /v1/jobs` for each model. `policy` decides which webhook addresses are thinkable. */
export function jobSchema(policy: AddressPolicy) {
  const webhookUrl = z.string("must be a string").superRefine((value, context) => {
    const checked = checkWebhookUrl(value, policy);
    if (!checked.ok) context.addIssue({ code: "custom", message: checked.message });
  });
  const fields = {
    webhook: z
      .strictObject({ url: webhookUrl, events: eventList.optional() }, "must be an object")
      .optional(),
    reference: text(0, 128).optional(),
    metadata: metadata.default({}),
    tags: z.array(text(1, 64), "must be a list").max(10, "must have at most 10 tags").default([]),
    priority: z.enum(["high", "normal", "low"], "must be high, normal or low").default("normal"),
    timeout_s: integer(1, MAX_TIMEOUT_S).optional(),
    start_timeout_s: integer(1, MAX_TIMEOUT_S).optional(),
    max_cost: dollars.optional(),
    on_unconfirmed: z.enum(["hold", "fail", "resubmit"], "must be hold, fail or resubmit").default("hold"),
  };
  const variants = Object.entries(models).map(([name, model]) =>
    z.strictObject({ model: z.literal(name), input: inputSchema(model), ...fields }),
  );
  const names = Object.keys(models);
  // Without a model nobody can judge the input, but all the rest.
  const ofNoModel = z.strictObject(
    { model: z.enum(names, `must be one of ${names.join(", ")}`), input: z.unknown(), ...fields },
    "must be an object",
  );
  const checkModel = (body: unknown, context: z.RefinementCtx): unknown => {
    const named = withDefaultModel(body);
    if (!names.some((name) => isOfModel(named, name))) {
      for (const issue of ofNoModel.safeParse(named).error?.issues ?? []) context.addIssue({ ...issue });
    }
    return named;
  };
  return z.preprocess(checkModel, z.discriminatedUnion("model", atLeastOne(variants)));
}

function atLeastOne<T>([first, ...rest]: T[]): [T, ...T[]] {
  if (first === undefined) throw new Error("There is no model.");
  return [first, ...rest];
}

export type JobIn = z.infer<ReturnType<typeof jobSchema>>;

const isObject = (body: unknown): body is object =>
  typeof body === "object" && body !== null && !Array.isArray(body);

const withDefaultModel = (body: unknown): unknown =>
  isObject(body) && !("model" in body) ? { ...body, model: defaultModel } : body;

const isOfModel = (body: unknown, name: string): boolean =>
  isObject(body) && "model" in body && body.model === name;

/** Whether the id is one is decided with the tenant: an unknown id and another tenant's look the same. */
export const jobParams = z.object({ id: z.string() });

export const resolveSchema = z.strictObject(
  {
    action: z.enum(["resubmit", "fail"], "must be resubmit or fail"),
    attempt: integer(1, 1_000_000).optional(),
  },
  "must be an object",
);

/** A POST that takes no arguments may come without a body, which Fastify hands on as null, or with an empty object. */
export const emptySchema = z.strictObject({}, "must be an empty object").nullable();
