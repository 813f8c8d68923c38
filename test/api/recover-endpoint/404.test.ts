// POST /v1/webhook-endpoints/{id}/recover of an endpoint that is not the caller's, or is no more.
import { expect, test } from "vitest";
import { GLOBEX, readyApi } from "../../support/api.ts";
import { readDelivery } from "../../support/delivery.ts";
import { deleteEndpoint, putEndpoint, putJoblessDelivery } from "../../support/endpoint.ts";
import { NOON } from "../../support/job.ts";

const body = { since: new Date(NOON).toISOString() };

test("another tenant's -> 404, and nothing is sent", async () => {
  const api = await readyApi();
  const endpoint = await putEndpoint(api);
  const before = await putJoblessDelivery(api, endpoint, {}, { at: NOON });
  const path = `/v1/webhook-endpoints/${endpoint.id}/recover`;
  expect(await api.call("POST", path, { key: GLOBEX, body })).toBeProblem(404, "not_found");
  expect(await readDelivery(api, before.id)).toEqual(before);
});

test("a deleted one -> 404, and what it missed stays as it is", async () => {
  const api = await readyApi();
  const endpoint = await putEndpoint(api);
  const before = await putJoblessDelivery(api, endpoint, {}, { at: NOON });
  await deleteEndpoint(api, endpoint);
  const path = `/v1/webhook-endpoints/${endpoint.id}/recover`;
  expect(await api.call("POST", path, { body })).toBeProblem(404, "not_found");
  expect(await readDelivery(api, before.id)).toEqual(before);
});
