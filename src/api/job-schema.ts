/**
 * The body of `POST /v1/jobs`, as strict zod schemas: an unknown field is refused, since a typo must not cost money, and so
 * is what Novita would silently cut.
 */
import { z } from "zod";

import { defaultModel, models } from "../shared/models.ts";
import type { Field, Model } from "../shared/models.ts";
import { eventFilters } from "../shared/webhook/event.ts";
import type { AddressPolicy } from "../shared/webhook/guard.ts";
import { complain, integer, isObject, isOf, text } from "./fields.ts";
import { webhookUrl } from "./webhook-url.ts";

const MAX_TIMEOUT_S = 604_800;
const METADATA_UNITS = 8192;

/** The body of `POST /v1/jobs` for each model. `policy` decides which webhook addresses are thinkable. */
export function jobSchema(policy: AddressPolicy) {
  const fields = {
    webhook: z
      .strictObject({ url: webhookUrl(policy), events: eventList.optional() }, "must be an object")
      .optional()
      .describe("Where to tell how the job goes. Without `events`, every event but submitted and progress."),
    ...commonFields,
  };
  const variants = Object.entries(models).map(([name, model]) =>
    z.strictObject({ model: modelName(name), input: inputSchema(model), ...fields }),
  );
  const names = Object.keys(models);
  // Without a model nobody can judge the input, but all the rest.
  const ofNoModel = z.strictObject(
    { model: z.enum(names, `must be one of ${names.join(", ")}`), input: z.unknown(), ...fields },
    "must be an object",
  );
  const checkModel = (body: unknown, context: z.RefinementCtx): unknown => {
    const named = withDefaultModel(body);
    if (!names.some((name) => isOf(named, "model", name))) complain(ofNoModel, named, context);
    return named;
  };
  return z.preprocess(checkModel, z.discriminatedUnion("model", atLeastOne(variants))).meta({
    id: "JobRequest",
    description: "What you want, and how to tell you.",
    examples: [exampleRequest],
  });
}

export type JobIn = z.infer<ReturnType<typeof jobSchema>>;

/** An address that Novita fetches: only its form is our business. */
const webUrl = text(1, 2048)
  .refine((value) => {
    const url = URL.canParse(value) ? new URL(value) : null;
    return url !== null && /^https?:$/.test(url.protocol);
  }, "must be an absolute http(s) URL")
  .meta({ format: "uri" });

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
  z
    .strictObject(
      Object.fromEntries(
        Object.entries(model.input).map(([name, field]) => [name, describedField(name, field)]),
      ),
      "must be an object",
    )
    .describe("What the model makes the video of, in its own words.");

function describedField(name: string, field: Field) {
  const note = inputNotes[name];
  return note === undefined ? fieldSchema(field) : fieldSchema(field).describe(note);
}

/** What the models' fields mean. */
const inputNotes: Record<string, string> = {
  prompt: "What the video shows.",
  negative_prompt: "What it must not show.",
  size: "Width and height in pixels. The price depends on it.",
  duration: "Seconds. The price depends on it.",
  seed: "The same seed with the same input makes much the same video. Without one it is Novita's choice.",
  audio_url:
    "A wav or mp3 of 3 to 30 seconds and at most 15 MB for the soundtrack, which Novita fetches. Without one it makes its own.",
  watermark: "Whether the video carries a watermark.",
  prompt_extend: "Whether Novita may elaborate the prompt.",
};

const metadata = z
  .record(text(1, 40), text(0, 500), "must be an object of strings")
  .refine((pairs) => Object.keys(pairs).length <= 32, "must have at most 32 pairs")
  .meta({ maxProperties: 32 })
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

/** What is the same for every model and every installation. */
const commonFields = {
  reference: text(0, 128).optional().describe("Yours, to find the job by."),
  metadata: metadata.default({}).describe("Yours; it comes back in the job and its webhooks."),
  tags: z
    .array(text(1, 64), "must be a list")
    .max(10, "must have at most 10 tags")
    .default([])
    .describe("Yours, to find jobs by."),
  priority: z
    .enum(["high", "normal", "low"], "must be high, normal or low")
    .default("normal")
    .describe("Which of your waiting jobs goes first."),
  timeout_s: integer(1, MAX_TIMEOUT_S)
    .optional()
    .describe("Seconds from acceptance by Novita to `expired`. Without it the installation decides."),
  start_timeout_s: integer(1, MAX_TIMEOUT_S)
    .optional()
    .describe(
      "Seconds from now to `expired` when it was never submitted. Without it the installation decides.",
    ),
  max_cost: dollars
    .optional()
    .describe("In US dollars: a job whose estimate is higher, or unknown, is refused."),
  on_unconfirmed: z
    .enum(["hold", "fail", "resubmit"], "must be hold, fail or resubmit")
    .default("hold")
    .describe(
      "What to do when nobody can know whether the job was bought: wait for a decision, give up, or buy at most once more.",
    ),
};

const exampleRequest = {
  input: { prompt: "a lighthouse at dawn", size: "1280*720", duration: 5 },
  webhook: { url: "https://example.com/webhooks/onetake" },
  reference: "order-42",
};

/** One of them may be left out. */
const modelName = (name: string) =>
  (name === defaultModel ? z.literal(name).default(name) : z.literal(name)).describe(
    "Which model makes the video.",
  );

function atLeastOne<T>([first, ...rest]: T[]): [T, ...T[]] {
  if (first === undefined) throw new Error("There is no model.");
  return [first, ...rest];
}

const withDefaultModel = (body: unknown): unknown =>
  isObject(body) && !("model" in body) ? { ...body, model: defaultModel } : body;
