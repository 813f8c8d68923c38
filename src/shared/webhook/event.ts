/**
 * What callers are told. An event is an immutable fact: its bytes are made once, stored once, and signed again for each
 * attempt to deliver them.
 */
import { newEventId } from "../ids.ts";
import type { Job } from "../job.ts";
import { iso, toWire } from "../wire.ts";

/** Sent to everyone who names no filter. */
export const defaultEvents = [
  "job.succeeded",
  "job.failed",
  "job.canceled",
  "job.expired",
  "job.unconfirmed",
  "job.recovered",
] as const;

export const eventTypes = [...defaultEvents, "job.submitted", "job.progress"] as const;
export type EventType = (typeof eventTypes)[number];

/** What a job's filter may name: an event, or all of them. */
export const eventFilters = [...eventTypes, "job.*"] as const;

/** About a tenant's endpoints; sent to those who name no filter, too. */
export const endpointEvents = ["endpoint.disabled"] as const;

/** Sent to one endpoint only, when its owner asks for it. */
export const testEvent = "webhook.test";

export type AnyEventType = EventType | (typeof endpointEvents)[number] | typeof testEvent;

/** What an endpoint's filter may name. */
export const endpointFilters = [...eventFilters, ...endpointEvents, "endpoint.*"] as const;

/** `jobId`: null for one that is about no job. */
export type Event = {
  id: string;
  type: AnyEventType;
  jobId: string | null;
  tenant: string;
  at: number;
  body: string;
};

/** The event of a job as it is after the change that raised it. The input stays out: prompts are nobody else's business. */
export function makeEvent(type: EventType, job: Job, now: number, publicUrl: string | null): Event {
  const { input: _input, ...data } = toWire(job, publicUrl);
  return { ...newEvent(type, job.tenant, { job: data }, now), jobId: job.id };
}

/** An event that is about no job. `data` is what its body carries. */
export function newEvent(type: AnyEventType, tenant: string, data: object, now: number): Event {
  const id = newEventId();
  const body = JSON.stringify({ type, id, timestamp: iso(now), data });
  return { id, type, jobId: null, tenant, at: now, body };
}

/** Whether a filter lets an event pass; whoever takes `job.succeeded` also gets `job.recovered`. null = the default events. */
export function wantsEvent(filter: readonly string[] | null, type: string): boolean {
  const wanted: readonly string[] = filter ?? [...defaultEvents, ...endpointEvents];
  if (wanted.includes(`${type.split(".")[0]}.*`) || wanted.includes(type)) return true;
  return type === "job.recovered" && wanted.includes("job.succeeded");
}

/** The address of the job's own webhook, if it wants this event. */
export function ownTarget(job: Job, type: EventType): string | null {
  const { webhook } = job.request;
  return webhook && wantsEvent(webhook.events, type) ? webhook.url : null;
}
