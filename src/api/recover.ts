/** Recovery: what an endpoint has not taken since a moment is sent again, whatever kept it from being taken. */
import type { FastifyRequest } from "fastify";

import { isMissed } from "../shared/delivery.ts";
import type { Delivery } from "../shared/delivery.ts";
import { endpointOf } from "../shared/endpoint.ts";
import type { Endpoints } from "../shared/endpoint.ts";
import { readClock } from "../shared/store/record.ts";
import { tenantOf } from "./auth.ts";
import { climbIndexes } from "./lists/list.ts";
import { invalidBecause, Problem } from "./problem.ts";
import { resend } from "./resend.ts";
import type { Answer, ResendDeps } from "./resend.ts";

/** From `since` on and before `until`, in ms. */
export type Recovery = { since: number; until?: number | undefined };

/** Sends again what the endpoint has missed, and now what waits for a later retry. */
export async function recoverEndpoint(
  deps: ResendDeps,
  request: FastifyRequest,
  id: string,
  { since, until = Infinity }: Recovery,
): Promise<Answer> {
  const { redis, keys } = deps;
  const tenant = tenantOf(request.caller);
  const now = await readClock(redis);
  const indexes = [keys.endpointDeliveries(id, "missed"), keys.endpointDeliveries(id, "open")];
  return resend(deps, request, {
    action: "endpoint.recover",
    tenant,
    subject: id,
    endpointId: id,
    walk: climbIndexes(redis, indexes, until),
    from: { at: since, id: "" },
    wants: (delivery) => delivery.endpointId === id && isRecoverable(delivery),
    check: (endpoints) => checkRecovery(endpoints, id, since, now),
    isDryRun: false,
  });
}

/** A test is nobody's news. */
const isRecoverable = (delivery: Delivery): boolean =>
  !delivery.isTest && (delivery.status === "retrying" || isMissed(delivery));

function checkRecovery(endpoints: Endpoints, id: string, since: number, now: number): void {
  const endpoint = endpointOf(endpoints, id);
  if (!endpoint) throw new Problem("not_found", "There is no such endpoint.");
  if (endpoint.status === "disabled")
    throw new Problem("endpoint_disabled", "Enable it first: nothing is sent to it now.");
  if (since > now) throw invalidBecause([{ pointer: "/since", detail: "must not be in the future" }]);
}
