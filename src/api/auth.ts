/** Who is calling: a tenant by one of its keys, or the operator. */
import { createHash, timingSafeEqual } from "node:crypto";

import type { FastifyRequest } from "fastify";

import type { ApiKey } from "../shared/config.ts";
import { Problem } from "./problem.ts";

export type Caller = { as: "tenant"; tenant: string } | { as: "operator" };

const digest = (text: string): Buffer => createHash("sha256").update(text).digest();

/** Recognises `Authorization: Bearer <key>`. Keys are compared as digests, so neither time nor memory tells of them. */
export function createAuth(apiKeys: ApiKey[], adminKey: string | undefined) {
  const tenants = apiKeys.map(({ tenant, key }) => ({ tenant, digest: digest(key) }));
  const operator = adminKey === undefined ? null : digest(adminKey);

  /** Throws 401 for no or an unknown key. */
  return function authenticate(request: FastifyRequest): Caller {
    const [, key] = /^Bearer ([\x21-\x7e]+)$/i.exec(request.headers.authorization ?? "") ?? [];
    if (key === undefined) throw new Problem("unauthorized", "Send your key as Authorization: Bearer <key>.");
    const given = digest(key);
    if (operator && timingSafeEqual(operator, given)) return { as: "operator" };
    const found = tenants.find((tenant) => timingSafeEqual(tenant.digest, given));
    if (!found) throw new Problem("unauthorized", "This key is not known.");
    return { as: "tenant", tenant: found.tenant };
  };
}

/** The tenant that calls; the operator buys nothing and stops nothing in a tenant's name. */
export function tenantOf(caller: Caller): string {
  if (caller.as === "tenant") return caller.tenant;
  throw new Problem("forbidden", "The operator's key cannot act for a tenant: use one of its API keys.");
}

/** What the audit log calls the caller. */
export const nameOf = (caller: Caller): string => (caller.as === "operator" ? "operator" : caller.tenant);

export const mayRead = (caller: Caller, tenant: string): boolean =>
  caller.as === "operator" || caller.tenant === tenant;
