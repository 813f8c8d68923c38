import { createHmac, randomBytes } from "node:crypto";

const PREFIX = "whsec_";
const MIN_KEY_BYTES = 24;
const MAX_KEY_BYTES = 64;
const NEW_KEY_BYTES = 32;

export interface Signable {
  /** `webhook-id`. Ours and free of full stops, or its end could be taken for the timestamp. */
  id: string;
  /** `webhook-timestamp`: the attempt's time, in whole seconds since the epoch. */
  timestampS: number;
  /** The exact bytes that go out. */
  body: Buffer;
  /** `whsec_…`, the current one first; several while secrets rotate. At least one. */
  secrets: string[];
}

/**
 * The value of `webhook-signature`: one `v1,<base64>` for each secret, in their order, separated by spaces.
 * Source: Standard Webhooks 1.0.0, "Signature scheme". Throws when a secret is malformed: they were checked on the way in.
 */
export function signEvent({ id, timestampS, body, secrets }: Signable): string {
  if (secrets.length === 0) throw new Error("an event needs at least one secret to be signed with");
  return secrets
    .map((secret) => {
      const mac = createHmac("sha256", keyOf(secret)).update(`${id}.${timestampS}.`).update(body);
      return `v1,${mac.digest("base64")}`;
    })
    .join(" ");
}

/** The key inside a `whsec_…` secret: 24..64 bytes in padded standard base64, and nothing else; null for any other text. */
export function parseSecret(text: string): Buffer | null {
  if (!text.startsWith(PREFIX)) return null;
  const encoded = text.slice(PREFIX.length);
  const key = Buffer.from(encoded, "base64");
  // Node skips what is not base64; only a text that comes back unchanged was base64 from end to end.
  if (key.toString("base64") !== encoded) return null;
  return key.length >= MIN_KEY_BYTES && key.length <= MAX_KEY_BYTES ? key : null;
}

/** A secret that nobody had before. */
export const newSecret = (): string => PREFIX + randomBytes(NEW_KEY_BYTES).toString("base64");

/**
 * A tenant's own secret, `whsec_…`, derived from the master key so that no tenant can forge another's events and none has
 * to be stored. `version` counts the tenant's rotations: 0 before the first. Tenants contain no slash, so two derivations
 * never meet.
 */
export function tenantSecret(masterKey: Buffer, tenant: string, version: number): string {
  const input = `onetake/webhook/${tenant}${version === 0 ? "" : `/${version}`}`;
  return PREFIX + createHmac("sha256", masterKey).update(input).digest("base64");
}

/**
 * The secrets of some versions, in their order: all master keys sign while they are rotated, and each version of all of
 * them comes before the next version of any.
 */
export const tenantSecrets = (
  masterKeys: readonly Buffer[],
  tenant: string,
  versions: readonly number[],
): string[] =>
  versions.flatMap((version) => masterKeys.map((masterKey) => tenantSecret(masterKey, tenant, version)));

function keyOf(secret: string): Buffer {
  const key = parseSecret(secret);
  if (key === null) throw new Error("malformed webhook secret: whsec_ and base64 of 24 to 64 bytes expected");
  return key;
}
