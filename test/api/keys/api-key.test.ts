import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import * as fc from "fast-check";
import { expect, test } from "vitest";

import { isWellFormed, looksMade, newApiKey } from "../../../src/api/keys/api-key.ts";
import { digestOf } from "../../../src/shared/bearer.ts";

const LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** By other means than the code's. */
const fromBase62 = (text: string): bigint =>
  text.split("").reduce((sum, letter) => sum * 62n + BigInt(LETTERS.indexOf(letter)), 0n);

test("1,000 new keys -> a prefix, 43 and 6 letters and digits, all different, well formed", () => {
  const keys = Array.from({ length: 1000 }, newApiKey);
  for (const key of keys) {
    expect(key).toMatch(/^otk_[0-9A-Za-z]{49}$/);
    expect(isWellFormed(key)).toBe(true);
    expect(looksMade(key)).toBe(true);
  }
  expect(new Set(keys).size).toBe(1000);
});

test("a new key -> its first part is a number of 256 bits, its last the CRC-32 of all before", () => {
  const keys = Array.from({ length: 1000 }, newApiKey);
  const numbers = keys.map((key) => fromBase62(key.slice(4, 47)));
  expect(numbers.every((number) => number < 2n ** 256n)).toBe(true);
  // With 1,000 of them, each of the upper and the lower bits is set in some and not in others.
  for (const bit of [0n, 1n, 128n, 254n, 255n]) {
    expect(new Set(numbers.map((number) => (number >> bit) & 1n)).size).toBe(2);
  }
  for (const key of keys) expect(fromBase62(key.slice(47))).toBe(BigInt(crc32(key.slice(0, 47))));
});

test("any one letter mistaken, missing or twice, or two neighbours swapped -> not well formed", () => {
  const key = newApiKey();
  const place = fc.nat(key.length - 1);
  fc.assert(
    fc.property(place, fc.constantFrom(...LETTERS.split("")), (at, letter) => {
      const [before, after] = [key.slice(0, at), key.slice(at + 1)];
      const mistakes = [before + after, `${before}${letter}${key.slice(at)}`, before + letter + after];
      mistakes.push(before + after.slice(0, 1) + key.charAt(at) + after.slice(1));
      for (const mistake of mistakes) expect(isWellFormed(mistake)).toBe(mistake === key);
    }),
    { numRuns: 2000 },
  );
});

test.each(["", "otk_", "otk_x", "acme-key-0123456789abcdef", "0".repeat(53), `otk_${"0".repeat(49)}`])(
  "%j -> not well formed",
  (text) => {
    expect(isWellFormed(text)).toBe(false);
  },
);

test("a key's digest -> the SHA-256 of all of it", () => {
  const key = newApiKey();
  for (const text of ["abc", key, `${key}x`]) {
    expect(digestOf(text)).toEqual(createHash("sha256").update(text).digest());
  }
});
