/** How a delivery looks from outside. Its names are part of the contract. */
import { isUndelivered } from "../../shared/delivery.ts";
import type { Delivery } from "../../shared/delivery.ts";
import type { AttemptEntry } from "../../shared/store/attempts.ts";
import { iso } from "../../shared/wire.ts";

export function deliveryToWire(delivery: Delivery) {
  const isPlanned = isUndelivered(delivery) && delivery.status !== "delivering";
  return {
    id: delivery.id,
    object: "delivery" as const,
    job_id: delivery.jobId,
    event_id: delivery.eventId,
    event_type: delivery.eventType,
    endpoint_id: delivery.endpointId,
    url: delivery.url,
    status: delivery.status,
    attempts_made: delivery.attempt,
    next_attempt_at: isPlanned ? iso(delivery.nextAt) : null,
    last_status: delivery.lastStatus,
    last_error: delivery.lastError,
    created_at: iso(delivery.createdAt),
    finished_at: delivery.finishedAt === null ? null : iso(delivery.finishedAt),
  };
}

/** With what came of each attempt, oldest first. */
export const deliveryWithAttempts = (delivery: Delivery, attempts: AttemptEntry[]) => ({
  ...deliveryToWire(delivery),
  attempts: attempts.map(({ generation: _generation, ...entry }) => ({ ...entry, at: iso(entry.at) })),
});
