// GET /v1/webhook-endpoints/{id} by its tenant.
import { expect, test } from "vitest";
import { ACME_SECOND, readyApi } from "../../support/api.ts";
import { ENDPOINTS, makeEndpoint, readEndpoint } from "../endpoint-support.ts";

test("made -> as its answer told it, without the secret; by any key of the tenant, on any API", async () => {
  const api = await readyApi();
  const other = await readyApi(api.environment);
  const { id, secret, answer } = await makeEndpoint(api, { headers: { "X-Shop": "the-value" } });
  const { secret: _shown, ...told } = answer.json;
  const read = await other.call("GET", `${ENDPOINTS}/${id}`, { key: ACME_SECOND });
  expect(read.status).toBe(200);
  expect(read.json).toEqual(told);
  expect(read.text).not.toContain(secret);
  expect(read.text).not.toContain("the-value");
});

test("failing for a while -> tells since when", async () => {
  const api = await readyApi();
  const { id } = await makeEndpoint(api);
  const { redis, keys } = api.ledger;
  await redis.hset(keys.endpointHealth(id), "failingSince", Date.UTC(2026, 0, 1), "exhausted", 1);
  expect((await readEndpoint(api, id))["failing_since"]).toBe("2026-01-01T00:00:00.000Z");
});

test("an API without ENCRYPTION_KEY -> reads all the same", async () => {
  const api = await readyApi();
  const blind = await readyApi({ ...api.environment, ENCRYPTION_KEY: "" });
  const { id } = await makeEndpoint(api);
  expect((await readEndpoint(blind, id))["id"]).toBe(id);
});
