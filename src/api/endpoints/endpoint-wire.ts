/** How an endpoint looks from outside: nothing of its secrets but their times, nothing of its headers but their names. */
import { isSigning } from "../../shared/endpoint.ts";
import type { Endpoint } from "../../shared/endpoint.ts";
import { endpointNews } from "../../shared/endpoint-news.ts";
import { iso, isoOrNull } from "../../shared/wire.ts";

/** `failingSince` in Redis' ms; `now` is Redis' time. */
export const endpointToWire = (endpoint: Endpoint, failingSince: number | null, now: number) => ({
  ...endpointNews(endpoint, failingSince).endpoint,
  object: "webhook_endpoint" as const,
  events: endpoint.events,
  description: endpoint.description,
  headers: Object.fromEntries(endpoint.headerNames.map((name) => [name, "redacted" as const])),
  secrets: secretsToWire(endpoint, now),
  created_at: iso(endpoint.createdAt),
  updated_at: iso(endpoint.updatedAt),
});

/** Those that sign now, the current one first. */
export const secretsToWire = ({ secrets }: Endpoint, now: number) =>
  secrets
    .filter((secret) => isSigning(secret, now))
    .map(({ createdAt, until }) => ({ created_at: iso(createdAt), expires_at: isoOrNull(until) }));
