// GET /v1/deliveries/{id} by nobody that we know.
import { expect, test } from "vitest";
import { readyApi } from "../../support/api.ts";
import { putDelivery } from "../../support/delivery.ts";

test("no key -> 401", async () => {
  const api = await readyApi();
  const { id } = await putDelivery(api);
  expect(await api.call("GET", `/v1/deliveries/${id}`, { key: null })).toBeProblem(401, "unauthorized");
});
