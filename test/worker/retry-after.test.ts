import * as fc from "fast-check";
import { expect, test } from "vitest";
import { parseRetryAfter } from "../../src/worker/retry-after.ts";

const DAY_MS = 24 * 60 * 60 * 1_000;
const NOW = Date.UTC(2026, 0, 1, 12, 0, 0);

test.each([
  ["0", 0],
  ["120", 120_000],
  ["  7  ", 7_000],
  ["604800", 7 * DAY_MS],
  ["604801", 7 * DAY_MS],
  ["9".repeat(400), 7 * DAY_MS],
  ["Thu, 01 Jan 2026 12:01:30 GMT", 90_000],
  ["Thursday, 01-Jan-26 12:01:30 GMT", 90_000],
  ["Thu Jan  1 12:01:30 2026", 90_000],
  ["Sat Jan 10 12:00:00 2026", 7 * DAY_MS],
  ["Sun, 06 Nov 1994 08:49:37 GMT", 0],
  ["Sunday, 06-Nov-94 08:49:37 GMT", 0],
  ["Sun Nov  6 08:49:37 1994", 0],
  ["Fri, 31 Dec 9999 23:59:59 GMT", 7 * DAY_MS],
])("%j -> %d ms", (header, waitMs) => {
  expect(parseRetryAfter(header, NOW)).toBe(waitMs);
});

test.each([
  "",
  "-5",
  "+5",
  "1.5",
  "1e3",
  "0x10",
  "soon",
  "5 minutes",
  "5, 10",
  "2026-01-01T12:01:30Z",
  "Thu, 01 Foo 2026 12:00:00 GMT",
  "Thu, 01 Jan 2026 25:00:00 GMT",
  "Thu, 01 Jan 2026 12:01:30 CET",
  "Thu, 1 Jan 2026 12:01:30 GMT",
])("garbage %j -> null", (header) => {
  expect(parseRetryAfter(header, NOW)).toBeNull();
});

test("any text -> null or a wait of zero to seven days", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.date({ noInvalidDate: true }).map((date) => date.toUTCString()),
      ),
      (header) => {
        const waitMs = parseRetryAfter(header, NOW);
        expect(waitMs === null || (waitMs >= 0 && waitMs <= 7 * DAY_MS)).toBe(true);
      },
    ),
  );
});

test("any HTTP-date -> the same instant, to the second", () => {
  const soon = fc.integer({ min: 0, max: 7 * 24 * 60 * 60 });
  fc.assert(
    fc.property(soon, (seconds) => {
      expect(parseRetryAfter(new Date(NOW + seconds * 1_000).toUTCString(), NOW)).toBe(seconds * 1_000);
    }),
  );
});
