/** Ids: a prefix that says what it is, and a ULID, so that they sort by time and cannot be guessed. */
import { ulid } from "ulid";

export const newJobId = (): string => `job_${ulid()}`;
export const newEventId = (): string => `evt_${ulid()}`;
export const newAttemptId = (): string => `att_${ulid()}`;
export const newKeyId = (): string => `key_${ulid()}`;

/** The shape of a job's id; anything else is unknown without asking Redis. */
export const isJobId = (text: string): boolean => /^job_[0-9A-HJKMNP-TV-Z]{26}$/.test(text);

/** The shape of a delivery's id, which tells it from a job's and an event's. */
export const isDeliveryId = (text: string): boolean => /^dlv_\w+$/.test(text);

/** One delivery for each event and target, so that writing it twice is writing it once. */
export const deliveryId = (eventId: string, target: string): string =>
  `dlv_${eventId.slice("evt_".length)}_${target}`;
