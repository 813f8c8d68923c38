// POST /v1/deliveries/{id}/redeliver with arguments that it does not take.
import { expect, test } from "vitest";
import { readyApi } from "../../support/api.ts";
import { putDelivery, readDelivery } from "../../support/delivery.ts";
import { faultsOf } from "../support.ts";

test.each<[string, unknown, string]>([
  ["a field", { url: "https://elsewhere.example" }, "/url"],
  ["a list", [], ""],
])("%s -> 422 at the place, and nothing is sent", async (_name, body, pointer) => {
  const api = await readyApi();
  const before = await putDelivery(api, { status: "failed" });
  expect(faultsOf(await api.call("POST", `/v1/deliveries/${before.id}/redeliver`, { body }))).toMatchObject([
    { pointer },
  ]);
  expect(await readDelivery(api, before.id)).toEqual(before);
});
