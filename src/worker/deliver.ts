/**
 * The deliver stage: carries one event to one address, at least once. The schedule and the counts live in the delivery's
 * record; the queue entry only comes back when told. An attempt is written before it is made, and its result is taken
 * only from the attempt that the record still waits for: a worker that comes back late changes nothing.
 */
import type { Delivery, DeliveryEnd } from "../shared/delivery.ts";
import { isUndelivered } from "../shared/delivery.ts";
import { destinationOf, originOf } from "../shared/destination.ts";
import type { Logger } from "../shared/logger.ts";
import type { QueueEntry } from "../shared/queues.ts";
import type { AttemptEntry } from "../shared/store/attempts.ts";
import type { DeliveryStore } from "../shared/store/deliveries.ts";
import { nothingLearnt } from "../shared/store/places.ts";
import type { Snapshot } from "../shared/store/record.ts";
import { signEvent } from "../shared/webhook/sign.ts";
import type { Addressee } from "./addressee.ts";
import { deliveryWait, egressWait, isWaitOver } from "./backoff.ts";
import type { Finding } from "./disable.ts";
import { discard, done, EARLY_MS, retry, snooze } from "./outcome.ts";
import type { Outcome } from "./outcome.ts";
import type { Admitted, Doorman } from "./doorman.ts";
import { reportOf } from "./doorman.ts";
import type { Attempt, Sender } from "./send.ts";

export type DeliverDeps = {
  deliveries: DeliveryStore;
  sender: Sender;
  doorman: Doorman;
  findAddressee: (delivery: Delivery) => Promise<Addressee>;
  /** Disables the endpoint that a delivery goes to, if what the delivery has met calls for it. */
  disableEndpoint: (finding: Finding) => Promise<void>;
  scheduleS: readonly number[];
  random: () => number;
  log: Logger;
};

const CONTESTED_MS = 1000;
/** Whoever has the wrong ENCRYPTION_KEY, or none, needs a while to notice. */
const LOCKED_MS = 30_000;
/** Shorter words are no secrets, and would tear holes into what is shown. */
const SHORTEST_HIDDEN = 6;

/** Makes one attempt of the delivery that the entry stands for, if it is due and has a place. */
export async function deliverEvent(deps: DeliverDeps, entry: QueueEntry): Promise<Outcome> {
  const found = await prepare(deps, entry).catch(async (error: unknown) => {
    await stepAside(deps, entry);
    throw error;
  });
  if (found.as !== "ready") {
    await stepAside(deps, entry);
    return found;
  }
  const { snapshot, body, addressee } = found;
  const to = destinationOf(snapshot.record.tenant, addressee.url);
  // Its endpoint has moved.
  if (entry.to !== to) await stepAside(deps, entry);
  const { isTest } = snapshot.record;
  const admission = isTest
    ? await beginTest(deps, snapshot, addressee.url)
    : await deps.doorman.admit({ ...entry, to }, snapshot, addressee.url);
  if (admission.as === "stale") return snooze(CONTESTED_MS);
  if (admission.as !== "admitted") {
    if (admission.as === "open" && isWaitOver(snapshot.record, deps.scheduleS, snapshot.now()))
      return giveUp(deps, snapshot, { ...entry, to });
    // It stands in line, and gets an entry again when there is a place: crowds that sleep would all wake at once.
    return done;
  }
  const begun = admission.delivery;
  const at = snapshot.now();
  const letter = { body: Buffer.from(body), to: addressee, at, now: snapshot.now };
  const attempt = await tryToSend(deps, begun, letter);
  const [outcome] = await Promise.all([
    conclude(deps, begun, attempt, at, snapshot.now()),
    isTest || deps.doorman.leave({ ...entry, to }, reportOf(attempt), originOf(addressee.url)),
  ]);
  return outcome;
}

/** Its destination has been down for as long as it may: waiting spends no attempt, but it does not last for ever. */
async function giveUp(
  deps: DeliverDeps,
  { record, now }: Snapshot<Delivery>,
  visitor: QueueEntry,
): Promise<Outcome> {
  const given = await deps.deliveries.giveUp(record, now());
  await stepAside(deps, visitor);
  if (!given) return snooze(CONTESTED_MS);
  const { id, jobId, eventId, eventType, tenant, attempt, status } = given;
  const ids = { delivery_id: id, job_id: jobId, event_id: eventId, event: eventType, tenant };
  deps.log.tell("delivery.given_up", { ...ids, attempt, error_code: given.lastError, status });
  await deps.disableEndpoint({ reason: "failing", delivery: given });
  return done;
}

/** Its owner waits for what the receiver says now, and has one at a time, of all endpoints: it needs no place. */
async function beginTest(
  { deliveries }: DeliverDeps,
  { record, now }: Snapshot<Delivery>,
  url: string,
): Promise<Admitted> {
  const delivery = await deliveries.beginAttempt(record, url, now());
  return delivery ? { as: "admitted", delivery } : { as: "stale" };
}

/** Whoever makes no attempt needs no place. */
async function stepAside({ doorman }: DeliverDeps, { id, n, to }: QueueEntry): Promise<void> {
  if (to !== undefined) await doorman.leave({ id, n, to }, nothingLearnt, "");
}

/** An attempt that is due, and can be made. */
type Ready = { as: "ready"; snapshot: Snapshot<Delivery>; body: string; addressee: Reachable };
type Reachable = Extract<Addressee, { as: "reachable" }>;

async function prepare(deps: DeliverDeps, { id, n }: QueueEntry): Promise<Ready | Outcome> {
  const snapshot = await deps.deliveries.readDelivery(id);
  if (!snapshot || snapshot.record.generation !== n || !isUndelivered(snapshot.record)) return discard;
  const early = snapshot.record.nextAt - snapshot.now();
  if (early > EARLY_MS) return snooze(early);

  const [body, addressee] = await Promise.all([
    deps.deliveries.readEventBody(snapshot.record.eventId),
    deps.findAddressee(snapshot.record),
  ]);
  const end = endOf(snapshot.record, body, addressee);
  if (end !== null) {
    await deps.deliveries.writeDelivery(snapshot.record, abort(end, snapshot.now()), snapshot.now());
    return done;
  }
  if (addressee.as === "locked") {
    deps.log.tell("endpoint.locked", { delivery_id: id, message: addressee.reason });
    return snooze(LOCKED_MS);
  }
  if (body === null || addressee.as !== "reachable") return discard;
  return { as: "ready", snapshot, body, addressee };
}

/** Why there is nothing to send, or nobody to send it to; null: there is. */
function endOf({ url }: Delivery, body: string | null, addressee: Addressee): DeliveryEnd | null {
  if (body === null) return url === "" ? "erased" : "event_gone";
  return addressee.as === "ended" ? addressee.code : null;
}

/** A bug of ours costs an attempt like any other failure: it must not try for ever, outside of the schedule. */
async function tryToSend(deps: DeliverDeps, delivery: Delivery, letter: Letter): Promise<Attempt> {
  try {
    return await send(deps.sender, delivery, letter);
  } catch (error) {
    deps.log.tell("delivery.broken", { err: error, delivery_id: delivery.id });
    const nothing = { status: null, durationMs: 0, retryAfterMs: null, snippet: null };
    return { ...nothing, delivered: false, errorCode: "internal_error" };
  }
}

/** Both by Redis' clock, in ms: receivers refuse what is signed by a clock that goes wrong, and name times by one that goes right. */
type Letter = { body: Buffer; to: Reachable; at: number; now: () => number };

function send(sender: Sender, delivery: Delivery, { body, to, at, now }: Letter): Promise<Attempt> {
  const timestampS = Math.floor(at / 1000);
  const headers = {
    ...to.headers,
    "content-type": "application/json",
    "user-agent": "Onetake-Webhook/1",
    "webhook-id": delivery.eventId,
    "webhook-timestamp": String(timestampS),
    "webhook-signature": signEvent({ id: delivery.eventId, timestampS, body, secrets: to.secrets }),
  };
  return sender.send({ url: to.url, headers, body, hidden: hiddenIn(to.headers), now });
}

/** The values of custom headers, and what stands after `Bearer` or the like. */
const hiddenIn = (headers: Record<string, string>): string[] =>
  Object.values(headers)
    .flatMap((value) => [value, ...value.split(" ").slice(1)])
    .filter((value) => value.length >= SHORTEST_HIDDEN);

async function conclude(
  deps: DeliverDeps,
  delivery: Delivery,
  attempt: Attempt,
  at: number,
  now: number,
): Promise<Outcome> {
  if (attempt.errorCode === "egress_error") return putBack(deps, delivery, now);
  // Before the result is written: whoever crashes in between leaves a delivery that finds the endpoint disabled.
  if (attempt.errorCode === "gone") await deps.disableEndpoint({ reason: "gone", delivery, at });
  const patch = nextState(delivery, attempt, now, deps);
  const entry: AttemptEntry = {
    n: delivery.attempt,
    generation: delivery.generation,
    at,
    status: attempt.status,
    duration_ms: attempt.durationMs,
    error_code: attempt.errorCode,
    snippet: attempt.snippet,
  };
  const after = await deps.deliveries.writeDelivery(delivery, patch, now, entry);
  logAttempted(deps.log, delivery, attempt, now, after?.status ?? "superseded");
  if (!after) return snooze(CONTESTED_MS);
  if (after.status === "failed") await deps.disableEndpoint({ reason: "failing", delivery });
  return after.status === "retrying" ? retry(after.nextAt - now) : done;
}

/** The way out has failed, not the receiver: the attempt never was, and the delivery is what it was before. */
async function putBack(
  { deliveries, random }: DeliverDeps,
  delivery: Delivery,
  now: number,
): Promise<Outcome> {
  const waitMs = egressWait(random());
  const status = delivery.failures === 0 ? "pending" : "retrying";
  const patch = { status, attempt: delivery.attempt - 1, nextAt: now + waitMs } as const;
  return snooze((await deliveries.writeDelivery(delivery, patch, now)) ? waitMs : CONTESTED_MS);
}

/** What an attempt's result makes of its delivery. */
export function nextState(
  delivery: Delivery,
  attempt: Attempt,
  now: number,
  { scheduleS, random }: Pick<DeliverDeps, "scheduleS" | "random">,
): Partial<Delivery> {
  const seen = { lastStatus: attempt.status, lastError: attempt.errorCode };
  if (attempt.delivered) return { ...seen, status: "delivered", finishedAt: now };
  if (attempt.errorCode === "gone") return { ...seen, ...abort("gone", now) };
  const failures = delivery.failures + 1;
  const wait = delivery.isTest ? null : deliveryWait(failures, scheduleS, random());
  if (wait === null) return { ...seen, status: "failed", failures, finishedAt: now };
  return { ...seen, status: "retrying", failures, nextAt: now + Math.max(wait, attempt.retryAfterMs ?? 0) };
}

const abort = (code: string, now: number) =>
  ({ status: "aborted", lastError: code, finishedAt: now }) as const;

function logAttempted(log: Logger, delivery: Delivery, attempt: Attempt, now: number, status: string): void {
  const { id, tenant, jobId, eventId, eventType, attempt: n, generation, createdAt } = delivery;
  const ids = { delivery_id: id, job_id: jobId, event_id: eventId, event: eventType, tenant };
  const fields = {
    ...ids,
    attempt: n,
    generation,
    http_status: attempt.status,
    error_code: attempt.errorCode,
    duration_ms: attempt.durationMs,
    delay_ms: now - createdAt,
    status,
  };
  log.tell("delivery.attempted", fields, attempt.delivered ? "info" : "warn");
}
