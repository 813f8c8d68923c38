// Prefer: wait=N, as RFC 7240 lets callers write it.
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { preferredWaitS } from "../../../src/api/http/prefer.ts";

test.each<[string, number]>([
  ["wait=5", 5],
  ["wait=1", 1],
  ["wait=60", 60],
  ["wait=61", 60],
  ["wait=99999999999999999999", 60],
  ["wait=007", 7],
  ["WAIT=5", 5],
  ["wait = 5", 5],
  ['wait="5"', 5],
  ['wait="\\5"', 5],
  ["wait=5; strict", 5],
  ["wait=5;foo=bar;baz", 5],
  ["respond-async, wait=5", 5],
  ["respond-async;x=y,wait=5", 5],
  ["return=representation , , wait=5 ,", 5],
  ['foo="a, wait=9", wait=5', 5],
  ['foo="a\\", wait=9"; b="c;d", wait=5', 5],
  ["wait=5, wait=9", 5],
  ["wait=5, wait=soon", 5],
])("%s -> %i s", (header, seconds) => {
  expect(preferredWaitS(header)).toBe(seconds);
});

test.each([
  ["no header", undefined],
  ["an empty one", ""],
  ["another preference", "respond-async"],
  ["a preference that ends alike", "xwait=5"],
  ["no number", "wait"],
  ["an empty number", "wait="],
  ["an empty text", 'wait=""'],
  ["0", "wait=0"],
  ["a negative number", "wait=-1"],
  ["a fraction", "wait=1.5"],
  ["an exponent", "wait=1e1"],
  ["a word", "wait=soon"],
  ["another digit", "wait=٣"],
  ["a number with a unit", "wait=5s"],
  ["a number within quotes of another", 'foo="wait=5"'],
  ["a parameter of another", "foo;wait=5"],
  ["a quote that never ends", 'foo="bar, wait=5'],
  ["first nonsense, then a number: only the first counts", "wait=soon, wait=5"],
])("%s -> ignored", (_name, header) => {
  expect(preferredWaitS(header)).toBeNull();
});

test("several headers -> as one list", () => {
  expect(preferredWaitS(["respond-async", "wait=5"])).toBe(5);
});

test("anything at all -> null, or 1 to 60", () => {
  const part = fc.oneof(fc.string(), fc.constantFrom("wait", "=", "5", ",", ";", '"', "\\", " "));
  fc.assert(
    fc.property(fc.array(part), (parts) => {
      const seconds = preferredWaitS(parts.join(""));
      expect(seconds === null || (seconds >= 1 && seconds <= 60 && Number.isInteger(seconds))).toBe(true);
    }),
  );
});

test("16 KiB of quotes and commas -> judged at once", () => {
  for (const header of [
    '"'.repeat(16_384),
    '",'.repeat(8192),
    '\\"'.repeat(8192),
    `${" ".repeat(16_384)}x`,
  ]) {
    expect(preferredWaitS(header)).toBeNull();
  }
});
