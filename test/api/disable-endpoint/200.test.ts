// POST /v1/webhook-endpoints/{id}/disable by its tenant.
import { expect, test } from "vitest";
import { readyApi } from "../../support/api.ts";
import { act, deliveriesTo, makeEndpoint } from "../endpoint-support.ts";
import { anyIso, auditPage, countDeeds, makeJobIn } from "../support.ts";

test("enabled -> disabled by hand, on record; once more -> as it was, nothing more on record", async () => {
  const api = await readyApi();
  const { id } = await makeEndpoint(api);
  const answer = await act(api, id, "disable");
  expect(answer.status).toBe(200);
  expect(answer.json).toMatchObject({
    status: "disabled",
    disabled_reason: "manual",
    disabled_at: anyIso,
    updated_at: answer.json["disabled_at"],
  });
  expect((await act(api, id, "disable")).json).toEqual(answer.json);
  const { data } = await auditPage(api);
  expect(data[0]).toMatchObject({ action: "endpoint.disable", tenant: "acme", subject: id });
  expect(await countDeeds(api, "endpoint.disable")).toBe(1);
});

test("what is on its way and what comes -> given up, and kept for a recovery; another endpoint's goes on", async () => {
  const api = await readyApi();
  const [first, second] = [await makeEndpoint(api), await makeEndpoint(api)];
  await makeJobIn(api, "canceled");
  await act(api, first.id, "disable");
  await makeJobIn(api, "canceled");
  const aborted = { status: "aborted", last_error: "endpoint_disabled" };
  expect(await deliveriesTo(api, first.id)).toMatchObject([aborted, aborted]);
  expect(await deliveriesTo(api, second.id)).toMatchObject([{ status: "pending" }, { status: "pending" }]);
  const { redis, keys } = api.ledger;
  expect(await redis.zcard(keys.endpointDeliveries(first.id, "missed"))).toBe(2);
});
