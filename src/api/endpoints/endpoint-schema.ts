/** What callers may say of an endpoint, as strict zod schemas. No message quotes a secret or a header's value. */
import { z } from "zod";

import { endpointFilters } from "../../shared/webhook/event.ts";
import type { AddressPolicy } from "../../shared/webhook/guard.ts";
import { parseSecret } from "../../shared/webhook/sign.ts";
import { integer, text } from "../fields.ts";
import { webhookUrl } from "../webhook-url.ts";
import { customHeaders } from "./custom-headers.ts";

const DAY_S = 86_400;
const LONGEST_GRACE_S = 7 * DAY_S;

export const endpointParams = z.object({
  id: z
    .string()
    .describe("The endpoint's id.")
    .meta({ examples: ["ep_01K9Z4Q6W8D2V5T1R3N7M0X4YB"] }),
});

/** The bodies of the routes that make and change endpoints. `policy` decides which addresses are thinkable. */
export function endpointSchemas(policy: AddressPolicy) {
  const url = webhookUrl(policy);
  const create = z.strictObject({ url, ...options, secret: secret.optional() }, "must be an object").meta({
    id: "EndpointRequest",
    description: "Where to send events, and which.",
    examples: [exampleRequest],
  });
  const change = z.strictObject({ url: url.optional(), ...options }, "must be an object").meta({
    id: "EndpointChange",
    description: "What shall be different; what is left out stays, and null sets it back.",
    examples: [{ events: ["job.*"], description: null }],
  });
  return { create, change };
}

type Schemas = ReturnType<typeof endpointSchemas>;
export type EndpointIn = z.infer<Schemas["create"]>;
export type EndpointChange = z.infer<Schemas["change"]>;

/** The secret's key has 24 to 64 bytes, so as many letters; which letter may be the last one follows from the padding. */
const SECRET_PATTERN =
  "^whsec_(([A-Za-z0-9+/]{4}){8,21}([A-Za-z0-9+/][AQgw]==)?|([A-Za-z0-9+/]{4}){8,20}[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)$";

const secret = z
  .string("must be a string")
  .refine(
    (value) => parseSecret(value) !== null,
    "must be whsec_ and padded standard base64 of 24 to 64 bytes",
  )
  .meta({ pattern: SECRET_PATTERN })
  .describe("One of your own, `whsec_` and base64 of 24 to 64 bytes. Without it one is made.");

const events = z
  .array(z.enum(endpointFilters, `must be one of ${endpointFilters.join(", ")}`), "must be a list")
  .min(1, "must name at least one event")
  .max(endpointFilters.length, `must have at most ${endpointFilters.length} events`)
  .refine((names) => new Set(names).size === names.length, "must name each event once")
  .meta({ uniqueItems: true });

const options = {
  events: events
    .nullable()
    .optional()
    .describe(
      "Which events it gets. Without it, or null: every event but `job.submitted` and `job.progress`.",
    ),
  description: text(1, 500).nullable().optional().describe("Yours, to tell it from others."),
  headers: customHeaders
    .nullable()
    .optional()
    .describe(
      "Sent with each delivery, such as a gateway's `Authorization`. They are encrypted at rest, and no answer shows their " +
        "values. Names that frame the request, tell where it comes from, or are Onetake's own are refused.",
    ),
};

export const rotateSchema = z
  .strictObject(
    {
      secret: secret.optional(),
      grace_s: integer(0, LONGEST_GRACE_S)
        .default(DAY_S)
        .describe(
          "For how many seconds the secret that is replaced signs too: at most 7 days; 0: not at all.",
        ),
    },
    "must be an object",
  )
  .nullable()
  .meta({
    id: "RotateRequest",
    description: "How the secret is to be replaced. The current one is not taken for a new one.",
    examples: [{ grace_s: DAY_S }],
  });
export type RotateIn = z.infer<typeof rotateSchema>;

/** What a rotation is without a body. */
export const usualRotation = { grace_s: DAY_S };

const exampleRequest = {
  url: "https://example.com/webhooks/onetake",
  events: ["job.succeeded", "job.failed"],
  description: "the shop's back end",
  headers: { Authorization: "Bearer of-your-gateway" },
};
