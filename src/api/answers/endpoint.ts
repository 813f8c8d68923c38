/** A webhook endpoint as callers get it: what `endpointToWire` gives, described. */
import { z } from "zod";

import { disabledReasons } from "../../shared/endpoint.ts";
import { keysOf } from "../../shared/keys-of.ts";

const instant = z.iso.datetime();

const secretTimes = z
  .strictObject({
    created_at: instant,
    expires_at: instant.nullable().describe("When it ceases to sign; null: it is the current one."),
  })
  .meta({ id: "EndpointSecretTimes", description: "When a secret was made, and until when it signs." });

const news = {
  id: z.string().describe("`ep_` and a ULID."),
  url: z.string(),
  status: z
    .enum(["enabled", "disabled"])
    .describe("A disabled one gets nothing; what it misses is kept for a recovery."),
  disabled_reason: z
    .enum(keysOf(disabledReasons))
    .nullable()
    .describe(
      keysOf(disabledReasons)
        .map((reason) => `\`${reason}\`: ${disabledReasons[reason]}`)
        .join(" "),
    ),
  disabled_at: instant.nullable(),
  failing_since: instant
    .nullable()
    .describe("Since when no attempt has succeeded; null: the last one did, or there was none."),
};

/** What events tell of an endpoint. */
export const eventEndpoint = z
  .strictObject(news)
  .meta({ id: "EventEndpoint", description: "The endpoint that an event is about." });

const fields = {
  ...news,
  object: z.literal("webhook_endpoint"),
  events: z
    .array(z.string())
    .nullable()
    .describe("Which events it gets; null: every event but `job.submitted` and `job.progress`."),
  description: z.string().nullable(),
  headers: z
    .record(z.string(), z.literal("redacted"))
    .describe("The names of the headers that are sent with each delivery. Their values are never shown."),
  secrets: z.array(secretTimes).describe("Those that sign now, the current one first."),
  created_at: instant,
  updated_at: instant,
};

const example = {
  id: "ep_01K9Z4Q6W8D2V5T1R3N7M0X4YB",
  url: "https://example.com/webhooks/onetake",
  status: "enabled",
  disabled_reason: null,
  disabled_at: null,
  failing_since: null,
  object: "webhook_endpoint",
  events: ["job.succeeded", "job.failed"],
  description: "the shop's back end",
  headers: { Authorization: "redacted" },
  secrets: [{ created_at: "2026-01-01T00:00:00.000Z", expires_at: null }],
  created_at: "2026-01-01T00:00:00.000Z",
  updated_at: "2026-01-01T00:00:00.000Z",
} as const;

export const endpointAnswer = z.strictObject(fields).meta({
  id: "Endpoint",
  description: "Where events go, besides the addresses that jobs name.",
  examples: [example],
});

export const endpointListAnswer = z
  .strictObject({
    data: z.array(endpointAnswer).describe("Newest first."),
    next: z.null().describe("There is no second page."),
  })
  .meta({ id: "EndpointList", description: "All endpoints of a tenant." });

const secret = z
  .string()
  .nullable()
  .describe(
    "`whsec_` and base64: what verifies the endpoint's deliveries. Shown this once, and to repeats under the same " +
      "`Idempotency-Key`; null: such a repeat, after another secret has taken its place.",
  );

const exampleSecret = "whsec_BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=";

export const createdEndpoint = z.strictObject({ ...fields, secret }).meta({
  id: "CreatedEndpoint",
  description: "A new endpoint, with its secret.",
  examples: [{ ...example, secret: exampleSecret }],
});

export const rotatedSecret = z.strictObject({ secret, secrets: fields.secrets }).meta({
  id: "RotatedSecret",
  description: "A new secret, and which ones sign now.",
  examples: [
    {
      secret: exampleSecret,
      secrets: [
        { created_at: "2026-02-01T00:00:00.000Z", expires_at: null },
        { created_at: "2026-01-01T00:00:00.000Z", expires_at: "2026-02-02T00:00:00.000Z" },
      ],
    },
  ],
});
