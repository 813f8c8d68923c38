// Endpoints in a tenant's record, and what is raised for them, without the API's own ways to make them.
import type { Delivery } from "../../src/shared/delivery.ts";
import type { Endpoint, Endpoints } from "../../src/shared/endpoint.ts";
import { deliveryId, newEndpointId } from "../../src/shared/ids.ts";
import { settleJob } from "../../src/shared/settle.ts";
import { readEndpoints } from "../../src/shared/store/endpoints.ts";
import type { Ledger } from "../../src/shared/store/ledger.ts";
import { raiseEvent } from "../../src/shared/store/outgoing.ts";
import { commitRecord, stateCommand } from "../../src/shared/store/record.ts";
import { newEvent } from "../../src/shared/webhook/event.ts";
import type { AnyEventType } from "../../src/shared/webhook/event.ts";
import { changeDelivery, readDelivery } from "./delivery.ts";
import { newJob, newRequest, NOON } from "./job.ts";

type WithLedger = { ledger: Ledger };

export const newEndpoint = (patch: Partial<Endpoint> = {}): Endpoint => ({
  id: newEndpointId(),
  url: "https://endpoint.example.com/in",
  description: null,
  events: null,
  headerNames: [],
  headers: null,
  secrets: [],
  status: "enabled",
  disabledReason: null,
  disabledAt: null,
  createdAt: NOON,
  updatedAt: NOON,
  ...patch,
});

/** One more endpoint of the tenant. */
export async function putEndpoint(
  to: WithLedger,
  patch: Partial<Endpoint> = {},
  tenant = "acme",
): Promise<Endpoint> {
  const endpoint = newEndpoint(patch);
  await changeEndpoints(to, (endpoints) => [...endpoints, endpoint], tenant);
  return endpoint;
}

/** Enables it, disables it, or whatever else. */
export const changeEndpoint = (
  to: WithLedger,
  { id }: Endpoint,
  patch: Partial<Endpoint>,
  tenant = "acme",
): Promise<void> =>
  changeEndpoints(
    to,
    (endpoints) => endpoints.map((each) => (each.id === id ? { ...each, ...patch } : each)),
    tenant,
  );

export const deleteEndpoint = (to: WithLedger, { id }: Endpoint, tenant = "acme"): Promise<void> =>
  changeEndpoints(to, (endpoints) => endpoints.filter((each) => each.id !== id), tenant);

async function changeEndpoints(
  { ledger: { redis, keys } }: WithLedger,
  change: (endpoints: Endpoints["endpoints"]) => Endpoints["endpoints"],
  tenant: string,
): Promise<void> {
  const { record } = await readEndpoints(redis, keys, tenant);
  const after = { ...record, endpoints: change(record.endpoints), version: record.version + 1 };
  const key = keys.endpoints(tenant);
  const guard = { key, version: record.version, sources: [record.status] };
  const written = await commitRecord(redis, guard, [stateCommand(key, after)]);
  if (written.as !== "written") throw new Error("The endpoints have moved.");
}

type Raising = { at?: number; tenant?: string };

/** The delivery to the endpoint of a canceled job's event, raised at `at`, written as it is after `patch`. */
export async function putEndpointDelivery(
  { ledger }: WithLedger,
  { id }: Endpoint,
  patch: Partial<Delivery> = {},
  { at, tenant = "acme" }: Raising = {},
): Promise<Delivery & { jobId: string }> {
  const job = newJob(at ?? (await ledger.jobs.readClock()), { tenant, request: newRequest() });
  const canceled = settleJob(job, { as: "canceled" }, job.createdAt);
  await ledger.jobs.createJob({ ...canceled, transition: null, job: { ...canceled.job, version: 1 } });
  const raised = await ledger.deliveries.deliveriesOf(job.id);
  const delivery = raised.find(({ endpointId }) => endpointId === id);
  if (!delivery) throw new Error(`The endpoint ${id} does not hear of it.`);
  const isChanged = Object.keys(patch).length > 0;
  return { ...(isChanged ? await changeDelivery({ ledger }, delivery, patch) : delivery), jobId: job.id };
}

/** The same of an event that is about no job, which goes there alone; without a patch given up, as if it were disabled. */
export async function putJoblessDelivery(
  to: WithLedger,
  endpoint: Endpoint,
  patch: Partial<Delivery> = {},
  { at, tenant = "acme", type }: Raising & { type?: AnyEventType } = {},
): Promise<Delivery> {
  const time = at ?? (await to.ledger.jobs.readClock());
  const [id = ""] = await putJoblessDeliveries(to, endpoint, [time], tenant, type);
  const delivery = await readDelivery(to, id);
  return Object.keys(patch).length > 0 ? changeDelivery(to, delivery, patch) : delivery;
}

/** Many of them at once, one for each time. Returns their ids. */
export async function putJoblessDeliveries(
  { ledger: { redis, keys, policy } }: WithLedger,
  { id, url }: Endpoint,
  times: number[],
  tenant = "acme",
  type: AnyEventType = "endpoint.disabled",
): Promise<string[]> {
  const events = times.map((at) => newEvent(type, tenant, {}, at));
  const target = { url, endpointId: id, ended: "endpoint_disabled" } as const;
  for (let first = 0; first < events.length; first += 500) {
    const some = events.slice(first, first + 500);
    const commands = some.flatMap((event) => raiseEvent(keys, policy, event, [target], event.at).commands);
    const pipeline = redis.pipeline();
    for (const words of commands) pipeline.call(...words);
    await pipeline.exec();
  }
  return events.map((event) => deliveryId(event.id, id));
}
