/**
 * `npm run keys -- reencrypt`: seals everything that is sealed under the first key of ENCRYPTION_KEY, so that the others
 * can go. It may be stopped and run again at any time: what is done stays done, and what an API writes meanwhile wins.
 */
import { Endpoints, noEndpoints } from "../../shared/endpoint.ts";
import type { Endpoint } from "../../shared/endpoint.ts";
import { auditCommand } from "../../shared/store/audit.ts";
import type { Keys } from "../../shared/store/keys.ts";
import {
  commitRecord,
  MAX_ROUNDS,
  movesTooOften,
  readRecordOr,
  stateCommand,
} from "../../shared/store/record.ts";
import type { RedisClient } from "../../shared/store/redis.ts";
import { renewProof } from "../../shared/store/seal-proof.ts";
import { openHeaders, openSecret, sealHeaders, sealSecret } from "../../shared/webhook/endpoint-seal.ts";
import type { Sealer } from "../../shared/webhook/seal.ts";
import { BY } from "./key-store.ts";

export type Reencrypted = {
  /** How many tenants have endpoints, or had some. */
  tenants: number;
  /** How many endpoints there are. */
  endpoints: number;
  /** How many of them had something that another key had sealed. */
  resealed: number;
};

/** Throws a SealError, with all that was done before it left done, when something does not open. */
export async function reencrypt(redis: RedisClient, keys: Keys, sealer: Sealer): Promise<Reencrypted> {
  const owners = await redis.smembers(keys.endpointOwners);
  const counts = { tenants: owners.length, endpoints: 0, resealed: 0 };
  for (const tenant of owners.toSorted()) {
    const { endpoints, resealed } = await reencryptTenant(redis, keys, sealer, tenant);
    counts.endpoints += endpoints;
    counts.resealed += resealed;
  }
  await renewProof(redis, keys, sealer);
  return counts;
}

async function reencryptTenant(redis: RedisClient, keys: Keys, sealer: Sealer, tenant: string) {
  const key = keys.endpoints(tenant);
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const { record } = await readRecordOr(redis, key, Endpoints, noEndpoints);
    const old = record.endpoints.filter((endpoint) => hasOld(sealer, endpoint));
    const counts = { endpoints: record.endpoints.length, resealed: old.length };
    if (old.length === 0) return counts;
    const endpoints = record.endpoints.map((each) => (old.includes(each) ? reseal(sealer, each) : each));
    const after = { ...record, endpoints, version: record.version + 1 };
    const deed = { action: "endpoint.reencrypt", by: BY, tenant, subject: null };
    const guard = { key, version: record.version, sources: [record.status] };
    const written = await commitRecord(redis, guard, [stateCommand(key, after), auditCommand(keys, deed)]);
    if (written.as === "written") return counts;
  }
  throw movesTooOften(`endpoints of ${tenant}`);
}

const hasOld = (sealer: Sealer, { secrets, headers }: Endpoint): boolean =>
  secrets.some(({ sealed }) => sealer.isOld(sealed)) || (headers !== null && sealer.isOld(headers));

/** The same secrets and headers under the first key. */
function reseal(sealer: Sealer, endpoint: Endpoint): Endpoint {
  const { id } = endpoint;
  return {
    ...endpoint,
    headers: sealHeaders(sealer, id, openHeaders(sealer, endpoint)),
    secrets: endpoint.secrets.map((secret) => ({
      ...secret,
      sealed: sealSecret(sealer, id, openSecret(sealer, id, secret.sealed)),
    })),
  };
}
