/** A delivery as callers get it: what `deliveryToWire` gives, described. */
import { z } from "zod";

import { deliveryStatuses } from "../../shared/delivery.ts";
import { keysOf } from "../../shared/keys-of.ts";

const instant = z.iso.datetime();

const deliveryStatus = z.enum(keysOf(deliveryStatuses)).meta({
  id: "DeliveryStatus",
  description: keysOf(deliveryStatuses)
    .map((status) => `- \`${status}\`: ${deliveryStatuses[status]}`)
    .join("\n"),
});

const attempt = z
  .strictObject({
    n: z.int().min(1).describe("Counts all attempts of the delivery, also those before a redelivery."),
    at: instant,
    status: z.int().nullable().describe("The receiver's HTTP status; null when none came."),
    duration_ms: z.number().min(0),
    error_code: z
      .string()
      .nullable()
      .describe("Why it failed, such as `http_error` or `timeout`; null when it was taken."),
    snippet: z
      .string()
      .nullable()
      .describe("The beginning of what the receiver answered, as plain text, at most 1 KiB."),
  })
  .meta({ id: "DeliveryAttempt", description: "One attempt to hand an event over." });

const fields = {
  id: z.string().describe("`dlv_` and more."),
  object: z.literal("delivery"),
  job_id: z.string().nullable().describe("null: the event is about no job."),
  event_id: z.string().describe("The `webhook-id`, the same over all attempts and redeliveries."),
  event_type: z.string().describe("Such as `job.succeeded`."),
  endpoint_id: z
    .string()
    .nullable()
    .describe("The endpoint that it goes to; null: the job's own `webhook.url`."),
  url: z.string().describe("Where it goes; empty once the job is erased."),
  status: deliveryStatus,
  attempts_made: z.int().min(0).describe("Attempts begun, also those before a redelivery."),
  next_attempt_at: instant.nullable().describe("When the next attempt is due, while one is planned."),
  last_status: z.int().nullable().describe("The HTTP status of the last attempt."),
  last_error: z
    .string()
    .nullable()
    .describe("Why the last attempt failed, or why the delivery was given up."),
  created_at: instant,
  finished_at: instant.nullable(),
};

const example = {
  id: "dlv_01K9Z4Q6W8D2V5T1R3N7M0X4YB_job",
  object: "delivery",
  job_id: "job_01K9Z4Q6W8D2V5T1R3N7M0X4YB",
  event_id: "evt_01K9Z4Q6W8D2V5T1R3N7M0X4YB",
  event_type: "job.succeeded",
  endpoint_id: null,
  url: "https://example.com/webhooks/onetake",
  status: "delivered",
  attempts_made: 1,
  next_attempt_at: null,
  last_status: 204,
  last_error: null,
  created_at: "2026-01-01T00:00:00.000Z",
  finished_at: "2026-01-01T00:00:01.000Z",
} as const;

export const listedDelivery = z.strictObject(fields).meta({
  id: "ListedDelivery",
  description: "One event on its way to one address.",
  examples: [example],
});

export const deliveryAnswer = z
  .strictObject({ ...fields, attempts: z.array(attempt).describe("Oldest first; about the last 50.") })
  .meta({
    id: "Delivery",
    description: "One event on its way to one address, with what came of each attempt.",
    examples: [
      {
        ...example,
        attempts: [
          {
            n: 1,
            at: "2026-01-01T00:00:00.100Z",
            status: 204,
            duration_ms: 180,
            error_code: null,
            snippet: null,
          },
        ],
      },
    ],
  });
