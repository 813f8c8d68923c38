// POST /v1/jobs by nobody that we know.
import { expect, test } from "vitest";
import { ACME, ADMIN, readyApi } from "../../support/api.ts";
import { holdings, nothing, smallBody } from "../support.ts";

test.each<[string, string | undefined]>([
  ["no header", undefined],
  ["an empty one", ""],
  ["the scheme alone", "Bearer"],
  ["the scheme and a space", "Bearer "],
  ["the key alone", ACME],
  ["another scheme", `Basic ${ACME}`],
  ["a scheme with more to it", `Bearer: ${ACME}`],
  ["two spaces", `Bearer  ${ACME}`],
  ["an unknown key", "Bearer 0123456789abcdef01234567"],
  ["a key cut short", `Bearer ${ACME.slice(0, -1)}`],
  ["a key and more", `Bearer ${ACME}x`],
  ["a key in capitals", `Bearer ${ACME.toUpperCase()}`],
  ["two keys", `Bearer ${ACME}, Bearer ${ACME}`],
  ["a tenant's name with its key", `Bearer acme:${ACME}`],
  ["a quoted key", `Bearer "${ACME}"`],
  ["letters beyond ASCII", "Bearer \u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9"],
  ["8 KiB", `Bearer ${"k".repeat(8192)}`],
  ["only commas", ",,,"],
])("Authorization: %s -> 401 with WWW-Authenticate, nothing created", async (_name, authorization) => {
  const api = await readyApi();
  const headers = authorization === undefined ? {} : { authorization };
  const answer = await api.post(smallBody, { key: null, headers });
  expect(answer).toBeProblem(401, "unauthorized");
  expect(answer.headers).toMatchObject({
    "www-authenticate": 'Bearer realm="onetake"',
    "cache-control": "no-store",
  });
  expect(answer.text).not.toContain(ACME);
  expect(await holdings(api)).toEqual(nothing);
});

test("the scheme in any case -> let in", async () => {
  const api = await readyApi();
  for (const scheme of ["bearer", "BEARER"]) {
    const headers = { authorization: `${scheme} ${ACME}` };
    expect((await api.post(smallBody, { key: null, headers })).status).toBe(202);
  }
});

test("a body that nobody would take -> 401 first: a stranger learns nothing of the rules", async () => {
  const api = await readyApi();
  const answer = await api.call("POST", "/v1/jobs", {
    key: null,
    raw: "<xml/>",
    headers: { "content-type": "text/xml" },
  });
  expect(answer).toBeProblem(401, "unauthorized");
});

test("no ADMIN_KEY is configured -> its would-be holder is nobody", async () => {
  const api = await readyApi({ ADMIN_KEY: "" });
  expect(await api.post(smallBody, { key: ADMIN })).toBeProblem(401, "unauthorized");
});

test("a stranger -> one log line without a tenant and without the key that was tried", async () => {
  const api = await readyApi();
  await api.post(smallBody, { key: "a-key-that-nobody-was-given" });
  const line = await api.logs.waitFor({ msg: "http.request", http_status: 401 });
  expect(line).toMatchObject({ level: "info", route: "/v1/jobs" });
  expect(line).not.toHaveProperty("tenant");
  expect(JSON.stringify(api.logs.lines)).not.toContain("a-key-that-nobody-was-given");
});
