/**
 * An endpoint is where a tenant's events go, besides the addresses that its jobs name. All endpoints of a tenant are one
 * record, so an event and its deliveries are written only if that record is still as it was read: an endpoint that was
 * answered misses nothing from then on. Secrets and headers are sealed (`webhook/seal.ts`).
 */
import { z } from "zod";

import { keysOf } from "./keys-of.ts";
import { stored } from "./stored.ts";

/** A tenant's endpoints are read with each of its events. */
export const MOST_ENDPOINTS = 20;

export const disabledReasons = {
  manual: "Its owner disabled it.",
  gone: "It answered 410: it wants no more events.",
  failing: "Nothing but failures for five days.",
} as const;
export type DisabledReason = keyof typeof disabledReasons;

/** One secret that signs; `until` (Redis' ms) is when it stops to, null for the current one. */
const EndpointSecret = stored({ sealed: z.string(), createdAt: z.number(), until: z.number().nullable() });
export type EndpointSecret = z.infer<typeof EndpointSecret>;

export const Endpoint = stored({
  id: z.string(),
  url: z.string(),
  description: z.string().nullable(),
  /** null: the default ones. */
  events: z.array(z.string()).nullable(),
  /** The names are shown, the values are not: sealed JSON of an object; null without any. */
  headerNames: z.array(z.string()),
  headers: z.string().nullable(),
  /** The current one first, the newest of the others next. */
  secrets: z.array(EndpointSecret),
  status: z.enum(["enabled", "disabled"]),
  disabledReason: z.enum(keysOf(disabledReasons)).nullable(),
  disabledAt: z.number().nullable(),
  createdAt: z.number(),
  updatedAt: z.number(),
});
export type Endpoint = z.infer<typeof Endpoint>;

/** A tenant's, oldest first. */
export const Endpoints = stored({
  status: z.literal("kept"),
  version: z.number(),
  endpoints: z.array(Endpoint),
});
export type Endpoints = z.infer<typeof Endpoints>;

/** A tenant's before it makes the first one. */
export const noEndpoints: Endpoints = { status: "kept", version: 0, endpoints: [] };

export const endpointOf = ({ endpoints }: Endpoints, id: string): Endpoint | undefined =>
  endpoints.find((endpoint) => endpoint.id === id);

/** Where a delivery goes now: its endpoint may have moved, and it must not stand in the line of where that was. */
export const addressOf = (
  { endpointId, url }: { endpointId: string | null; url: string },
  present: Endpoints,
): string => (endpointId && endpointOf(present, endpointId)?.url) || url;

/** With one endpoint as it should be. */
export const withEndpoint = (present: Endpoints, endpoint: Endpoint): Endpoints => ({
  ...present,
  endpoints: present.endpoints.map((each) => (each.id === endpoint.id ? endpoint : each)),
});

/** Why nothing is sent to an endpoint; null: it is sent to. */
export function closedBecause(
  present: Endpoints,
  id: string,
): "endpoint_deleted" | "endpoint_disabled" | null {
  const endpoint = endpointOf(present, id);
  if (!endpoint) return "endpoint_deleted";
  return endpoint.status === "disabled" ? "endpoint_disabled" : null;
}

/** With one of them disabled; null: it is so already, whatever the reason, or there is none. */
export function withDisabled(
  present: Endpoints,
  id: string,
  reason: DisabledReason,
  now: number,
): Endpoints | null {
  const endpoint = endpointOf(present, id);
  if (endpoint?.status !== "enabled") return null;
  const disabled = { status: "disabled", disabledReason: reason, disabledAt: now, updatedAt: now } as const;
  return withEndpoint(present, { ...endpoint, ...disabled });
}

/** With one of them enabled; null: it is so already, or there is none. Its health is to be forgotten in the same write. */
export function withEnabled(present: Endpoints, id: string, now: number): Endpoints | null {
  const endpoint = endpointOf(present, id);
  if (endpoint?.status !== "disabled") return null;
  const enabled = { status: "enabled", disabledReason: null, disabledAt: null, updatedAt: now } as const;
  return withEndpoint(present, { ...endpoint, ...enabled });
}

export const isSigning = ({ until }: EndpointSecret, now: number): boolean => until === null || until > now;

/** The sealed secrets that sign now, the current one first. */
export const signingSecrets = ({ secrets }: Endpoint, now: number): string[] =>
  secrets.filter((secret) => isSigning(secret, now)).map(({ sealed }) => sealed);
