// POST /v1/deliveries/{id}/redeliver by nobody that we know.
import { expect, test } from "vitest";
import { readyApi } from "../../support/api.ts";
import { putDelivery, readDelivery } from "../../support/delivery.ts";

test("no key -> 401, and nothing is sent", async () => {
  const api = await readyApi();
  const before = await putDelivery(api, { status: "failed" });
  const answer = await api.call("POST", `/v1/deliveries/${before.id}/redeliver`, { key: null });
  expect(answer).toBeProblem(401, "unauthorized");
  expect(await readDelivery(api, before.id)).toEqual(before);
});
