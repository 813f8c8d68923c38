// PATCH /v1/webhook-endpoints/{id} by its tenant.
import { expect, test } from "vitest";
import { readyApi } from "../../support/api.ts";
import type { TestApi } from "../../support/api.ts";
import {
  act,
  ENDPOINTS,
  HOOK,
  makeEndpoint,
  noSealKey,
  readEndpoint,
  underKey,
} from "../endpoint-support.ts";
import { auditPage, countDeeds } from "../support.ts";

const patch = (api: TestApi, id: string, body: object) => api.call("PATCH", `${ENDPOINTS}/${id}`, { body });

const all = {
  url: HOOK,
  events: ["job.failed"],
  description: "mine",
  headers: { "X-Shop": "7" },
};
const told = { ...all, headers: { "X-Shop": "redacted" } };

test.each<[string, object, object]>([
  ["the address", { url: `${HOOK}/new` }, { url: `${HOOK}/new` }],
  ["the filter", { events: ["job.*"] }, { events: ["job.*"] }],
  ["the description", { description: "yours" }, { description: "yours" }],
  ["the headers", { headers: { "X-New": "a" } }, { headers: { "X-New": "redacted" } }],
  ["no headers any more", { headers: {} }, { headers: {} }],
  [
    "all set back",
    { events: null, description: null, headers: null },
    { events: null, description: null, headers: {} },
  ],
  ["nothing", {}, {}],
])("%s -> that is different, all else as it was", async (_name, body, changed) => {
  const api = await readyApi();
  const { id } = await makeEndpoint(api, all);
  const before = await readEndpoint(api, id);
  expect(before).toMatchObject(told);
  const answer = await patch(api, id, body);
  expect(answer.status).toBe(200);
  expect(answer.json).toEqual({ ...before, ...changed, updated_at: answer.json["updated_at"] });
  expect(await readEndpoint(api, id)).toEqual(answer.json);
  expect(answer.json).not.toHaveProperty("secret");
});

test("was changed -> on record; nothing of the headers' values stands there or in the log", async () => {
  const api = await readyApi();
  const { id } = await makeEndpoint(api);
  await patch(api, id, { headers: { "X-Shop": "the-value" } });
  const page = await auditPage(api);
  expect(page.data[0]).toMatchObject({ action: "endpoint.update", tenant: "acme", subject: id });
  expect(JSON.stringify([page, api.logs.lines])).not.toContain("the-value");
});

test("another endpoint is left as it was; one that is disabled stays so", async () => {
  const api = await readyApi();
  const [first, second] = [await makeEndpoint(api), await makeEndpoint(api)];
  await act(api, first.id, "disable");
  const before = await readEndpoint(api, second.id);
  const answer = await patch(api, first.id, { url: `${HOOK}/new` });
  expect(answer.json).toMatchObject({ status: "disabled", disabled_reason: "manual" });
  expect(await readEndpoint(api, second.id)).toEqual(before);
});

test("20 changes of different things at once -> each of them stays", async () => {
  const api = await readyApi();
  const made = await Promise.all(Array.from({ length: 10 }, () => makeEndpoint(api)));
  await Promise.all(
    made.flatMap(({ id }, n) => [
      patch(api, id, { description: `number ${n}` }),
      patch(api, id, { url: `${HOOK}/${n}` }),
    ]),
  );
  for (const [n, { id }] of made.entries()) {
    expect(await readEndpoint(api, id)).toMatchObject({ description: `number ${n}`, url: `${HOOK}/${n}` });
  }
});

test("with an Idempotency-Key, which is for POSTs -> not looked at: each change is made", async () => {
  const api = await readyApi();
  const { id } = await makeEndpoint(api);
  for (const description of ["a", "b"]) {
    const answer = await api.call("PATCH", `${ENDPOINTS}/${id}`, { body: { description }, ...underKey });
    expect(answer.json["description"]).toBe(description);
  }
  expect(await countDeeds(api, "endpoint.update")).toBe(2);
});

test("no ENCRYPTION_KEY, and no headers are set -> changed", async () => {
  const api = await readyApi();
  const blind = await readyApi({ ...api.environment, ...noSealKey });
  const { id } = await makeEndpoint(api, all);
  const answer = await patch(blind, id, { description: "yours", headers: null });
  expect(answer.json).toMatchObject({ description: "yours", headers: {} });
});
