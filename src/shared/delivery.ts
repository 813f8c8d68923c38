/**
 * A delivery is one event on its way to one address. Like a job it is a record that is changed only by guarded writes;
 * a redelivery starts a new generation of the same record, with the same event id and the same bytes.
 */
import { z } from "zod";

import { keysOf } from "./keys-of.ts";
import { stored } from "./stored.ts";

export const deliveryStatuses = {
  pending: "Waiting for the first attempt, or for that of a redelivery.",
  delivering: "An attempt is on its way.",
  retrying: "The last attempt failed; another one is planned.",
  delivered: "The receiver took it with a 2xx.",
  failed: "Every attempt of the schedule failed.",
  aborted:
    "Given up before the schedule's end: the receiver answered 410, its endpoint was disabled or deleted, or there is nothing left to send.",
} as const;
export type DeliveryStatus = keyof typeof deliveryStatuses;

/** Why a delivery ended without being sent. */
export type DeliveryEnd =
  | "erased"
  | "event_gone"
  | "endpoint_deleted"
  | "endpoint_disabled"
  | "destination_down";

export const Delivery = stored({
  id: z.string(),
  tenant: z.string(),
  /** null: of an event that is about no job. */
  jobId: z.string().nullable(),
  /** The endpoint that it goes to; null: the address that the job names. */
  endpointId: z.string().nullable().default(null),
  eventId: z.string(),
  eventType: z.string(),
  /** Empty once its job is erased. */
  url: z.string(),
  /** A test has one attempt, and says nothing about its endpoint. */
  isTest: z.boolean().default(false),
  status: z.enum(keysOf(deliveryStatuses)),
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
  /** The keys under which repeats of redeliver requests find this delivery, as many as are kept; they live as long as the record. */
  idempotencyKeys: z.array(z.string()),
});
export type Delivery = z.infer<typeof Delivery>;

export const isUndelivered = ({ status }: Pick<Delivery, "status">): boolean =>
  status === "pending" || status === "delivering" || status === "retrying";

/** Ended, and never taken, though there is still something to send: what a recovery sends again. */
export const isMissed = ({ status, lastError, url }: Delivery): boolean =>
  (status === "failed" || status === "aborted") && url !== "" && lastError !== "event_gone";
