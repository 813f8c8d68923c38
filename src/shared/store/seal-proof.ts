/**
 * The seal's proof: a text that was sealed by the first key that was used, and again by whatever re-encrypts. It tells a
 * process at its start that it has no key, or a wrong one, before a webhook has to be signed.
 */
import { SetupError } from "../errors.ts";
import { SealError } from "../webhook/seal.ts";
import type { Sealer } from "../webhook/seal.ts";
import type { Keys } from "./keys.ts";
import type { RedisClient } from "./redis.ts";
import type { Command } from "./scripts.ts";

const TEXT = "onetake";
const ABOUT = "proof";

/** Goes with whatever makes an endpoint; the first one stays. */
export const proofCommand = (keys: Keys, sealer: Sealer): Command => [
  "SET",
  keys.sealProof,
  sealer.seal(TEXT, ABOUT),
  "NX",
];

/** For when all that was sealed is sealed by the first key. */
export async function renewProof(redis: RedisClient, keys: Keys, sealer: Sealer): Promise<void> {
  await redis.set(keys.sealProof, sealer.seal(TEXT, ABOUT), "XX");
}

/** Throws a SetupError when endpoints were made whose secrets this process could not read. */
export async function requireSealKeys(redis: RedisClient, keys: Keys, sealer: Sealer | null): Promise<void> {
  const proof = await redis.get(keys.sealProof);
  if (proof === null) return;
  if (!sealer) {
    throw new SetupError([
      "ENCRYPTION_KEY is required once endpoints are used: set the one that their secrets were encrypted with",
    ]);
  }
  try {
    sealer.open(proof, ABOUT);
  } catch (error) {
    if (!(error instanceof SealError)) throw error;
    throw new SetupError([
      "ENCRYPTION_KEY does not open the secrets of the endpoints: add the key that they were encrypted with, behind the " +
        "new one (`new,old`), until `npm run keys -- reencrypt` is done",
    ]);
  }
}
