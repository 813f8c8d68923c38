// Places in a feed as callers hand them back.
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { behind, fromCursor, toCursor } from "../../../src/api/feed/place.ts";

test("any place -> a cursor of URL-safe letters that leads back to it", () => {
  const number = fc.integer({ min: 0, max: 999_999_999_999_999 });
  fc.assert(
    fc.property(number, number, number, (ms, n, at) => {
      const place = { id: `${ms}-${n}`, at };
      const cursor = toCursor(place);
      expect(cursor).toMatch(/^[\w-]+$/);
      expect(fromCursor(cursor)).toEqual(place);
    }),
  );
});

test("any other text -> null", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.base64String()), (text) => {
      const place = fromCursor(text);
      expect([null, text]).toContain(place && toCursor(place));
    }),
  );
  expect(fromCursor(toCursor({ id: "1-1", at: 5 }).toUpperCase())).toBeNull();
});

test("behind a line -> what follows is as old as the line at most", () => {
  expect(behind("1767225600000-3")).toEqual({ id: "1767225600000-3", at: 1_767_225_600_000 });
});
