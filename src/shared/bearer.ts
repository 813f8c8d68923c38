/** A key as a request carries it, and as it is compared. */
import { createHash } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";

/** The key of `Authorization: Bearer <key>`; undefined: there is none. */
export const bearerOf = ({ authorization = "" }: IncomingHttpHeaders): string | undefined =>
  /^Bearer ([\x21-\x7e]+)$/i.exec(authorization)?.[1];

/**
 * What is kept of a key, and compared, so that neither time nor memory tells of the key. Slow hashes are for passwords,
 * which can be guessed: nobody guesses 256 random bits, however fast the hash is.
 */
export const digestOf = (key: string): Buffer => createHash("sha256").update(key).digest();
