/**
 * Redelivery: the same event, with the same id and the same bytes, sent once more to where it went, as a new generation of
 * its delivery. What an attempt of the generation before finds out afterwards is not taken any more.
 */
import type { FastifyRequest } from "fastify";

import type { Delivery } from "../shared/delivery.ts";
import { isDeliveryId } from "../shared/ids.ts";
import type { Job } from "../shared/job.ts";
import { deliverWakeUp } from "../shared/store/bookkeeping.ts";
import type { DeliveryStore } from "../shared/store/deliveries.ts";
import { handOver } from "../shared/store/hand-over.ts";
import type { Ledger } from "../shared/store/ledger.ts";
import { MAX_ROUNDS, movesTooOften } from "../shared/store/record.ts";
import type { Snapshot } from "../shared/store/record.ts";
import { mayRead } from "./auth.ts";
import { adviceOn, bindingOf, holderOf, orUncertain } from "./idempotency.ts";
import type { Claim, Idempotency } from "./idempotency.ts";
import { Problem } from "./problem.ts";

export type RedeliverDeps = Pick<Ledger, "jobs" | "deliveries" | "motor"> & { idempotency: Idempotency };

/** The delivery as it is afterwards, and whether the request was a repeat. */
export type Redelivered = { delivery: Delivery; isReplay: boolean };

/** What a redelivery makes of a delivery; null: it is on its way as it is. */
export function redeliver(
  delivery: Delivery,
  job: Pick<Job, "erasedAt">,
  now: number,
): Partial<Delivery> | Problem | null {
  if (job.erasedAt !== null) return new Problem("gone", "The job was erased: there is nothing left to send.");
  if (delivery.lastError === "event_gone") return new Problem("gone", "The event is no longer there.");
  if (delivery.status === "pending" || delivery.status === "delivering") return null;
  return {
    status: "pending",
    generation: delivery.generation + 1,
    failures: 0,
    nextAt: now,
    finishedAt: null,
  };
}

/** The delivery, if the caller may know of it: another tenant's does not exist. */
export async function findDelivery(
  deliveries: DeliveryStore,
  request: FastifyRequest,
  id: string,
): Promise<Snapshot<Delivery>> {
  const found = isDeliveryId(id) ? await deliveries.readDelivery(id) : null;
  if (found && mayRead(request.caller, found.record.tenant)) return found;
  throw new Problem("not_found", "There is no such delivery.");
}

/** Redelivers, once for each Idempotency-Key. */
export async function redeliverKnown(
  deps: RedeliverDeps,
  request: FastifyRequest,
  known: Snapshot<Delivery>,
): Promise<Redelivered> {
  const { id, tenant } = known.record;
  const scope = { tenant, route: `POST /v1/deliveries/${id}/redeliver`, buys: false };
  const claim = await deps.idempotency.claimOf(request.headers["idempotency-key"], scope, request.sent);
  const replay = async () => ({
    delivery: (await findDelivery(deps.deliveries, request, id)).record,
    isReplay: true,
  });
  if (claim && (await deps.idempotency.findHolder(claim))) return replay();
  let snapshot = known;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const redelivered = await tryToRedeliver(deps, request, snapshot, claim);
    if (redelivered) return redelivered;
    snapshot = await findDelivery(deps.deliveries, request, id);
  }
  throw movesTooOften(`delivery ${id}`);
}

/**
 * null: somebody else moved the delivery first. Its job is read after it: if it is not erased by then, a later erasure
 * moves the delivery too, so of the two writes the second one finds the first.
 */
async function tryToRedeliver(
  { jobs, deliveries, motor }: RedeliverDeps,
  request: FastifyRequest,
  { record: before, now }: Snapshot<Delivery>,
  claim: Claim | null,
): Promise<Redelivered | null> {
  const job = await jobs.readJob(before.jobId);
  if (!job) throw new Problem("not_found", "There is no such delivery.");
  const wish = redeliver(before, job.record, now());
  if (wish instanceof Problem) throw wish;
  const binding = bindingOf(claim, before.id);
  const write = wish
    ? () => deliveries.writeWish(before, wish, now(), binding)
    : binding && (() => deliveries.bindOnly(before, binding));
  if (!write) return { delivery: before, isReplay: false };
  const { written, after } = await orUncertain(
    before.jobId,
    claim,
    write,
    adviceOn(before.id, claim !== null),
  );
  if (written.as === "free" && claim && holderOf(written.found, claim)) {
    return { delivery: (await findDelivery(deliveries, request, before.id)).record, isReplay: true };
  }
  if (written.as !== "written") return null;
  if (wish) {
    const { id, tenant, jobId, generation } = after;
    request.log.tell("delivery.redelivered", { delivery_id: id, job_id: jobId, tenant, generation });
    await handOver(motor, [deliverWakeUp(after)], now(), request.log);
  }
  return { delivery: after, isReplay: false };
}
