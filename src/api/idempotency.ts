/**
 * `Idempotency-Key`: a key is one effect. The key is bound to its job in the very script that writes the effect, so
 * of any number of equal requests at once one takes effect and the others find it.
 */
import { createHash, createHmac, randomBytes } from "node:crypto";

import canonicalize from "canonicalize";

import type { Binding } from "../shared/store/jobs.ts";
import type { Keys } from "../shared/store/keys.ts";
import { isUnavailable } from "../shared/store/redis.ts";
import type { RedisClient } from "../shared/store/redis.ts";
import { Problem } from "./problem.ts";

/** What a keyed request binds: where, and to what. */
export type Claim = { key: string; fingerprint: string };

export type Idempotency = ReturnType<typeof createIdempotency>;

export function createIdempotency(redis: RedisClient, keys: Keys, isRequired: boolean) {
  let secret: string | null = null;

  /** The installation's own random key: a fingerprint must tell nothing of a prompt that has been erased. */
  async function fingerprintKey(): Promise<string> {
    if (secret !== null) return secret;
    await redis.set(keys.fingerprintKey, randomBytes(32).toString("base64"), "NX");
    secret = await redis.get(keys.fingerprintKey);
    if (secret === null) throw new Error("The key of the fingerprints is missing.");
    return secret;
  }

  /** The claim of a request; null when it names no key. `body` is the body as it came, before defaults. */
  async function claimOf(
    header: string | string[] | undefined,
    scope: { tenant: string; route: string; buys: boolean },
    body: unknown,
  ): Promise<Claim | null> {
    if (header === undefined) {
      if (!isRequired || !scope.buys) return null;
      throw new Problem(
        "idempotency_key_required",
        "Send an Idempotency-Key: this installation buys nothing without.",
      );
    }
    if (typeof header !== "string" || !/^[\x20-\x7e]{1,255}$/.test(header)) {
      throw new Problem(
        "idempotency_key_invalid",
        "The Idempotency-Key must have 1 to 255 printable ASCII characters.",
      );
    }
    const digest = createHash("sha256").update(`${scope.route}\n${header}`).digest("base64url");
    const mac = createHmac("sha256", await fingerprintKey()).update(canonicalize(body ?? null) ?? "");
    return { key: keys.idempotency(scope.tenant, digest), fingerprint: mac.digest("base64url") };
  }

  /** The job that a claim's key is bound to already; null when it is free. */
  async function findHolder(claim: Claim): Promise<string | null> {
    const held = await redis.get(claim.key);
    return held === null ? null : holderOf(held, claim);
  }

  return { claimOf, findHolder };
}

/** What to bind: the job, and what was asked. */
export const bindingOf = (claim: Claim | null, jobId: string): Binding | null =>
  claim && { key: claim.key, value: `${jobId} ${claim.fingerprint}` };

/** Says of a write that Redis did not confirm what a caller can do: with a key, simply the same again. */
export async function orUncertain<T>(
  jobId: string,
  claim: Claim | null,
  write: () => Promise<T>,
): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (!(error instanceof Error) || !isUnavailable(error)) throw error;
    const advice = claim
      ? "Repeat the request with the same Idempotency-Key: it takes effect once."
      : `Look at ${jobId} before you repeat the request; with an Idempotency-Key you could simply repeat it.`;
    const detail = `Redis did not confirm the write; it may have happened. ${advice}`;
    throw new Problem("unavailable", detail, { job_id: jobId });
  }
}

/** The job of a binding. Throws 422 when the same key came with another body. */
export function holderOf(held: string, claim: Claim): string {
  const [jobId = "", fingerprint] = held.split(" ");
  if (fingerprint === claim.fingerprint) return jobId;
  throw new Problem(
    "idempotency_key_reused",
    "This Idempotency-Key came with another body before: use a new one.",
  );
}
