// DELETE /v1/webhook-endpoints/{id} by its tenant.
import { expect, test } from "vitest";
import { readyApi } from "../../support/api.ts";
import { dumpKeys } from "../../support/ledger.ts";
import { deliveriesTo, ENDPOINTS, listedIds, makeEndpoint } from "../endpoint-support.ts";
import { auditPage, makeJobIn } from "../support.ts";

test("deleted -> 204; gone from the list and by itself; once more -> 404; on record", async () => {
  const api = await readyApi();
  const [first, second] = [await makeEndpoint(api), await makeEndpoint(api)];
  const path = `${ENDPOINTS}/${first.id}`;
  const answer = await api.call("DELETE", path);
  expect([answer.status, answer.text]).toEqual([204, ""]);
  expect(await listedIds(api)).toEqual([second.id]);
  expect(await api.call("GET", path)).toBeProblem(404, "not_found");
  expect(await api.call("DELETE", path)).toBeProblem(404, "not_found");
  const deeds = (await auditPage(api)).data.filter(({ action }) => action === "endpoint.delete");
  expect(deeds).toMatchObject([{ tenant: "acme", subject: first.id }]);
});

test("a delivery on its way -> given up, and stays in the log; later events go to the others only", async () => {
  const api = await readyApi();
  const [first, second] = [await makeEndpoint(api), await makeEndpoint(api)];
  await makeJobIn(api, "canceled");
  await api.call("DELETE", `${ENDPOINTS}/${first.id}`);
  await makeJobIn(api, "canceled");
  expect(await deliveriesTo(api, first.id)).toMatchObject([
    { status: "aborted", last_error: "endpoint_deleted" },
  ]);
  expect(await deliveriesTo(api, second.id)).toMatchObject([{ status: "pending" }, { status: "pending" }]);
});

test("it had failed -> nothing that is sealed or told of its health is left", async () => {
  const api = await readyApi();
  const { id } = await makeEndpoint(api, { headers: { "X-Shop": "7" } });
  const { redis, keys } = api.ledger;
  await redis.hset(keys.endpointHealth(id), "failingSince", 1);
  await api.call("DELETE", `${ENDPOINTS}/${id}`);
  const dump = await dumpKeys(api.ledger);
  expect(dump.has(`endpoint:${id}:health`)).toBe(false);
  expect(JSON.stringify(dump.get("endpoints:acme"))).not.toContain("s1.");
});

test.each([
  ["half a body", '{"x":'],
  ["no JSON", "x"],
])("with %s -> deleted: a DELETE's body means nothing", async (_name, raw) => {
  const api = await readyApi();
  const { id } = await makeEndpoint(api);
  const headers = { "content-type": "text/plain" };
  expect((await api.call("DELETE", `${ENDPOINTS}/${id}`, { raw, headers })).status).toBe(204);
});
