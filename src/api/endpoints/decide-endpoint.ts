/**
 * What a tenant's requests make of its endpoints. All of them are one record, so these are decisions on it, which are asked
 * again when somebody else writes first; `setting.ts` carries them out.
 */
import {
  endpointOf,
  Endpoints,
  MOST_ENDPOINTS,
  noEndpoints,
  withDisabled,
  withEnabled,
  withEndpoint,
} from "../../shared/endpoint.ts";
import type { Endpoint } from "../../shared/endpoint.ts";
import { forgetHealth } from "../../shared/store/endpoint-health.ts";
import type { Keys } from "../../shared/store/keys.ts";
import { proofCommand } from "../../shared/store/seal-proof.ts";
import { sealHeaders, sealSecret } from "../../shared/webhook/endpoint-seal.ts";
import type { Sealer } from "../../shared/webhook/seal.ts";
import { newSecret } from "../../shared/webhook/sign.ts";
import { Problem } from "../problem.ts";
import type { Chosen, Setting, SettingChange } from "../setting.ts";
import type { EndpointChange, EndpointIn } from "./endpoint-schema.ts";
import { nameSecret } from "./endpoint-secret.ts";

export type Choose = SettingChange<Endpoints>["choose"];

/** Whose endpoints they are. */
export type Owner = { keys: Keys; tenant: string };

export const endpointsSetting = ({ keys, tenant }: Owner): Setting<Endpoints> => ({
  key: keys.endpoints(tenant),
  schema: Endpoints,
  initial: noEndpoints,
});

export const unknownEndpoint = (): Problem => new Problem("not_found", "There is no such endpoint.");

export const createEndpoint =
  ({ keys, tenant }: Owner, sealer: Sealer, id: string, body: EndpointIn): Choose =>
  (present, now) => {
    if (present.endpoints.length >= MOST_ENDPOINTS) return tooMany();
    const endpoint = newEndpoint(sealer, id, body, now);
    return {
      after: { ...present, endpoints: [...present.endpoints, endpoint] },
      about: { tenant, subject: id },
      holder: nameSecret(endpoint),
      also: [["SADD", keys.endpointOwners, tenant], proofCommand(keys, sealer)],
    };
  };

/** `sealer` may be missing unless the change has headers. */
export const changeEndpoint = (
  owner: Owner,
  sealer: Sealer | null,
  id: string,
  { url, events, description, headers }: EndpointChange,
): Choose =>
  decideOn(owner, id, (present, endpoint, updatedAt) =>
    withEndpoint(present, {
      ...endpoint,
      url: url ?? endpoint.url,
      events: events === undefined ? endpoint.events : events,
      description: description === undefined ? endpoint.description : description,
      ...(headers === undefined ? {} : headersOf(sealer, id, headers)),
      updatedAt,
    }),
  );

export const deleteEndpoint = (owner: Owner, id: string): Choose =>
  withHealthForgotten(
    owner,
    id,
    decideOn(owner, id, (present) => ({
      ...present,
      endpoints: present.endpoints.filter((each) => each.id !== id),
    })),
  );

/** What it failed before does not count any more. */
export const enableEndpoint = (owner: Owner, id: string): Choose =>
  withHealthForgotten(
    owner,
    id,
    decideOn(owner, id, (present, _endpoint, now) => withEnabled(present, id, now)),
  );

/** One that is disabled already keeps its reason. */
export const disableEndpoint = (owner: Owner, id: string): Choose =>
  decideOn(owner, id, (present, _endpoint, now) => withDisabled(present, id, "manual", now));

type Decide = (present: Endpoints, endpoint: Endpoint, now: number) => Endpoints | Problem | null;

/**
 * A decision about one of the endpoints, if it is there. `decide` returns null when all is as it should be. Repeats find
 * the secret that was the current one after it, which a rotation has made.
 */
export const decideOn =
  ({ tenant }: Owner, id: string, decide: Decide): Choose =>
  (present, now): Chosen<Endpoints> | Problem | null => {
    const endpoint = endpointOf(present, id);
    const after = endpoint ? decide(present, endpoint, now) : unknownEndpoint();
    if (after === null || after instanceof Problem) return after;
    const decided = endpointOf(after, id);
    return { after, about: { tenant, subject: id }, ...(decided ? { holder: nameSecret(decided) } : {}) };
  };

const withHealthForgotten =
  ({ keys }: Owner, id: string, choose: Choose): Choose =>
  (present, now) => {
    const chosen = choose(present, now);
    if (chosen === null || chosen instanceof Problem) return chosen;
    return { ...chosen, also: [forgetHealth(keys, id)] };
  };

function newEndpoint(sealer: Sealer, id: string, body: EndpointIn, now: number): Endpoint {
  const { url, events = null, description = null, headers = null, secret = newSecret() } = body;
  return {
    id,
    url,
    description,
    events,
    ...headersOf(sealer, id, headers),
    secrets: [{ sealed: sealSecret(sealer, id, secret), createdAt: now, until: null }],
    status: "enabled",
    disabledReason: null,
    disabledAt: null,
    createdAt: now,
    updatedAt: now,
  };
}

const headersOf = (
  sealer: Sealer | null,
  id: string,
  headers: Record<string, string> | null,
): Pick<Endpoint, "headerNames" | "headers"> =>
  sealer && headers
    ? { headerNames: Object.keys(headers), headers: sealHeaders(sealer, id, headers) }
    : { headerNames: [], headers: null };

const tooMany = (): Problem =>
  new Problem(
    "too_many_endpoints",
    `You have ${MOST_ENDPOINTS} webhook endpoints, and may have no more: delete one first.`,
  );
