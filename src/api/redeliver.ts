/**
 * Redelivery: the same event, with the same id and the same bytes, sent once more to where it went, as a new generation of
 * its delivery. What an attempt of the generation before finds out afterwards is not taken any more.
 */
import type { FastifyRequest } from "fastify";

import type { Delivery } from "../shared/delivery.ts";
import { addressOf, closedBecause } from "../shared/endpoint.ts";
import { isDeliveryId } from "../shared/ids.ts";
import type { Job } from "../shared/job.ts";
import type { DeliveryStore } from "../shared/store/deliveries.ts";
import { readEndpoints } from "../shared/store/endpoints.ts";
import { handOver } from "../shared/store/hand-over.ts";
import type { Ledger } from "../shared/store/ledger.ts";
import { deliverWakeUp } from "../shared/store/outgoing.ts";
import { MAX_ROUNDS, movesTooOften } from "../shared/store/record.ts";
import type { Snapshot } from "../shared/store/record.ts";
import { mayRead } from "./auth.ts";
import { adviceOn, bindingOf, holderOf, orUncertain } from "./idempotency.ts";
import type { Claim, Idempotency } from "./idempotency.ts";
import { Problem } from "./problem.ts";

export type RedeliverDeps = Pick<Ledger, "redis" | "keys" | "jobs" | "deliveries" | "motor"> & {
  idempotency: Idempotency;
};

/** The delivery as it is afterwards, and whether the request was a repeat. */
export type Redelivered = { delivery: Delivery; isReplay: boolean };

/** What a redelivery makes of a delivery; null: it is on its way as it is. */
export function redeliver(
  delivery: Delivery,
  job: Pick<Job, "erasedAt"> | null,
  now: number,
): Partial<Delivery> | Problem | null {
  if (job && job.erasedAt !== null)
    return new Problem("gone", "The job was erased: there is nothing left to send.");
  if (delivery.lastError === "event_gone") return new Problem("gone", "The event is no longer there.");
  if (delivery.status === "pending" || delivery.status === "delivering") return null;
  return nextGeneration(delivery, now);
}

/** What makes a delivery begin anew at `nextAt`, in ms. */
export const nextGeneration = ({ generation }: Delivery, nextAt: number): Partial<Delivery> => ({
  status: "pending",
  generation: generation + 1,
  failures: 0,
  nextAt,
  finishedAt: null,
});

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
 * What the redelivery makes of it. Throws the Problem, if there is one. Its job is read after it: if it is not erased by then, a
 * later erasure moves the delivery too, so of the two writes the second one finds the first. An endpoint that is closed later is
 * found closed when the delivery is to be sent.
 */
async function wishFor(
  { jobs, redis, keys }: RedeliverDeps,
  delivery: Delivery,
  now: () => number,
): Promise<Partial<Delivery> | null> {
  const { jobId, endpointId, tenant } = delivery;
  const job = jobId === null ? null : await jobs.readJob(jobId);
  if (jobId !== null && !job) throw new Problem("not_found", "There is no such delivery.");
  const wish = redeliver(delivery, job?.record ?? null, now());
  if (wish instanceof Problem) throw wish;
  if (endpointId === null) return wish;
  const { record: endpoints } = await readEndpoints(redis, keys, tenant);
  const code = closedBecause(endpoints, endpointId);
  if (code) throw new Problem(code, closedAdvice[code]);
  return wish && { ...wish, url: addressOf(delivery, endpoints) };
}

const closedAdvice = {
  endpoint_deleted: "The endpoint that it went to is deleted: nothing is sent there any more.",
  endpoint_disabled: "Enable its endpoint first: nothing is sent to it now.",
};

/** null: somebody else moved the delivery first. */
async function tryToRedeliver(
  deps: RedeliverDeps,
  request: FastifyRequest,
  { record: before, now }: Snapshot<Delivery>,
  claim: Claim | null,
): Promise<Redelivered | null> {
  const { deliveries, motor } = deps;
  const wish = await wishFor(deps, before, now);
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
