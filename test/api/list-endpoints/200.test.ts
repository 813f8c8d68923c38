// GET /v1/webhook-endpoints by a tenant.
import { expect, test } from "vitest";
import { GLOBEX, readyApi } from "../../support/api.ts";
import { ENDPOINTS, listedIds, makeEndpoint, readEndpoint } from "../endpoint-support.ts";

test("none -> an empty list without a next page", async () => {
  const api = await readyApi();
  const answer = await api.call("GET", ENDPOINTS);
  expect(answer.status).toBe(200);
  expect(answer.json).toEqual({ data: [], next: null });
});

test("three, and one of another tenant's -> the three, newest first, each as it is by itself, without a secret", async () => {
  const api = await readyApi();
  const made = [await makeEndpoint(api), await makeEndpoint(api), await makeEndpoint(api)];
  const foreign = await makeEndpoint(api, {}, { key: GLOBEX });
  const answer = await api.call("GET", ENDPOINTS);
  const ids = made.map(({ id }) => id).toReversed();
  expect(answer.json).toEqual({
    data: await Promise.all(ids.map((id) => readEndpoint(api, id))),
    next: null,
  });
  for (const { secret } of made) expect(answer.text).not.toContain(secret);
  expect(await listedIds(api, { key: GLOBEX })).toEqual([foreign.id]);
});
