/**
 * What an event leaves in the ledger when it is raised: its bytes, its line in the tenant's feed, and a delivery for each
 * address that wants it. It is all written with the change that raised it.
 */
import type { Delivery, DeliveryEnd } from "../delivery.ts";
import { isUndelivered } from "../delivery.ts";
import type { Endpoint } from "../endpoint.ts";
import { destinationOf } from "../destination.ts";
import { deliveryId } from "../ids.ts";
import type { Job } from "../job.ts";
import type { WakeUp } from "../queues.ts";
import type { Event } from "../webhook/event.ts";
import { ownTarget, testEvent, wantsEvent } from "../webhook/event.ts";
import type { EventType } from "../webhook/event.ts";
import { expireDropped } from "./bindings.ts";
import { deliveryIndexCommands } from "./delivery-index.ts";
import { formats, knowsEndpoints } from "./format.ts";
import type { Keys } from "./keys.ts";
import type { Policy } from "./policy.ts";
import { stateCommand } from "./record.ts";
import type { Command } from "./scripts.ts";

/** Where an event goes. `ended`: nowhere now, but whoever recovers finds it. */
export type Target = { url: string; endpointId: string | null; ended: DeliveryEnd | null };

type Outgoing = { commands: Command[]; wakeUps: WakeUp[] };

/** What was handed over and whose wake-up was lost is found this much later. */
export const HAND_OVER_GRACE_MS = 10_000;

/** Where a job's event goes: to the address that the job names, and to the endpoints of its tenant. */
export function targetsOf(job: Job, type: EventType, endpoints: readonly Endpoint[]): Target[] {
  const own = ownTarget(job, type);
  const named: Target[] = own === null ? [] : [{ url: own, endpointId: null, ended: null }];
  return [...named, ...endpointTargets(type, endpoints)];
}

/** A disabled endpoint is not sent to; what it misses is kept for a recovery. */
export const endpointTargets = (type: Event["type"], endpoints: readonly Endpoint[]): Target[] =>
  endpoints
    .filter(({ events }) => wantsEvent(events, type))
    .map(({ id, url, status }) => ({
      url,
      endpointId: id,
      ended: status === "enabled" ? null : "endpoint_disabled",
    }));

/** Raises an event; `now` is Redis' time. */
export function raiseEvent(
  keys: Keys,
  policy: Policy,
  event: Event,
  targets: readonly Target[],
  now: number,
): Outgoing {
  const deliveries = targets.map((target) => newDelivery(event, target, now));
  const ids = deliveries.map(({ id }) => id);
  const commands: Command[] = [eventCommand(keys, event), ...ownerCommands(keys, policy, event, ids)];
  // A test is nobody's news.
  if (event.type !== testEvent) commands.push(...feedCommands(keys, policy, event, now));
  commands.push(...deliveries.flatMap((delivery) => deliveryCommands(keys, policy, null, delivery, now)));
  return { commands, wakeUps: deliveries.filter(isUndelivered).map(deliverWakeUp) };
}

const eventCommand = (keys: Keys, { id, type, jobId, tenant, at, body }: Event): Command => [
  "HSET",
  keys.event(id),
  "type",
  type,
  "job",
  jobId ?? "",
  "tenant",
  tenant,
  "at",
  at,
  "body",
  body,
];

/** By what it goes in the end: with its job, with the last of its deliveries, or when nobody asks for it any more. */
function ownerCommands(keys: Keys, policy: Policy, { id, jobId }: Event, deliveryIds: string[]): Command[] {
  if (jobId !== null) return [["SADD", keys.outbox(jobId), id, ...deliveryIds]];
  if (deliveryIds.length > 0) return [["SADD", keys.eventDeliveries(id), ...deliveryIds]];
  return [["PEXPIRE", keys.event(id), policy.retentionMs]];
}

/** Lines that are older than any event can be go when new ones come. */
function feedCommands(
  keys: Keys,
  policy: Policy,
  { id, type, jobId, tenant }: Event,
  now: number,
): Command[] {
  const feed = keys.feed(tenant);
  const oldest = Math.max(0, Math.floor(now - policy.retentionMs));
  return [
    ["XADD", feed, "MINID", "~", oldest, "*", "event", id, "type", type, "job", jobId ?? ""],
    ["PEXPIRE", feed, policy.retentionMs],
    ["PUBLISH", keys.changes, feed],
  ];
}

function newDelivery(event: Event, { url, endpointId, ended }: Target, now: number): Delivery {
  return {
    id: deliveryId(event.id, endpointId ?? "job"),
    tenant: event.tenant,
    jobId: event.jobId,
    endpointId,
    eventId: event.id,
    eventType: event.type,
    url,
    isTest: event.type === testEvent,
    status: ended === null ? "pending" : "aborted",
    version: 1,
    generation: 1,
    attempt: 0,
    failures: 0,
    nextAt: now,
    lastStatus: null,
    lastError: ended,
    createdAt: now,
    finishedAt: ended === null ? null : now,
    idempotencyKeys: [],
    // A process that knows no endpoints would sign it with the wrong secret.
    ...(endpointId === null ? {} : { format: Math.max(formats.written, knowsEndpoints) }),
  };
}

/** The delivery's record, where it is found, and when to look after it; `before` is null when it comes into being. */
export function deliveryCommands(
  keys: Keys,
  policy: Policy,
  before: Delivery | null,
  delivery: Delivery,
  now: number,
): Command[] {
  const busy = delivery.status === "delivering" ? policy.deliveryTimeoutMs : 0;
  return [
    stateCommand(keys.delivery(delivery.id), delivery),
    ...deliveryIndexCommands(keys, before, delivery),
    ...expireDropped(before, delivery, policy.retentionMs),
    isUndelivered(delivery)
      ? ["ZADD", keys.due, Math.max(delivery.nextAt, now) + busy + HAND_OVER_GRACE_MS, delivery.id]
      : ["ZREM", keys.due, delivery.id],
    ...purgeCommands(keys, policy, delivery),
    ...testCommands(keys, delivery),
  ];
}

/** Who asked for a test waits for its end, and the next one may begin. */
const testCommands = (keys: Keys, { id, isTest, tenant, finishedAt }: Delivery): Command[] =>
  isTest && finishedAt !== null
    ? [
        ["DEL", keys.endpointTest(tenant)],
        ["PUBLISH", keys.changes, id],
      ]
    : [];

/** A job's deliveries go with the job; others by themselves, when their retention is over. */
function purgeCommands(keys: Keys, policy: Policy, { id, jobId, finishedAt }: Delivery): Command[] {
  if (jobId !== null) return [];
  if (finishedAt === null) return [["ZREM", keys.purge, id]];
  return [["ZADD", keys.purge, finishedAt + policy.retentionMs, id]];
}

/** A test needs no place at its destination. */
export const deliverWakeUp = ({ id, generation, nextAt, tenant, url, isTest }: Delivery): WakeUp => ({
  stage: "deliver",
  id,
  n: generation,
  at: nextAt,
  ...(isTest ? {} : { to: destinationOf(tenant, url) }),
});
