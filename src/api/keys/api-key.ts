/**
 * Keys that `npm run keys` makes: `otk_`, 256 random bits, and a checksum, in letters and digits only, so that a double click
 * selects all of it, scanners for leaked secrets recognise it, and a typo is known for one without asking anybody.
 */
import { randomBytes } from "node:crypto";
import { crc32 } from "node:zlib";

const PREFIX = "otk_";
const SECRET_BYTES = 32;
const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const BASE = BigInt(ALPHABET.length);
/** The digits that base 62 needs for 256 and for 32 bits. */
const SECRET_DIGITS = 43;
const CHECK_DIGITS = 6;

export function newApiKey(): string {
  const secret = BigInt(`0x${randomBytes(SECRET_BYTES).toString("hex")}`);
  const body = PREFIX + toBase62(secret, SECRET_DIGITS);
  return body + checksumOf(body);
}

/** Whether it is meant to be such a key; whether it is one is another question. */
export const looksMade = (text: string): boolean => text.startsWith(PREFIX);

/** Whether it was copied in full and without a mistake. */
export function isWellFormed(text: string): boolean {
  const body = text.slice(0, -CHECK_DIGITS);
  return body.length === PREFIX.length + SECRET_DIGITS && text === body + checksumOf(body);
}

const checksumOf = (text: string): string => toBase62(BigInt(crc32(text)), CHECK_DIGITS);

function toBase62(value: bigint, digits: number): string {
  let text = "";
  for (let rest = value; text.length < digits; rest /= BASE) text = ALPHABET[Number(rest % BASE)] + text;
  return text;
}
