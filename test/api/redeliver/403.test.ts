// POST /v1/deliveries/{id}/redeliver by the operator, who may read but sends nothing in a tenant's name.
import { expect, test } from "vitest";
import { ADMIN, readyApi } from "../../support/api.ts";
import { putDelivery, readDelivery } from "../../support/delivery.ts";

test("the operator's key -> 403, and nothing is sent", async () => {
  const api = await readyApi();
  const before = await putDelivery(api, { status: "failed" });
  const answer = await api.call("POST", `/v1/deliveries/${before.id}/redeliver`, { key: ADMIN });
  expect(answer).toBeProblem(403, "forbidden");
  expect(await readDelivery(api, before.id)).toEqual(before);
});
