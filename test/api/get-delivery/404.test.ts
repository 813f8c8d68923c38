// GET /v1/deliveries/{id} of what the caller may not know of.
import { expect, test } from "vitest";
import { GLOBEX, readyApi } from "../../support/api.ts";
import { changeDelivery, putDelivery } from "../../support/delivery.ts";
import { NOON } from "../../support/job.ts";

test("another tenant's -> 404", async () => {
  const api = await readyApi();
  const { id } = await putDelivery(api);
  expect(await api.call("GET", `/v1/deliveries/${id}`, { key: GLOBEX })).toBeProblem(404, "not_found");
});

test("an id with which another key of the ledger could be read -> 404", async () => {
  const api = await readyApi();
  const delivery = await putDelivery(api);
  const entry = {
    n: 1,
    generation: 1,
    at: NOON,
    status: 500,
    duration_ms: 1,
    error_code: "http_error",
    snippet: null,
  };
  await changeDelivery(api, delivery, { attempt: 1 }, entry);
  for (const id of [`${delivery.id}:attempts`, delivery.jobId, delivery.eventId]) {
    expect(await api.call("GET", `/v1/deliveries/${id}`)).toBeProblem(404, "not_found");
  }
});
