/**
 * A test of an endpoint: an event that goes to it alone, once, whether it is disabled or not, and is nobody's news. One at
 * a time for each tenant: it takes no place at its destination, so its receivers, however slow, must not take up the workers.
 */
import type { FastifyReply, FastifyRequest } from "fastify";

import { isUndelivered } from "../../shared/delivery.ts";
import type { Delivery } from "../../shared/delivery.ts";
import { endpointOf } from "../../shared/endpoint.ts";
import type { Endpoint, Endpoints } from "../../shared/endpoint.ts";
import { endpointNews } from "../../shared/endpoint-news.ts";
import { deliveryId } from "../../shared/ids.ts";
import { readHealth } from "../../shared/store/endpoint-health.ts";
import { readEndpoints, sameEndpoints } from "../../shared/store/endpoints.ts";
import { handOver } from "../../shared/store/hand-over.ts";
import type { Ledger } from "../../shared/store/ledger.ts";
import { raiseEvent } from "../../shared/store/outgoing.ts";
import { commitRecord, MAX_ROUNDS, movesTooOften } from "../../shared/store/record.ts";
import type { Binding, Snapshot } from "../../shared/store/record.ts";
import type { Command, Condition } from "../../shared/store/scripts.ts";
import { newEvent, testEvent } from "../../shared/webhook/event.ts";
import { nameOf, ownerOfKeys } from "../auth.ts";
import { bindingOf, orUncertain } from "../idempotency.ts";
import { Problem } from "../problem.ts";
import { claimOfRequest } from "../setting.ts";
import type { SettingDeps } from "../setting.ts";
import type { Changes } from "../watch/changes.ts";
import { unknownEndpoint } from "./decide-endpoint.ts";

export type TestDeps = SettingDeps & Pick<Ledger, "motor" | "policy" | "deliveries"> & { changes: Changes };

/** A test that no worker takes up stands in the way of the next one for so long after its time. */
const ABANDONED_MS = 60_000;
/** How long after the attempt's own time its result is waited for. */
const LATE_MS = 3000;

/** Raises the test, once for each Idempotency-Key. Returns the id of its delivery. */
export async function raiseTest(
  deps: TestDeps,
  request: FastifyRequest,
  tenant: string,
  id: string,
): Promise<{ id: string; isReplay: boolean }> {
  const { redis, keys, idempotency } = deps;
  const claim = await claimOfRequest(idempotency, request, id);
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const held = claim && (await idempotency.findHolder(claim));
    if (held !== null) return { id: held, isReplay: true };
    const found = await readEndpoints(redis, keys, tenant);
    const endpoint = endpointOf(found.record, id);
    if (!endpoint) throw unknownEndpoint();
    const written = await orUncertain(null, claim, () =>
      writeTest(deps, request, tenant, endpoint, found, (delivery) => bindingOf(claim, delivery)),
    );
    if (written.as === "written") return { id: written.id, isReplay: false };
    if (written.as === "busy" && !(claim && (await idempotency.findHolder(claim)))) {
      throw new Problem("test_under_way", "Its answer is waited for. Try again when it has come.");
    }
  }
  throw movesTooOften(`endpoint ${id}`);
}

type Tested = { as: "written"; id: string } | { as: "stale" } | { as: "busy" };

async function writeTest(
  { redis, keys, policy, motor, retentionS }: TestDeps,
  request: FastifyRequest,
  tenant: string,
  endpoint: Endpoint,
  { record, now }: Snapshot<Endpoints>,
  bind: (delivery: string) => Binding | null,
): Promise<Tested> {
  const { failingSince } = await readHealth(redis, keys, endpoint.id);
  const event = newEvent(testEvent, tenant, endpointNews(endpoint, failingSince), now());
  const target = { url: endpoint.url, endpointId: endpoint.id, ended: null };
  const { commands, wakeUps } = raiseEvent(keys, policy, event, [target], event.at);
  const id = deliveryId(event.id, endpoint.id);
  const lock = keys.endpointTest(tenant);
  const binding = bind(id);
  const also: Command[] = [["SET", lock, id, "PX", policy.deliveryTimeoutMs + ABANDONED_MS]];
  const conditions: Condition[] = [["free", lock], sameEndpoints(keys, tenant, record)];
  if (binding) {
    also.push(["SET", binding.key, binding.value, "EX", retentionS]);
    conditions.push(["free", binding.key]);
  }
  const guard = { key: keys.delivery(id), version: 0, sources: [], conditions };
  const { as } = await commitRecord(redis, guard, [...commands, ...also]);
  if (as !== "written") return { as: as === "stale" ? "stale" : "busy" };
  request.log.tell("endpoint.test", { by: nameOf(request.caller), tenant, subject: endpoint.id });
  await handOver(motor, wakeUps, now(), request.log);
  return { as, id };
}

/** The delivery when its attempt has ended, or as it is when that takes too long, the caller goes or the process stops. */
export async function waitForAttempt(
  { changes, deliveries, policy }: TestDeps,
  request: FastifyRequest,
  reply: FastifyReply,
  id: string,
): Promise<Delivery> {
  const watch = changes.watchDelivery(id, ownerOfKeys(request.caller));
  const end = () => watch?.end();
  const timer = setTimeout(end, policy.deliveryTimeoutMs + LATE_MS);
  reply.raw.once("close", end);
  try {
    for (;;) {
      const found = await deliveries.readDelivery(id);
      if (!found) throw new Problem("not_found", "The test is no longer kept.");
      if (!isUndelivered(found.record) || !(await watch?.next())) return found.record;
    }
  } finally {
    clearTimeout(timer);
    end();
  }
}
