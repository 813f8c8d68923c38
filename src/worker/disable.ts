/**
 * Endpoints that are disabled by what their receivers do: one answer that the endpoint is gone, or nothing but failures for
 * days. The decision and its news to the owner, the event `endpoint.disabled`, are one write, so of many workers who find out at
 * once one tells. Then what is on its way to the endpoint ends. (Owners who disable one themselves know it: they get no event.)
 */
import type { Delivery } from "../shared/delivery.ts";
import { endpointOf, withDisabled } from "../shared/endpoint.ts";
import type { Endpoint, Endpoints } from "../shared/endpoint.ts";
import { endpointNews } from "../shared/endpoint-news.ts";
import type { Logger } from "../shared/logger.ts";
import type { Motor } from "../shared/queues.ts";
import { endDeliveriesOf } from "../shared/store/end-deliveries.ts";
import type { EndDeps } from "../shared/store/end-deliveries.ts";
import { isFailing, readHealth } from "../shared/store/endpoint-health.ts";
import type { EndpointHealth } from "../shared/store/endpoint-health.ts";
import { readEndpoints } from "../shared/store/endpoints.ts";
import { handOver } from "../shared/store/hand-over.ts";
import { endpointTargets, raiseEvent } from "../shared/store/outgoing.ts";
import type { Policy } from "../shared/store/policy.ts";
import { commitRecord, MAX_ROUNDS, movesTooOften, stateCommand } from "../shared/store/record.ts";
import { newEvent } from "../shared/webhook/event.ts";

export type DisableDeps = EndDeps & { motor: Motor; policy: Policy; log: Logger };

/** What a delivery has met: a receiver that is gone, in an attempt that began at `at` (Redis' ms), or the end of its schedule. */
export type Finding =
  | { reason: "gone"; delivery: Delivery; at: number }
  | { reason: "failing"; delivery: Delivery };

/** Disables the endpoint of a delivery, if that is what follows. A test changes nothing, and a job's own address is no endpoint. */
export async function disableEndpoint(deps: DisableDeps, finding: Finding): Promise<void> {
  const { tenant, endpointId, isTest } = finding.delivery;
  if (endpointId === null || isTest) return;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const { record: present, now } = await readEndpoints(deps.redis, deps.keys, tenant);
    // Read after the endpoints: whoever enables one forgets its health in the write that moves them.
    const health = await readHealth(deps.redis, deps.keys, endpointId);
    if (!isSo(endpointOf(present, endpointId), health, finding, now())) return;
    const after = withDisabled(present, endpointId, finding.reason, now());
    const disabled = after && endpointOf(after, endpointId);
    if (!after || !disabled) return;
    const since = health.failingSince ?? (finding.reason === "gone" ? finding.at : null);
    const news = endpointNews(disabled, since);
    if (!(await write(deps, { tenant, after, news, now: now() }))) continue;
    const what = { endpoint_id: endpointId, tenant, disabled_reason: finding.reason };
    deps.log.tell("endpoint.disabled", what);
    await endDeliveriesOf(deps, tenant, endpointId);
    return;
  }
  throw movesTooOften(`endpoints of ${tenant}`);
}

/** What a receiver has answered says nothing about an endpoint that its owner has changed since it was asked. */
function isSo(
  endpoint: Endpoint | undefined,
  health: EndpointHealth,
  finding: Finding,
  now: number,
): boolean {
  if (finding.reason === "failing") return isFailing(health, now);
  return endpoint?.url === finding.delivery.url && endpoint.updatedAt <= finding.at;
}

type Disabling = { tenant: string; after: Endpoints; news: object; now: number };

/** Writes the endpoints, and the event to those that are enabled, if nobody else has moved them. */
async function write(deps: DisableDeps, { tenant, after, news, now }: Disabling): Promise<boolean> {
  const { redis, keys, motor, policy, log } = deps;
  const event = newEvent("endpoint.disabled", tenant, news, now);
  const enabled = after.endpoints.filter(({ status }) => status === "enabled");
  const raised = raiseEvent(keys, policy, event, endpointTargets(event.type, enabled), now);
  const guard = { key: keys.endpoints(tenant), version: after.version, sources: [after.status] };
  const state = stateCommand(guard.key, { ...after, version: after.version + 1 });
  const written = await commitRecord(redis, guard, [state, ...raised.commands]);
  if (written.as !== "written") return false;
  await handOver(motor, raised.wakeUps, now, log);
  return true;
}
