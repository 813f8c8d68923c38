/** Ids: a prefix that says what it is, and a ULID, so that they sort by time and cannot be guessed. */
import { randomBytes } from "node:crypto";

import { ulid } from "ulid";

export const newJobId = (): string => `job_${newUlid()}`;
export const newEventId = (): string => `evt_${newUlid()}`;
export const newAttemptId = (): string => `att_${newUlid()}`;
export const newEndpointId = (): string => `ep_${newUlid()}`;
export const newKeyId = (): string => `key_${newUlid()}`;

/** The shape of a job's id; anything else is unknown without asking Redis. */
export const isJobId = (text: string): boolean => /^job_[0-9A-HJKMNP-TV-Z]{26}$/.test(text);

/** The shape of a delivery's id, which tells it from a job's and an event's. */
export const isDeliveryId = (text: string): boolean => /^dlv_\w+$/.test(text);

/** One delivery for each event and target (`job`, or an endpoint's id), so that writing it twice is writing it once. */
export const deliveryId = (eventId: string, target: string): string =>
  `dlv_${eventId.slice("evt_".length)}_${target}`;

const RANDOM_DIGITS = 16;

/** The library would ask the system for each random digit on its own, which costs more than all else about an id. */
function newUlid(): string {
  const bytes = randomBytes(RANDOM_DIGITS).values();
  return ulid(undefined, () => (bytes.next().value ?? 0) / 256);
}
