// POST /v1/deliveries/{id}/redeliver of what the caller may not know of.
import { expect, test } from "vitest";
import { GLOBEX, readyApi } from "../../support/api.ts";
import { putDelivery, readDelivery } from "../../support/delivery.ts";

test("another tenant's -> 404, and nothing is sent", async () => {
  const api = await readyApi();
  const before = await putDelivery(api, { status: "failed" });
  const answer = await api.call("POST", `/v1/deliveries/${before.id}/redeliver`, { key: GLOBEX });
  expect(answer).toBeProblem(404, "not_found");
  expect(await readDelivery(api, before.id)).toEqual(before);
});

test("purged with its job -> 404", async () => {
  const api = await readyApi();
  const { id, jobId } = await putDelivery(api, { status: "failed" });
  const { redis, keys } = api.ledger;
  await redis.del(keys.job(jobId));
  expect(await api.call("POST", `/v1/deliveries/${id}/redeliver`)).toBeProblem(404, "not_found");
});
