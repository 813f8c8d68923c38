/** What callers may ask a list for, as strict zod schemas: a mistyped filter must not pass for none. */
import { z } from "zod";

import { deliveryStatuses } from "../../shared/delivery.ts";
import { isDeliveryId, isJobId } from "../../shared/ids.ts";
import { jobStatuses } from "../../shared/job.ts";
import { keysOf } from "../../shared/keys-of.ts";
import { endpointEvents, endpointFilters, eventTypes, testEvent } from "../../shared/webhook/event.ts";
import { isAuditId } from "./audit-log.ts";
import { cursorOf } from "./cursor.ts";
import { placeOrLatest } from "../feed/place.ts";
import { pageLimit, waitSeconds } from "../schemas.ts";

const once = (max: number) =>
  z.string("must be given once").max(max, `must have at most ${max} characters`).optional();

/** One value, or several by naming the parameter several times. */
const anyOf = <T extends string>(values: [T, ...T[]] | T[]) =>
  z.preprocess(
    (sent) => (sent === undefined ? sent : [sent].flat()),
    z.array(z.enum(values, `must be one of ${values.join(", ")}`)).optional(),
  );

/** In ms. Calendars and offsets as ISO 8601 has them; what is finer than a millisecond is dropped. */
const instant = z.iso
  .datetime({
    offset: true,
    error: "must be an ISO 8601 date-time with its offset, such as 2026-01-01T00:00:00Z (a + is sent as %2B)",
  })
  .transform((text) => Date.parse(text))
  .optional();

const page = (isId: (text: string) => boolean) => ({
  limit: pageLimit.describe("How many at most, 1 to 100; 20 without it."),
  after: cursorOf(isId)
    .optional()
    .describe("`next` of the page before. It names a place, so it stays good when what stood there is gone."),
});

const jobFilters = {
  status: anyOf(keysOf(jobStatuses)).describe(
    "Only jobs with this status; name it several times for several.",
  ),
  tag: once(64).describe("Only jobs that have this tag."),
  reference: once(128).describe("Only jobs with this reference."),
  created_after: instant.describe("Only jobs that were created then or later."),
  created_before: instant.describe(
    "Only jobs that were created earlier. Ranges that meet have no job in common, and miss none.",
  ),
  ...page(isJobId),
};

export const jobListQuery = z.strictObject(jobFilters);
export type JobListQuery = z.infer<typeof jobListQuery>;

export const adminJobListQuery = z.strictObject({
  tenant: z
    .string("must be given once")
    .regex(/^[a-z0-9-]{1,40}$/, "must be a tenant's name: at most 40 of a-z 0-9 -")
    .optional()
    .describe("Only this tenant's jobs."),
  ...jobFilters,
});

/** All events that there are, of which a delivery may be one. */
export const anyEventTypes = [...eventTypes, ...endpointEvents, testEvent] as const;

export const deliveryListQuery = z.strictObject({
  job_id: once(64).describe("Only the deliveries of this job."),
  endpoint_id: once(64).describe("Only deliveries to this endpoint, also when it is deleted."),
  status: anyOf(keysOf(deliveryStatuses)).describe(
    "Only deliveries with this status; name it several times for several.",
  ),
  event_type: anyOf([...anyEventTypes]).describe(
    "Only deliveries of this event; name it several times for several.",
  ),
  error_code: once(64).describe("Only deliveries with this `last_error`."),
  created_after: instant.describe("Only deliveries that were raised then or later."),
  created_before: instant.describe("Only deliveries that were raised earlier."),
  ...page(isDeliveryId),
});
export type DeliveryListQuery = z.infer<typeof deliveryListQuery>;

export const feedQuery = z.strictObject({
  after: placeOrLatest
    .optional()
    .describe(
      "The `next` of the answer before, or the `id` of a message of the stream; `latest`: behind all that there is by now.",
    ),
  limit: pageLimit.describe("How many at most, 1 to 100; 20 without it."),
  type: anyOf([...endpointFilters]).describe(
    "Only events of this type; name it several times for several. As in an endpoint's `events`: `job.*` is all of a kind, " +
      "and `job.succeeded` brings `job.recovered` along.",
  ),
  wait: waitSeconds.describe("For how many seconds to wait while there is no event: 0 to 60."),
});

export const auditQuery = z.strictObject({
  limit: pageLimit.describe("How many entries at most: 1 to 100."),
  after: z
    .string("must be given once")
    .refine(isAuditId, "must be the `next` of an earlier answer of this list")
    .optional()
    .describe("`next` of the page before."),
});
