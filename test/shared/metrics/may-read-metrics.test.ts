import { expect, test } from "vitest";

import { mayReadMetrics } from "../../../src/shared/metrics/may-read-metrics.ts";

const KEY = "admin-key-0123456789abcdef";
const here = { address: "127.0.0.1", headers: { host: "127.0.0.1:3000" } };
const away = { address: "203.0.113.9", headers: { host: "onetake.example.com" } };

test.each(["127.0.0.1", "127.8.9.10", "::1", "::ffff:127.0.0.1"])("from %s -> yes", (address) => {
  expect(mayReadMetrics({ ...here, address }, KEY)).toBe(true);
});

test.each(["127.0.0.1:3000", "localhost", "LOCALHOST:3000", "[::1]:3000"])(
  "naming the host %s -> yes",
  (host) => {
    expect(mayReadMetrics({ ...here, headers: { host } }, undefined)).toBe(true);
  },
);

test.each(["203.0.113.9", "::ffff:203.0.113.9", "10.0.0.1", "1127.0.0.1", "fe80::1", ""])(
  "from %j without the key -> no, whatever host it names",
  (address) => {
    expect(mayReadMetrics({ ...here, address }, KEY)).toBe(false);
  },
);

test.each([undefined, "", "evil.example.com", "localhost.evil.example", "127.0.0.1.nip.io", "@", "a b"])(
  "from this machine, naming the host %j -> no: a page may have lured a browser",
  (host) => {
    const headers = host === undefined ? {} : { host };
    expect(mayReadMetrics({ ...here, headers }, KEY)).toBe(false);
  },
);

test.each(["forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-anything"])(
  "by a proxy on this machine that says so in %s -> no",
  (header) => {
    expect(mayReadMetrics({ ...here, headers: { ...here.headers, [header]: "" } }, KEY)).toBe(false);
  },
);

test.each([`Bearer ${KEY}`, `bearer ${KEY}`])("%s -> from anywhere, by any proxy", (authorization) => {
  const headers = { ...away.headers, authorization, "x-forwarded-for": "203.0.113.1" };
  expect(mayReadMetrics({ ...away, headers }, KEY)).toBe(true);
});

test.each([
  "",
  "Bearer ",
  "Bearer undefined",
  `Bearer ${KEY}x`,
  `Basic ${KEY}`,
  KEY,
  `Bearer ${KEY.slice(1)}`,
])("Authorization %j from elsewhere -> no, be there an operator's key or not", (authorization) => {
  const visitor = { ...away, headers: { ...away.headers, authorization } };
  expect(mayReadMetrics(visitor, KEY)).toBe(false);
  expect(mayReadMetrics(visitor, undefined)).toBe(false);
});
