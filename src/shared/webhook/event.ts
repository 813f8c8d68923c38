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

/** What a filter may name: an event, or all of them. */
export const eventFilters = [...eventTypes, "job.*"] as const;

export type Event = { id: string; type: EventType; jobId: string; tenant: string; at: number; body: string };

/** The event of a job as it is after the change that raised it. The input stays out: prompts are nobody else's business. */
export function makeEvent(type: EventType, job: Job, now: number, publicUrl: string | null): Event {
  const id = newEventId();
  const { input: _input, ...data } = toWire(job, publicUrl);
  const body = JSON.stringify({ type, id, timestamp: iso(now), data: { job: data } });
  return { id, type, jobId: job.id, tenant: job.tenant, at: now, body };
}

/** Whether a filter lets an event pass; whoever takes `job.succeeded` also gets `job.recovered`. null = the default events. */
export function wantsEvent(filter: readonly string[] | null, type: EventType): boolean {
  const wanted: readonly string[] = filter ?? defaultEvents;
  if (wanted.includes("job.*") || wanted.includes(type)) return true;
  return type === "job.recovered" && wanted.includes("job.succeeded");
}

/** The address of the job's own webhook, if it wants this event. */
export function ownTarget(job: Job, type: EventType): string | null {
  const { webhook } = job.request;
  return webhook && wantsEvent(webhook.events, type) ? webhook.url : null;
}
