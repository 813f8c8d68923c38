/** The rotation of an endpoint's secret: the new one signs at once, the one before for a grace. */
import { isSigning, withEndpoint } from "../../shared/endpoint.ts";
import type { Endpoint, EndpointSecret } from "../../shared/endpoint.ts";
import { openSecret, sealSecret } from "../../shared/webhook/endpoint-seal.ts";
import { SealError } from "../../shared/webhook/seal.ts";
import type { Sealer } from "../../shared/webhook/seal.ts";
import { newSecret } from "../../shared/webhook/sign.ts";
import { invalidBecause, Problem } from "../problem.ts";
import { MOST_REPLACED, tooOften } from "../rotate.ts";
import { decideOn } from "./decide-endpoint.ts";
import type { Choose, Owner } from "./decide-endpoint.ts";
import type { RotateIn } from "./endpoint-schema.ts";

/**
 * Without a grace the secret that is replaced is dropped; those that were replaced before keep theirs, but for one that
 * becomes the current one again.
 */
export const rotateEndpoint = (
  owner: Owner,
  sealer: Sealer,
  id: string,
  { secret = newSecret(), grace_s: graceS }: NonNullable<RotateIn>,
): Choose =>
  decideOn(owner, id, (present, endpoint, now) => {
    const signing = endpoint.secrets.filter((each) => isSigning(each, now));
    const known = signing.find(({ sealed }) => isSealed(sealer, id, sealed, secret));
    if (known && known === signing[0]) return isCurrent();
    const others = signing.filter((each) => each !== known);
    const replaced = replaceCurrent(others, now, now + graceS * 1000);
    if (replaced instanceof Problem) return replaced;
    const secrets = [fresh(sealer, endpoint, secret, now), ...replaced];
    return withEndpoint(present, { ...endpoint, secrets, updatedAt: now });
  });

/** Those that sign from now on, besides the new one. */
function replaceCurrent(signing: EndpointSecret[], now: number, until: number): EndpointSecret[] | Problem {
  const [current, ...others] = signing;
  if (!current || until <= now) return others;
  return others.length >= MOST_REPLACED ? tooOften(others) : [{ ...current, until }, ...others];
}

/** One that was sealed by a key that is no longer there is not the one that was given. */
function isSealed(sealer: Sealer, id: string, sealed: string, secret: string): boolean {
  try {
    return openSecret(sealer, id, sealed) === secret;
  } catch (error) {
    if (error instanceof SealError) return false;
    throw error;
  }
}

const isCurrent = (): Problem =>
  invalidBecause([
    { pointer: "/secret", detail: "is the current secret: give another, or none to have one made" },
  ]);

/** Later than any other, so that it can be told from them. */
function fresh(sealer: Sealer, { id, secrets }: Endpoint, secret: string, now: number): EndpointSecret {
  const createdAt = Math.max(now, ...secrets.map((each) => each.createdAt + 1));
  return { sealed: sealSecret(sealer, id, secret), createdAt, until: null };
}
