/** The webhooks: what Onetake sends to the address that a job names, and to endpoints. */
import { z } from "zod";

import { endpointEvents, eventTypes, testEvent } from "../../shared/webhook/event.ts";
import type { AnyEventType, EventType } from "../../shared/webhook/event.ts";
import { eventEndpoint } from "../answers/endpoint.ts";
import { eventJob } from "../answers/job.ts";
import type { Components, Json } from "./components.ts";

export const describeWebhooks = (components: Components): Json =>
  Object.fromEntries(allEvents.map((type) => [type, { post: describeWebhook(type, components) }]));

const allEvents: AnyEventType[] = [...eventTypes, ...endpointEvents, testEvent];

const isOfJob = (type: AnyEventType): type is EventType => type.startsWith("job.");

const describeWebhook = (type: AnyEventType, components: Components): Json => ({
  operationId: `on${type.split(/\W/).map(capitalize).join("")}`,
  tags: ["Webhooks"],
  summary: meanings[type][0],
  description: [...meanings[type].slice(1), ONCE, ...(isOfJob(type) ? [NEWEST] : [])].join(" "),
  security: [],
  parameters: [
    header("webhook-id", "The event's id, the same over all attempts: deduplicate by it.", {
      type: "string",
    }),
    header("webhook-timestamp", "When this attempt was made, in seconds since 1970: refuse old ones.", {
      type: "string",
      pattern: "^\\d+$",
    }),
    header(
      "webhook-signature",
      "`v1,` and the base64 of HMAC-SHA256 over `{webhook-id}.{webhook-timestamp}.{body}`, keyed with the bytes whose base64 stands after `whsec_` in the secret. Several, separated by spaces, while a secret is rotated: one has to match.",
      { type: "string" },
    ),
  ],
  requestBody: {
    required: true,
    content: { "application/json": { schema: components.describe(eventSchema(type), "output") } },
  },
  responses: {
    "2XX": { description: "Delivered. Answer within the timeout and do the work afterwards." },
    "410": { description: "Stop: this delivery is given up, and its endpoint, if it goes to one, disabled." },
    default: {
      description:
        "Anything else, also a redirect, is a failure: it is tried again on a schedule that runs for days. `Retry-After` is obeyed.",
    },
  },
});

const ON_REQUEST = "Only sent when `webhook.events` asks for it.";

/** What has happened, and what else there is to know of it. */
const meanings: Record<AnyEventType, [summary: string, more?: string]> = {
  "job.succeeded": [
    "The video is there",
    "Its own link dies within the hour: `urls.video` gives one that works.",
  ],
  "job.failed": ["The job ended without a video", "`error` says why."],
  "job.canceled": ["The job was canceled"],
  "job.expired": ["The job took too long", "A video that still arrives raises `job.recovered`."],
  "job.unconfirmed": [
    "Nobody can know whether the job was bought",
    "It waits for `POST /v1/jobs/{id}/resolve`; if nobody decides, it fails after some days.",
  ],
  "job.recovered": ["The video arrived after all", "The job had failed or expired; now it has succeeded."],
  "job.submitted": ["Novita accepted the job", ON_REQUEST],
  "job.progress": ["The job has come further", `At most one in 10 seconds. ${ON_REQUEST}`],
  "endpoint.disabled": [
    "A webhook endpoint was disabled",
    "It was `gone` or `failing`: see `disabled_reason`. Your other endpoints are told.",
  ],
  "webhook.test": ["Somebody tries out the endpoint", "Sent by `POST /v1/webhook-endpoints/{id}/test` only."],
};

const ONCE = "Sent at least once and in no order: deduplicate by `webhook-id`.";
const NEWEST = "Of two states of a job keep the one with the higher `version`.";

const eventSchema = (type: AnyEventType) =>
  z.strictObject({
    type: z.literal(type),
    id: z.string().describe("`evt_` and a ULID; equals `webhook-id`."),
    timestamp: z.iso.datetime().describe("When it happened."),
    data: isOfJob(type) ? z.strictObject({ job: eventJob }) : z.strictObject({ endpoint: eventEndpoint }),
  });

const header = (name: string, description: string, schema: Json): Json => ({
  name,
  in: "header",
  required: true,
  description,
  schema,
});

const capitalize = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);
