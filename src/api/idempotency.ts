/**
 * `Idempotency-Key`: a key is one effect. The key is bound to its holder (the job, the delivery, or the version of a
 * setting that the request has brought about) in the very script that writes the effect, so of any number of equal requests
 * at once one takes effect and the others find it.
 */
import { createHash, createHmac, randomBytes } from "node:crypto";

import canonicalize from "canonicalize";
import type { FastifyReply } from "fastify";

import type { Keys } from "../shared/store/keys.ts";
import type { Binding } from "../shared/store/record.ts";
import { isReadable, isUnavailable } from "../shared/store/redis.ts";
import type { RedisClient } from "../shared/store/redis.ts";
import { Problem } from "./problem.ts";

/** What a keyed request binds: the key, and what was asked under it. */
export type Claim = { key: string; fingerprint: string };

export type Idempotency = ReturnType<typeof createIdempotency>;

export function createIdempotency(redis: RedisClient, keys: Keys, isRequired: boolean) {
  let secret: string | null = null;

  /** The installation's own random key: a fingerprint must tell nothing of a prompt that has been erased. */
  async function fingerprintKey(): Promise<string> {
    if (secret !== null) return secret;
    secret = await redis.get(keys.fingerprintKey);
    if (secret !== null) return secret;
    await redis.set(keys.fingerprintKey, randomBytes(32).toString("base64"), "NX");
    secret = await redis.get(keys.fingerprintKey);
    if (secret === null) throw new Error("The key of the fingerprints is missing.");
    return secret;
  }

  /**
   * The claim of a request; null when it names no key. `body` is the body as it came, before defaults; none asks for the
   * same as an empty one.
   */
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
    const mac = createHmac("sha256", await fingerprintKey()).update(canonicalize(body ?? {}) ?? "");
    return { key: keys.idempotency(scope.tenant, digest), fingerprint: mac.digest("base64url") };
  }

  /** What a claim's key is bound to already; null when it is free. */
  async function findHolder(claim: Claim): Promise<string | null> {
    const held = await redis.get(claim.key);
    return held === null ? null : holderOf(held, claim);
  }

  return { claimOf, findHolder };
}

/** What to bind: the holder, and what was asked. */
export const bindingOf = (claim: Claim | null, holder: string): Binding | null =>
  claim && { key: claim.key, value: `${holder} ${claim.fingerprint}` };

/**
 * Says of a write that Redis did not confirm what a caller can do: with a key, simply the same again. `jobId`: the job that
 * it is about, if there is one.
 */
export async function orUncertain<T>(
  jobId: string | null,
  claim: Claim | null,
  write: () => Promise<T>,
  advice = adviceOn(jobId ?? "what came of it", claim !== null),
): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (!(error instanceof Error) || !isUnavailable(error) || isReadable(error)) throw error;
    const detail = `Redis did not confirm the write; it may have happened. ${advice}`;
    throw new Problem("unavailable", detail, jobId === null ? {} : { job_id: jobId });
  }
}

export const adviceOn = (subject: string, hasKey: boolean): string =>
  hasKey
    ? "Repeat the request with the same Idempotency-Key: it takes effect once."
    : `Look at ${subject} before you repeat the request; with an Idempotency-Key you could simply repeat it.`;

/** The advice on a job that the request makes: of equal ones at once each names its own, and one comes to be. */
export function adviceOnMade(jobId: string, claim: Claim | null): string {
  const advice = adviceOn(jobId, claim !== null);
  if (!claim) return advice;
  return `${advice} job_id is this request's own job, unless an equal request came first: the repeat tells which.`;
}

/** The holder of a binding. Throws 422 when the same key came with another body. */
export function holderOf(held: string, claim: Claim): string {
  const [holder = "", fingerprint] = held.split(" ");
  if (fingerprint === claim.fingerprint) return holder;
  throw new Problem(
    "idempotency_key_reused",
    "This Idempotency-Key came with another body before: use a new one.",
  );
}

/** Tells the caller that nothing new has happened. */
export function markReplay(reply: FastifyReply, isReplay: boolean): void {
  if (isReplay) reply.header("idempotent-replayed", "true");
}
