/** To whom a delivery goes as things stand now: the address that its job names, or its endpoint as it is today. */
import type { Delivery, DeliveryEnd } from "../shared/delivery.ts";
import { endpointOf, signingSecrets } from "../shared/endpoint.ts";
import type { Endpoint } from "../shared/endpoint.ts";
import { readEndpoints } from "../shared/store/endpoints.ts";
import type { Keys } from "../shared/store/keys.ts";
import type { RedisClient } from "../shared/store/redis.ts";
import { openHeaders, openSecret } from "../shared/webhook/endpoint-seal.ts";
import { SealError } from "../shared/webhook/seal.ts";
import type { Sealer } from "../shared/webhook/seal.ts";

/**
 * `ended`: there is nobody to send to. `locked`: ENCRYPTION_KEY does not open what the endpoint has sealed, which says
 * nothing about the receiver.
 */
export type Addressee =
  | { as: "reachable"; url: string; secrets: string[]; headers: Record<string, string> }
  | { as: "ended"; code: DeliveryEnd }
  | { as: "locked"; reason: string };

export type AddresseeDeps = {
  redis: RedisClient;
  keys: Keys;
  /** null: there is no ENCRYPTION_KEY. */
  sealer: Sealer | null;
  /** The secrets that sign for a tenant, the current one first. */
  secretsOf: (tenant: string) => Promise<string[]>;
};

export async function findAddressee(deps: AddresseeDeps, delivery: Delivery): Promise<Addressee> {
  const { tenant, url, endpointId } = delivery;
  if (endpointId === null)
    return { as: "reachable", url, secrets: await deps.secretsOf(tenant), headers: {} };
  const { record, now } = await readEndpoints(deps.redis, deps.keys, tenant);
  const endpoint = endpointOf(record, endpointId);
  if (!endpoint) return { as: "ended", code: "endpoint_deleted" };
  // Whoever tests an endpoint may want to know whether it is fit to be enabled again.
  if (endpoint.status === "disabled" && !delivery.isTest) return { as: "ended", code: "endpoint_disabled" };
  return deps.sealer
    ? unseal(deps.sealer, endpoint, now())
    : { as: "locked", reason: "ENCRYPTION_KEY is not set" };
}

function unseal(sealer: Sealer, endpoint: Endpoint, now: number): Addressee {
  try {
    const secrets = signingSecrets(endpoint, now).map((sealed) => openSecret(sealer, endpoint.id, sealed));
    return { as: "reachable", url: endpoint.url, secrets, headers: openHeaders(sealer, endpoint) };
  } catch (error) {
    if (!(error instanceof SealError)) throw error;
    return { as: "locked", reason: error.message };
  }
}
