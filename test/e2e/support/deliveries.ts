// Deliveries without the jobs' own roads: jobs that have just ended, of tenants who hear of each end twice, at the address
// that the job names and at an endpoint. All that becomes of them is in the ledger and at the receiver.
import { expect } from "vitest";
import { Webhook } from "standardwebhooks";
import type { Received } from "../../../src/simulator/mailbox.ts";
import type { Delivery } from "../../../src/shared/delivery.ts";
import { settleJob } from "../../../src/shared/settle.ts";
import type { AttemptEntry } from "../../../src/shared/store/attempts.ts";
import { proofCommand } from "../../../src/shared/store/seal-proof.ts";
import { sealSecret } from "../../../src/shared/webhook/endpoint-seal.ts";
import { createSealer } from "../../../src/shared/webhook/seal.ts";
import { newEndpoint, putEndpoint } from "../../support/endpoint.ts";
import { eventually } from "../../support/eventually.ts";
import { newJob, newRequest } from "../../support/job.ts";
import { openTestLedger, type TestLedger } from "../../support/ledger.ts";
import { secretOf } from "./caller.ts";
import type { Servers } from "./servers.ts";
import { sealKey } from "./settings.ts";

const endpointSecret = `whsec_${Buffer.alloc(32, "e2e endpoint secret ").toString("base64")}`;

/** A delivery as its record stands, and what is written of its attempts. */
export type Told = { record: Delivery; attempts: AttemptEntry[] };

export type Deliveries = ReturnType<typeof openDeliveries>;

/** `plan`: of every address that names none of its own, as the simulator's receiver reads it. */
export function openDeliveries({ redis, receiver }: Servers, prefix: string, plan = "answer=204") {
  const ledger = openTestLedger({ prefix, url: redis.url });
  const jobIds: string[] = [];

  /** Gives a tenant an endpoint at this address. */
  async function addEndpoint(
    tenant: string,
    url = `${receiver.url}/endpoint-${tenant}?${plan}`,
  ): Promise<void> {
    const { id } = newEndpoint();
    const sealer = createSealer([sealKey]);
    const secrets = [{ sealed: sealSecret(sealer, id, endpointSecret), createdAt: 0, until: null }];
    await putEndpoint({ ledger }, { id, url, secrets }, tenant);
    await ledger.redis.call(...proofCommand(ledger.keys, sealer));
  }

  /** Ends a job of the tenant that names an address for itself. */
  async function endJob(tenant: string, ownPlan = plan): Promise<void> {
    const now = await ledger.jobs.readClock();
    const job = newJob(now, { tenant });
    const url = `${receiver.url}/own-${tenant}-${job.id}?${ownPlan}`;
    const request = newRequest({ webhook: { url, events: null } });
    const canceled = settleJob({ ...job, request }, { as: "canceled" }, now);
    await ledger.jobs.createJob({ ...canceled, transition: null, job: { ...canceled.job, version: 1 } });
    jobIds.push(job.id);
  }

  async function read(): Promise<Told[]> {
    const found = await Promise.all(jobIds.map((id) => ledger.deliveries.deliveriesOf(id)));
    return Promise.all(
      found
        .flat()
        .map(async (record) => ({ record, attempts: await ledger.deliveries.readAttempts(record.id) })),
    );
  }

  return {
    ledger,
    addEndpoint,
    endJob,
    read,
    untilDelivered: (withinMs: number) => untilDelivered(read, withinMs),
    untilPlacesFree: (withinMs = LEASED_MS) => untilPlacesFree(ledger, withinMs),
  };
}

async function untilDelivered(read: () => Promise<Told[]>, withinMs: number): Promise<Told[]> {
  return eventually(async () => {
    const all = await read();
    const left = all.filter(({ record }) => record.status !== "delivered");
    if (left.length > 0) throw new Error(`${left.length} of ${all.length} are not delivered`);
    return all;
  }, withinMs);
}

/** Nobody has a place any more, or stands in line. What a dead worker held runs out by itself; the rest is given back. */
async function untilPlacesFree({ redis, keys }: TestLedger, withinMs: number): Promise<void> {
  await eventually(async () => {
    const [seconds] = await redis.time();
    const places = await redis.keys(`${keys.queues}:places:*`);
    const held = await Promise.all(
      places.map((key) => redis.zrange(key, `(${seconds}000`, "+inf", "BYSCORE")),
    );
    const waiting = await redis.keys(`${keys.queues}:line:*`);
    expect([...held.flat(), ...waiting]).toEqual([]);
  }, withinMs);
}

/** WEBHOOK_TIMEOUT_MS and 15 s, and a while for the machine. */
const LEASED_MS = 30_000;

/** What came, by its address without the query and its id; each must be signed as its addressee expects. */
export function sortArrivals(received: readonly Received[]): Map<string, Received[]> {
  const sorted = new Map<string, Received[]>();
  for (const one of received) {
    verifyArrival(one);
    const name = arrivalOf(one);
    sorted.set(name, [...(sorted.get(name) ?? []), one]);
  }
  return sorted;
}

/** Verifies with the standard's own library; throws when the signature is wrong. */
function verifyArrival({ path, headers, body }: Pick<Received, "path" | "headers" | "body">): void {
  const [, kind = "", tenant = ""] = /^\/(own|endpoint)-([a-z]+)/.exec(path) ?? [];
  const fields = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
  new Webhook(kind === "own" ? secretOf(tenant) : endpointSecret).verify(body, fields);
}

export const arrivalOf = ({ path, headers }: Pick<Received, "path" | "headers">): string =>
  `${path.split("?")[0]} ${String(headers["webhook-id"])}`;

/** As `arrivalOf` names what comes of it. */
export const nameOf = ({ url, eventId }: Delivery): string => `${new URL(url).pathname} ${eventId}`;

/** All that must hold however often something came: each came, with one body, and its attempts are numbered one after the other. */
export function expectWhole(all: Told[], arrivals: Map<string, Received[]>): void {
  expect([...arrivals.keys()].sort()).toEqual(all.map(({ record }) => nameOf(record)).sort());
  for (const came of arrivals.values()) {
    expect(new Set(came.map(({ body }) => body.toString("base64"))).size).toBe(1);
  }
  for (const { record, attempts } of all) {
    const numbers = attempts.map(({ n }) => n);
    expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
    // The one that was taken is the last one that was begun: nobody wrote after it.
    expect(numbers.at(-1)).toBe(record.attempt);
    expect(came(arrivals, record)).toBeLessThanOrEqual(record.attempt);
  }
}

const came = (arrivals: Map<string, Received[]>, record: Delivery): number =>
  arrivals.get(nameOf(record))?.length ?? 0;
