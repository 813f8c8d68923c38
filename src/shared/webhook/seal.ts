/**
 * Secrets at rest: AES-256-GCM under the keys of ENCRYPTION_KEY. The first seals, all of them open, so that keys can be
 * rotated. `about` names what is sealed and whose it is: a sealed text that is moved elsewhere does not open.
 */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";

const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const VERSION = "s1";

export type Sealer = {
  seal: (text: string, about: string) => string;
  /** Throws a SealError when none of the keys opens it. */
  open: (sealed: string, about: string) => string;
  /** Whether it was sealed by another key than the first. */
  isOld: (sealed: string) => boolean;
};

/** What was sealed under a key that this process does not have, or for something else. */
export class SealError extends Error {
  constructor(reason: string) {
    super(`A sealed secret does not open: ${reason}.`);
    this.name = "SealError";
  }
}

/** The key inside the text of a variable: base64 of 32 bytes and nothing else; null for any other text. */
export function parseEncryptionKey(text: string): Buffer | null {
  const key = Buffer.from(text, "base64");
  return key.length === KEY_BYTES && key.toString("base64") === text ? key : null;
}

/** At least one key, the current one first. */
export function createSealer(keys: readonly Buffer[]): Sealer {
  const named = keys.map((key) => ({ key, name: nameOf(key) }));
  const [first] = named;
  if (!first) throw new Error("a sealer needs at least one key");
  const current = first;

  function seal(text: string, about: string): string {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv("aes-256-gcm", current.key, nonce).setAAD(Buffer.from(about));
    const sealed = Buffer.concat([nonce, cipher.update(text, "utf8"), cipher.final(), cipher.getAuthTag()]);
    return [VERSION, current.name, sealed.toString("base64url")].join(".");
  }

  function open(sealed: string, about: string): string {
    const [version, name, data = ""] = sealed.split(".");
    const found = named.find((each) => each.name === name);
    if (version !== VERSION || !found) throw new SealError("ENCRYPTION_KEY does not have its key");
    const bytes = Buffer.from(data, "base64url");
    try {
      const nonce = bytes.subarray(0, NONCE_BYTES);
      const opener = createDecipheriv("aes-256-gcm", found.key, nonce, { authTagLength: TAG_BYTES });
      opener.setAAD(Buffer.from(about)).setAuthTag(bytes.subarray(-TAG_BYTES));
      const text = [opener.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)), opener.final()];
      return Buffer.concat(text).toString("utf8");
    } catch {
      throw new SealError("it was changed, or sealed for something else");
    }
  }

  return { seal, open, isOld: (sealed) => sealed.split(".")[1] !== current.name };
}

/** The sealer of a configuration; null: it has no ENCRYPTION_KEY. */
export const sealerOf = (keys: readonly Buffer[] | undefined): Sealer | null =>
  keys ? createSealer(keys) : null;

/** Tells keys apart, and nothing of them. */
const nameOf = (key: Buffer): string =>
  createHash("sha256").update("onetake/encryption-key/").update(key).digest("base64url").slice(0, 8);
