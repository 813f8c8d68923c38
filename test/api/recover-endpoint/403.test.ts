// POST /v1/webhook-endpoints/{id}/recover by the operator, who sends nothing in a tenant's name.
import { expect, test } from "vitest";
import { ADMIN, readyApi } from "../../support/api.ts";
import { readDelivery } from "../../support/delivery.ts";
import { putEndpoint, putJoblessDelivery } from "../../support/endpoint.ts";
import { NOON } from "../../support/job.ts";

test("the operator's key -> 403, and nothing is sent", async () => {
  const api = await readyApi();
  const endpoint = await putEndpoint(api);
  const before = await putJoblessDelivery(api, endpoint, {}, { at: NOON });
  const body = { since: new Date(NOON).toISOString() };
  const path = `/v1/webhook-endpoints/${endpoint.id}/recover`;
  expect(await api.call("POST", path, { key: ADMIN, body })).toBeProblem(403, "forbidden");
  expect(await readDelivery(api, before.id)).toEqual(before);
});
