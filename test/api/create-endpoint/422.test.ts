// POST /v1/webhook-endpoints with what no endpoint may have: every fault is told, with its place.
import { describe, expect, test } from "vitest";
import { endpointFilters } from "../../../src/shared/webhook/event.ts";
import { readyApi } from "../../support/api.ts";
import type { TestApi } from "../../support/api.ts";
import { ENDPOINTS, HOOK, listedIds, makeEndpoint, underKey } from "../endpoint-support.ts";
import { faultsOf, pointersOf } from "../support.ts";

const post = (api: TestApi, body: unknown) => api.call("POST", ENDPOINTS, { body });
const secretOf = (bytes: number): string => `whsec_${Buffer.alloc(bytes, 5).toString("base64")}`;

test("everything is wrong -> every fault at once, none twice, nothing made", async () => {
  const api = await readyApi();
  const answer = await post(api, {
    url: "https://10.0.0.1/",
    events: ["job.done"],
    description: "",
    headers: { Host: "x", "X-A": "é" },
    secret: "mine",
    name: "x",
  });
  expect(pointersOf(answer)).toEqual([
    "/description",
    "/events/0",
    "/headers/Host",
    "/headers/X-A",
    "/name",
    "/secret",
    "/url",
  ]);
  expect(await listedIds(api)).toEqual([]);
});

describe("the address", () => {
  test.each([
    ["nothing", undefined],
    ["null", null],
    ["http", "http://hooks.example.com/"],
    ["a private address", "https://192.168.1.1/in"],
    ["this machine", "https://localhost/in"],
    ["a cloud's metadata", "https://169.254.169.254/latest"],
    ["a user", "https://u:p@hooks.example.com/"],
    ["another scheme", "ftp://hooks.example.com/"],
    ["no URL", "hooks.example.com"],
    ["2,049 characters", `https://hooks.example.com/${"x".repeat(2023)}`],
  ])("%s -> 422 at /url", async (_name, url) => {
    const api = await readyApi();
    expect(pointersOf(await post(api, { url }))).toEqual(["/url"]);
  });
});

describe("the filter", () => {
  test.each<[string, unknown, string[]]>([
    ["an event that does not exist", ["job.succeeded", "job.done"], ["/events/1"]],
    ["a test, which nobody can subscribe to", ["webhook.test"], ["/events/0"]],
    ["none", [], ["/events"]],
    ["one twice", ["job.failed", "job.failed"], ["/events"]],
    ["no list", "job.failed", ["/events"]],
    ["more than there are", Array.from({ length: 12 }, () => "job.*"), ["/events"]],
  ])("%s -> 422 that points at it", async (_name, events, pointers) => {
    const api = await readyApi();
    expect([...new Set(pointersOf(await post(api, { url: HOOK, events })))]).toEqual(pointers);
  });

  test("every name that there is -> taken", async () => {
    const api = await readyApi();
    const { answer } = await makeEndpoint(api, { events: endpointFilters });
    expect(answer.json["events"]).toEqual(endpointFilters);
  });
});

describe("the description", () => {
  test.each<[unknown]>([[""], ["x".repeat(501)], [7]])("%j -> 422 at /description", async (description) => {
    const api = await readyApi();
    expect(pointersOf(await post(api, { url: HOOK, description }))).toEqual(["/description"]);
  });
});

describe("the secret", () => {
  test.each([
    ["23 bytes", secretOf(23)],
    ["65 bytes", secretOf(65)],
    ["no prefix", secretOf(32).slice("whsec_".length)],
    ["another prefix", secretOf(32).replace("whsec_", "whsk_")],
    ["no padding", secretOf(32).replace("=", "")],
    ["the alphabet of URLs", `whsec_${Buffer.alloc(32, 251).toString("base64url")}=`],
    ["a space in it", secretOf(32).replace("whsec_", "whsec_ ")],
    ["bits behind its end", `whsec_${"A".repeat(42)}B=`],
  ])("%s -> 422 at /secret, which does not repeat it", async (_name, secret) => {
    const api = await readyApi();
    const answer = await post(api, { url: HOOK, secret });
    expect(pointersOf(answer)).toEqual(["/secret"]);
    expect(answer.text).not.toContain(secret);
    expect(await listedIds(api)).toEqual([]);
  });

  test.each([[""], [7], [null], [["x"]]])("%j -> 422 at /secret", async (secret) => {
    const api = await readyApi();
    expect(pointersOf(await post(api, { url: HOOK, secret }))).toEqual(["/secret"]);
  });

  test.each([24, 25, 26, 32, 62, 63, 64])("%i bytes -> taken", async (bytes) => {
    const api = await readyApi();
    expect((await makeEndpoint(api, { secret: secretOf(bytes) })).secret).toBe(secretOf(bytes));
  });
});

test("a fault with a key -> is not kept: what is right goes through under it", async () => {
  const api = await readyApi();
  const wrong = await api.call("POST", ENDPOINTS, { body: { url: "x" }, ...underKey });
  expect(faultsOf(wrong)).toHaveLength(1);
  await makeEndpoint(api, {}, underKey);
});

test("another body under the same key -> 422, one endpoint", async () => {
  const api = await readyApi();
  await makeEndpoint(api, {}, underKey);
  const other = await api.call("POST", ENDPOINTS, { body: { url: `${HOOK}/other` }, ...underKey });
  expect(other).toBeProblem(422, "idempotency_key_reused");
});
