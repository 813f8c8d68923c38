// The way into the dashboard, tried with forged sessions and odd forms: nobody gets in, and nothing breaks.
import { createHmac } from "node:crypto";
import * as fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";

import { SIGN_IN, signIn } from "../api/dashboard/support.ts";
import { ACME, isReady, startTestApi } from "../support/api.ts";
import type { TestApi } from "../support/api.ts";
import { exchange } from "./exchange.ts";

let api: TestApi;
let real: string;
beforeAll(async () => {
  api = await startTestApi();
  await isReady(api);
  real = (await signIn(api)).split(";")[0] ?? "";
});
afterAll(() => api.close());

const port = () => Number(new URL(api.url).port);
const ask = (lines: string[], body = "") =>
  exchange(
    port(),
    Buffer.from(`${lines.join("\r\n")}\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n${body}`, "latin1"),
  );

/** What may be made of a session's cookie without the key that signs it. */
const forged = (cookie: string): fc.Arbitrary<string> => {
  const [name = "", value = ""] = cookie.split("=");
  const later = `${Date.now() + 1e10}`;
  const signed = createHmac("sha256", ACME).update(later).digest("base64url");
  const odd = fc.stringMatching(/^[\x21-\x3a\x3c-\x7e]{0,100}$/);
  return fc.oneof(
    odd.map((text) => `${name}=${text}`),
    fc.nat(Math.max(0, value.length - 1)).map((end) => `${name}=${value.slice(0, end)}`),
    fc.tuple(fc.nat(value.length - 1), fc.constantFrom("A", "z", "0", ".", "-")).map(([at, letter]) => {
      const other = value[at] === letter ? "~" : letter;
      return `${name}=${value.slice(0, at)}${other}${value.slice(at + 1)}`;
    }),
    fc.constantFrom(
      `${name}=`,
      name,
      "=",
      ";;",
      `${name}=%00`,
      `${name}=%zz`,
      `${name}=${later}.${signed}`,
      `__proto__=x; ${name}=__proto__`,
    ),
    fc.constant(`${name}=${"x".repeat(6000)}`),
  );
};

test("the real session -> opens the board", async () => {
  expect(await ask(["GET /admin/queues HTTP/1.1", `Cookie: ${real}`])).toMatchObject({ status: 200 });
});

test("forged sessions -> nobody is let in", { timeout: 30_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(
      forged(real),
      fc.constantFrom("/admin/queues", "/admin/queues/api/queues", "/admin"),
      async (cookie, path) => {
        const answer = await ask([`GET ${path} HTTP/1.1`, `Cookie: ${cookie}`]);
        expect([303, 401]).toContain(answer?.status);
        expect(answer?.headers).not.toHaveProperty("set-cookie");
      },
    ),
    { numRuns: 200, seed: 1 },
  );
});

const forms = fc.oneof(
  fc.string({ unit: "binary", maxLength: 200 }).map((text) => `key=${encodeURIComponent(text)}`),
  fc.constantFrom(
    "",
    "key",
    "key=",
    "key[]=a",
    "key[a]=b",
    "key=a&key=b",
    "__proto__[key]=a",
    "key=%ff%zz",
    "&".repeat(5000),
    "k".repeat(60_000),
  ),
);

test("odd forms -> no session, and no error of ours", { timeout: 30_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(forms, async (form) => {
      const head = [
        `POST ${SIGN_IN} HTTP/1.1`,
        "Content-Type: application/x-www-form-urlencoded",
        `Content-Length: ${Buffer.byteLength(form, "latin1")}`,
      ];
      const answer = await ask(head, form);
      expect([400, 401, 413, 422, 429]).toContain(answer?.status);
      expect(answer?.headers).not.toHaveProperty("set-cookie");
    }),
    { numRuns: 100, seed: 1 },
  );
});
