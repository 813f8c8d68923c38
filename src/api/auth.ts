/** Who is calling: a tenant by one of its keys, or the operator. */
import { timingSafeEqual } from "node:crypto";

import type { FastifyRequest } from "fastify";

import { bearerOf, digestOf } from "../shared/bearer.ts";
import type { ApiKey } from "../shared/config.ts";
import { everyone } from "../shared/store/keys.ts";
import { isWellFormed, looksMade } from "./keys/api-key.ts";
import type { KeyStore } from "./keys/key-store.ts";
import { Problem } from "./problem.ts";

/** `keyId` names the key, and tells nothing of it. */
export type Caller = { as: "tenant"; tenant: string; keyId: string } | { as: "operator" };

/** Throws 401 for no or an unknown key. */
export type Authenticate = (request: FastifyRequest) => Promise<Caller>;

type Known = { apiKeys: ApiKey[] | undefined; adminKey: string | undefined; made: Pick<KeyStore, "findKey"> };

/**
 * Recognises `Authorization: Bearer <key>`. Keys are compared as digests, so neither time nor memory tells of them. Those
 * that were made by command are asked for at each request, so that one that is revoked lets nobody in from then on.
 */
export function createAuth({ apiKeys = [], adminKey, made }: Known): Authenticate {
  const tenants = apiKeys.map(({ tenant, key }) => ({ tenant, digest: digestOf(key) }));
  const operator = adminKey === undefined ? null : digestOf(adminKey);

  return async function authenticate(request) {
    const key = bearerOf(request.headers);
    if (key === undefined) throw new Problem("unauthorized", "Send your key as Authorization: Bearer <key>.");
    const given = digestOf(key);
    if (operator && timingSafeEqual(operator, given)) return { as: "operator" };
    const found = tenants.find((tenant) => timingSafeEqual(tenant.digest, given));
    if (found) return { as: "tenant", tenant: found.tenant, keyId: configuredId(found.digest) };
    return ownerOf(key, made);
  };
}

async function ownerOf(key: string, made: Known["made"]): Promise<Caller> {
  if (looksMade(key)) {
    if (!isWellFormed(key)) throw new Problem("unauthorized", "This key is mistyped.");
    const found = await made.findKey(key);
    if (found) return { as: "tenant", tenant: found.tenant, keyId: found.id };
  }
  throw new Problem("unauthorized", "This key is not known.");
}

/** A key of the configuration has no id: enough of its digest to tell it from the others. */
const configuredId = (digest: Buffer): string => `env_${digest.toString("hex", 0, 4)}`;

/** The tenant that calls; the operator buys nothing and stops nothing in a tenant's name. */
export function tenantOf(caller: Caller): string {
  if (caller.as === "tenant") return caller.tenant;
  throw new Problem("forbidden", "The operator's key cannot act for a tenant: use one of its API keys.");
}

/** For routes that are nobody's but the operator's. */
export function requireOperator(caller: Caller): void {
  if (caller.as !== "operator") throw new Problem("forbidden", "This takes the operator's key.");
}

/** What the audit log calls the caller; a tenant may be called `operator`. */
export const nameOf = (caller: Caller): string =>
  caller.as === "operator" ? "operator" : `tenant ${caller.tenant} (${caller.keyId})`;

/** Whose Idempotency-Keys the caller uses; no tenant is called as the operator's are. */
export const ownerOfKeys = (caller: Caller): string => (caller.as === "operator" ? everyone : caller.tenant);

export const mayRead = (caller: Caller, tenant: string): boolean =>
  caller.as === "operator" || caller.tenant === tenant;
