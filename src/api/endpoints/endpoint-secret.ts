/**
 * Which secret a request has made. It is shown by that request and by its repeats as long as it is the current one, since
 * an Idempotency-Key is for answers that got lost; nobody is told it in any other way.
 */
import { endpointOf } from "../../shared/endpoint.ts";
import type { Endpoint, Endpoints } from "../../shared/endpoint.ts";
import { openSecret } from "../../shared/webhook/endpoint-seal.ts";
import { SealError } from "../../shared/webhook/seal.ts";
import type { Sealer } from "../../shared/webhook/seal.ts";
import { Problem } from "../problem.ts";

/** The name of an endpoint's current secret, to be found by. No two secrets of an endpoint are made in one millisecond. */
export const nameSecret = ({ id, secrets }: Endpoint): string => `${id}/${secrets[0]?.createdAt}`;

/** The endpoint whose secret has the name, and the secret if it is still the current one; null: it was deleted. */
export function findSecret(
  sealer: Sealer,
  record: Endpoints,
  name: string,
): { endpoint: Endpoint; secret: string | null } | null {
  const [id = ""] = name.split("/");
  const endpoint = endpointOf(record, id);
  if (!endpoint) return null;
  const [current] = endpoint.secrets;
  const isCurrent = current !== undefined && nameSecret(endpoint) === name;
  return { endpoint, secret: isCurrent ? open(sealer, id, current.sealed) : null };
}

function open(sealer: Sealer, id: string, sealed: string): string {
  try {
    return openSecret(sealer, id, sealed);
  } catch (error) {
    if (!(error instanceof SealError)) throw error;
    throw new Problem(
      "encryption_key_missing",
      "ENCRYPTION_KEY does not open this endpoint's secret: the operator has to add the key that it was encrypted with.",
    );
  }
}

/** What seals; without it nothing that is secret can be kept. */
export function requireSealer(sealer: Sealer | null): Sealer {
  if (sealer) return sealer;
  throw new Problem(
    "encryption_key_missing",
    "Nothing was changed: the operator has to set ENCRYPTION_KEY (`openssl rand -base64 32`) for the API and the workers.",
  );
}
