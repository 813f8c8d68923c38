/**
 * A delivery is one event on its way to one address. Like a job it is a record that is changed only by guarded writes;
 * a redelivery starts a new generation of the same record, with the same event id and the same bytes.
 */
import { z } from "zod";

const deliveryStatuses = ["pending", "delivering", "retrying", "delivered", "failed", "aborted"] as const;

export const Delivery = z.strictObject({
  id: z.string(),
  tenant: z.string(),
  jobId: z.string(),
  eventId: z.string(),
  eventType: z.string(),
  url: z.string(),
  status: z.enum(deliveryStatuses),
  version: z.number(),
  generation: z.number(),
  /** Attempts begun, over all generations. */
  attempt: z.number(),
  /** Attempts of this generation that have failed: the place in the retry schedule. */
  failures: z.number(),
  nextAt: z.number(),
  lastStatus: z.number().nullable(),
  lastError: z.string().nullable(),
  createdAt: z.number(),
  finishedAt: z.number().nullable(),
});
export type Delivery = z.infer<typeof Delivery>;

export const isUndelivered = (delivery: Delivery): boolean =>
  delivery.status === "pending" || delivery.status === "delivering" || delivery.status === "retrying";
