// A worker's deliver stage in front of real endpoints, with a receiver that the test plays.
import type { Delivery } from "../../src/shared/delivery.ts";
import type { Endpoint } from "../../src/shared/endpoint.ts";
import { endpointOf } from "../../src/shared/endpoint.ts";
import { newEndpointId } from "../../src/shared/ids.ts";
import { readEndpoints } from "../../src/shared/store/endpoints.ts";
import { sealSecret } from "../../src/shared/webhook/endpoint-seal.ts";
import { createSealer } from "../../src/shared/webhook/seal.ts";
import type { Sealer } from "../../src/shared/webhook/seal.ts";
import { findAddressee } from "../../src/worker/addressee.ts";
import { deliverEvent } from "../../src/worker/deliver.ts";
import type { DeliverDeps } from "../../src/worker/deliver.ts";
import { disableEndpoint } from "../../src/worker/disable.ts";
import type { Doorman } from "../../src/worker/doorman.ts";
import type { Attempt, Outgoing, Sender } from "../../src/worker/send.ts";
import { putEndpoint } from "./endpoint.ts";
import type { TestLedger } from "./ledger.ts";

export const sealer = createSealer([Buffer.alloc(32, 9)]);
export const SECRET = `whsec_${Buffer.alloc(24, 3).toString("base64")}`;

export const answers = {
  taken: { delivered: true, status: 204, errorCode: null },
  failed: { delivered: false, status: 500, errorCode: "http_error" },
  gone: { delivered: false, status: 410, errorCode: "gone" },
} as const satisfies Record<string, Partial<Attempt>>;

/** An endpoint whose secret this worker can open. */
export function putSealedEndpoint(
  ledger: TestLedger,
  patch: Partial<Endpoint> = {},
  tenant = "acme",
): Promise<Endpoint> {
  const id = newEndpointId();
  const secrets = [{ sealed: sealSecret(sealer, id, SECRET), createdAt: 1, until: null }];
  return putEndpoint({ ledger }, { id, secrets, ...patch }, tenant);
}

/** As it stands now. */
export async function readEndpoint(
  { redis, keys }: TestLedger,
  { id }: Pick<Endpoint, "id">,
  tenant = "acme",
): Promise<Endpoint | undefined> {
  return endpointOf((await readEndpoints(redis, keys, tenant)).record, id);
}

type Answer = Partial<Attempt> | ((outgoing: Outgoing) => Promise<Partial<Attempt>> | Partial<Attempt>);

/** What was sent, and a sender that answers as the test says; the last answer goes on. */
export function playReceiver(...given: Answer[]): { sent: Outgoing[]; sender: Sender } {
  const sent: Outgoing[] = [];
  const send = async (outgoing: Outgoing): Promise<Attempt> => {
    sent.push(outgoing);
    const answer = given[Math.min(sent.length, given.length) - 1] ?? {};
    const result = typeof answer === "function" ? await answer(outgoing) : answer;
    return { ...answers.taken, durationMs: 1, retryAfterMs: null, snippet: null, ...result };
  };
  return { sent, sender: { send, close: async () => {} } };
}

/** Nobody stands in line: for tests of what happens at once. */
const openDoor = ({ deliveries }: Pick<TestLedger, "deliveries">): Doorman => ({
  admit: async (_visitor, { record: before, now }, url) => {
    const begun = { status: "delivering", attempt: before.attempt + 1, url } as const;
    const delivery = await deliveries.writeDelivery(before, begun, now());
    return delivery ? { as: "admitted", delivery } : { as: "stale" };
  },
  leave: async () => {},
  lookAfter: async () => {},
});

type Patch = Partial<DeliverDeps> & { sealer?: Sealer | null };

/** By default each event is given up after one attempt. */
export function deliverTo(ledger: TestLedger, sender: Sender, { sealer: own, ...patch }: Patch = {}) {
  const { deliveries, log } = ledger;
  const addressees = { ...ledger, sealer: own === undefined ? sealer : own, secretsOf: async () => [SECRET] };
  const deps: DeliverDeps = {
    deliveries,
    log,
    sender,
    doorman: openDoor(ledger),
    findAddressee: (delivery) => findAddressee(addressees, delivery),
    disableEndpoint: (finding) => disableEndpoint(ledger, finding),
    scheduleS: [],
    random: () => 0,
    ...patch,
  };
  return ({ id, generation }: Pick<Delivery, "id" | "generation">) =>
    deliverEvent(deps, { id, n: generation });
}
