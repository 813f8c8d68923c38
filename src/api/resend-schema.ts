/** What callers may send to have deliveries sent again, as strict zod schemas. */
import { z } from "zod";

import { text } from "./fields.ts";
import { anyEventTypes } from "./lists/queries.ts";

const instant = z.iso
  .datetime({
    offset: true,
    error: ({ input }) =>
      input === undefined
        ? "is required"
        : "must be an ISO 8601 date-time with its offset, such as 2026-01-01T00:00:00Z",
  })
  .transform((sent) => Date.parse(sent));

export const recoverSchema = z
  .strictObject(
    {
      since: instant.describe("What was raised then or later is sent again. Not in the future."),
      until: instant.optional().describe("Only what was raised before; without it, up to now."),
    },
    "must be an object",
  )
  .meta({
    id: "RecoverRequest",
    description: "From when on.",
    examples: [{ since: "2026-01-01T00:00:00.000Z" }],
  });

const statuses = ["retrying", "delivered", "failed", "aborted"] as const;

const several = <T extends string>(values: readonly [T, ...T[]]) =>
  z
    .array(z.enum(values, `must be one of ${values.join(", ")}`), "must be a list")
    .min(1, "must not be empty")
    .optional();

const filter = z
  .strictObject(
    {
      status: several(statuses).describe(
        "Only deliveries with one of these; `failed` and `aborted` without it. What is on its way is left alone.",
      ),
      endpoint_id: text(1, 64).optional().describe("Only those to this endpoint."),
      job_id: text(1, 64).optional().describe("Only those of this job."),
      event_type: several(anyEventTypes).describe("Only those of one of these events."),
      error_code: text(1, 64).optional().describe("Only those with this `last_error`."),
      created_after: instant.optional().describe("Only those that were raised then or later."),
      created_before: instant.optional().describe("Only those that were raised earlier."),
    },
    { error: ({ input }) => (input === undefined ? "is required" : "must be an object") },
  )
  .refine((sent) => Object.keys(sent).length > 0, {
    error: "must have at least one member: nobody sends everything again by mistake",
    when: ({ issues }) => issues.length === 0,
  })
  .meta({ minProperties: 1 });

export const redeliverManySchema = z
  .strictObject(
    {
      filter: filter.describe("Which deliveries; they must pass all of it."),
      dry_run: z.boolean("must be true or false").default(false).describe("`true`: only count them."),
    },
    "must be an object",
  )
  .meta({
    id: "RedeliverManyRequest",
    description: "Which deliveries to send once more.",
    examples: [
      {
        filter: { status: ["failed"], error_code: "timeout", created_after: "2026-01-01T00:00:00.000Z" },
        dry_run: true,
      },
    ],
  });
export type RedeliverMany = z.infer<typeof redeliverManySchema>;
