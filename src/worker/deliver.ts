/**
 * The deliver stage: carries one event to one address, at least once. The schedule and the counts live in the delivery's
 * record; the queue entry only comes back when told. An attempt is written before it is made, and its result is taken
 * only from the attempt that the record still waits for: a worker that comes back late changes nothing.
 */
import type { Delivery } from "../shared/delivery.ts";
import { isUndelivered } from "../shared/delivery.ts";
import type { Logger } from "../shared/logger.ts";
import type { QueueEntry } from "../shared/queues.ts";
import type { AttemptEntry, DeliveryStore } from "../shared/store/deliveries.ts";
import { signEvent } from "../shared/webhook/sign.ts";
import { deliveryWait } from "./backoff.ts";
import { discard, done, EARLY_MS, retry, snooze } from "./outcome.ts";
import type { Outcome } from "./outcome.ts";
import type { Attempt, Sender } from "./send.ts";

export type DeliverDeps = {
  deliveries: DeliveryStore;
  sender: Sender;
  /** The secrets that sign for a tenant, the current one first. */
  secretsOf: (tenant: string) => Promise<string[]>;
  scheduleS: readonly number[];
  random: () => number;
  log: Logger;
};

const CONTESTED_MS = 1000;

/** Makes one attempt of the delivery that the entry stands for, if it is due. */
export async function deliverEvent(deps: DeliverDeps, { id, n }: QueueEntry): Promise<Outcome> {
  const snapshot = await deps.deliveries.readDelivery(id);
  if (!snapshot || snapshot.record.generation !== n || !isUndelivered(snapshot.record)) return discard;
  const early = snapshot.record.nextAt - snapshot.now();
  if (early > EARLY_MS) return snooze(early);

  const { eventId, tenant } = snapshot.record;
  const [body, secrets] = await Promise.all([deps.deliveries.readEventBody(eventId), deps.secretsOf(tenant)]);
  if (body === null) {
    const code = snapshot.record.url === "" ? "erased" : "event_gone";
    await deps.deliveries.writeDelivery(snapshot.record, abort(code, snapshot.now()), snapshot.now());
    return done;
  }
  const begun = await deps.deliveries.writeDelivery(
    snapshot.record,
    { status: "delivering", attempt: snapshot.record.attempt + 1 },
    snapshot.now(),
  );
  if (!begun) return snooze(CONTESTED_MS);
  const at = snapshot.now();
  const attempt = await tryToSend(deps, begun, { body: Buffer.from(body), secrets, at });
  return conclude(deps, begun, attempt, at, snapshot.now());
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

/** `at` by Redis' clock, in ms: receivers refuse what is signed by a clock that goes wrong. */
type Letter = { body: Buffer; secrets: string[]; at: number };

function send(sender: Sender, delivery: Delivery, { body, secrets, at }: Letter): Promise<Attempt> {
  const timestampS = Math.floor(at / 1000);
  const headers = {
    "content-type": "application/json",
    "user-agent": "Onetake-Webhook/1",
    "webhook-id": delivery.eventId,
    "webhook-timestamp": String(timestampS),
    "webhook-signature": signEvent({ id: delivery.eventId, timestampS, body, secrets }),
  };
  return sender.send({ url: delivery.url, headers, body });
}

async function conclude(
  deps: DeliverDeps,
  delivery: Delivery,
  attempt: Attempt,
  at: number,
  now: number,
): Promise<Outcome> {
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
  return after.status === "retrying" ? retry(after.nextAt - now) : done;
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
  const wait = deliveryWait(failures, scheduleS, random());
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
