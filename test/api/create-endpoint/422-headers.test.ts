// POST /v1/webhook-endpoints with headers that no delivery may carry.
import { describe, expect, test } from "vitest";
import { readyApi } from "../../support/api.ts";
import { ENDPOINTS, HOOK, makeEndpoint } from "../endpoint-support.ts";
import { faultsOf, pointersOf } from "../support.ts";

const reserved = [
  "Host",
  "Connection",
  "Keep-Alive",
  "Proxy-Authorization",
  "proxy-connection",
  "TE",
  "Trailer",
  "Transfer-Encoding",
  "Upgrade",
  "HTTP2-Settings",
  "Expect",
  "Content-Type",
  "content-length",
  "Content-Encoding",
  "Cookie",
  "Set-Cookie",
  "User-Agent",
  "webhook-id",
  "Webhook-Signature",
  "Forwarded",
  "X-Forwarded-For",
  "X-Real-IP",
  "True-Client-IP",
  "Via",
  "X-Amz-Security-Token",
  "X-Aws-Ec2-Metadata-Token",
  "X-Goog-Iam-Authority-Selector",
  "Metadata-Flavor",
  "Metadata",
  "Date",
  "Accept-Encoding",
];

test("every reserved name -> 422 that points at each of them, and at nothing else", async () => {
  const api = await readyApi();
  // No more than are allowed at once.
  for (let from = 0; from < reserved.length; from += 15) {
    const names = reserved.slice(from, from + 15);
    const headers = Object.fromEntries([...names, "X-Shop"].map((name) => [name, "x"]));
    const answer = await api.call("POST", ENDPOINTS, { body: { url: HOOK, headers } });
    expect(pointersOf(answer)).toEqual(names.map((name) => `/headers/${name}`).sort());
    for (const { detail } of faultsOf(answer)) expect(detail).toMatch(/^the name is reserved/);
  }
});

describe("a name", () => {
  test.each(["X Shop", "X:Shop", "X\tShop", "Xé", "", "X".repeat(65), "X\r\nHost"])(
    "%j -> 422 that points at it",
    async (name) => {
      const api = await readyApi();
      const body = { url: HOOK, headers: { [name]: "x" } };
      expect(pointersOf(await api.call("POST", ENDPOINTS, { body }))).toEqual([`/headers/${name}`]);
    },
  );

  test("two that differ in the case of their letters only -> 422 at the second", async () => {
    const api = await readyApi();
    const body = { url: HOOK, headers: { "X-Shop": "1", "X-Other": "1", "x-shop": "2" } };
    expect(pointersOf(await api.call("POST", ENDPOINTS, { body }))).toEqual(["/headers/x-shop"]);
  });

  test("each character that a token may have, and 64 of them -> taken", async () => {
    const api = await readyApi();
    const headers = { "!#$%&'*+-.^_`|~09azAZ": "x", ["X".repeat(64)]: "x" };
    const { answer } = await makeEndpoint(api, { headers });
    expect(Object.keys(Object(answer.json["headers"]))).toEqual(Object.keys(headers));
  });
});

describe("a value", () => {
  test.each<[unknown]>([
    [""],
    [" x"],
    ["x "],
    ["a\r\nHost: b"],
    ["a\nb"],
    ["a\tb"],
    ["a\u0000b"],
    ["é"],
    ["\u007f"],
    ["x".repeat(1025)],
    [7],
    [null],
    [["a"]],
  ])("%j -> 422 that points at it, and does not repeat it", async (value) => {
    const api = await readyApi();
    const body = { url: HOOK, headers: { "X-Shop": value } };
    const answer = await api.call("POST", ENDPOINTS, { body });
    expect([...new Set(pointersOf(answer))]).toEqual(["/headers/X-Shop"]);
    expect(answer.text).not.toContain("Host: b");
  });

  test("1,024 characters, all that are visible, spaces inside -> taken", async () => {
    const api = await readyApi();
    const visible = Array.from({ length: 94 }, (_, n) => String.fromCodePoint(0x21 + n)).join("");
    const headers = { "X-A": "x".repeat(1024), "X-B": visible, "X-C": "Bearer a b" };
    const { answer } = await makeEndpoint(api, { headers });
    expect(answer.json["headers"]).toEqual({ "X-A": "redacted", "X-B": "redacted", "X-C": "redacted" });
  });
});

test.each<[string, unknown]>([
  ["17 of them", Object.fromEntries(Array.from({ length: 17 }, (_, n) => [`X-${n}`, "x"]))],
  ["a list", ["X-Shop: 7"]],
  ["a text", "X-Shop: 7"],
])("%s -> 422 at /headers", async (_name, headers) => {
  const api = await readyApi();
  expect(pointersOf(await api.call("POST", ENDPOINTS, { body: { url: HOOK, headers } }))).toEqual([
    "/headers",
  ]);
});
