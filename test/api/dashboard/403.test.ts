import { describe, expect, test, beforeAll, afterAll } from "vitest";
import { ACME, ADMIN, isReady, readyApi, startTestApi, type TestApi } from "../../support/api.ts";
import { queuesOf, SIGN_OUT, SIGN_IN, signIn, tryKey, visit, WRONG } from "./support.ts";

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
  await isReady(api);
});
afterAll(() => api.close());

test("a tenant's key -> 403", async () => {
  expect(await queuesOf(api, { key: ACME })).toBeProblem(403, "forbidden");
});

describe("another site's page sends the form", () => {
  test.each([
    { "sec-fetch-site": "cross-site" },
    { "sec-fetch-site": "same-site" },
    { "sec-fetch-site": "cross-site", origin: "http://127.0.0.1" },
    { origin: "https://evil.example" },
    { origin: "null" },
  ])("%j -> 403, and no session", async (headers) => {
    const answer = await tryKey(api, ADMIN, headers);
    expect(answer.status).toBe(403);
    expect(answer.headers["set-cookie"]).toBeUndefined();
  });

  test("often -> the operator can still sign in: it counts for nothing", async () => {
    const own = await readyApi();
    for (let n = 0; n < 12; n++) await tryKey(own, WRONG, { "sec-fetch-site": "cross-site" });
    expect((await tryKey(own, ADMIN)).status).toBe(303);
  });

  test("the way out -> 403, and the session is kept", async () => {
    const cookie = await signIn(api);
    const headers = { "sec-fetch-site": "cross-site" };
    const answer = await visit(api, SIGN_OUT, { method: "POST", cookie, form: {}, headers });
    expect(answer.status).toBe(403);
    expect(answer.headers["set-cookie"]).toBeUndefined();
  });
});

describe("our own page sends the form", () => {
  test.each([
    ["a browser says so", { "sec-fetch-site": "same-origin" }],
    ["somebody has asked for it by hand", { "sec-fetch-site": "none" }],
    ["an older browser names the page's host", { origin: "http://onetake.local", host: "onetake.local" }],
    ["a program says nothing", {}],
  ])("%s -> 303", async (_name, headers) => {
    expect((await tryKey(api, ADMIN, headers)).status).toBe(303);
  });

  test("an older browser, behind a proxy that calls us by another name -> 303", async () => {
    const own = await readyApi({ PUBLIC_URL: "https://onetake.example" });
    expect((await tryKey(own, ADMIN, { origin: "https://onetake.example" })).status).toBe(303);
  });
});

test("the form -> is sent by POST to its own address", async () => {
  expect((await visit(api, SIGN_IN)).text).toContain(`<form method="post" action="${SIGN_IN}">`);
});
