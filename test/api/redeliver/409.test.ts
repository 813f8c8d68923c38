// POST /v1/deliveries/{id}/redeliver of an event that went to an endpoint which is closed now.
import { describe, expect, test } from "vitest";

import type { Delivery } from "../../../src/shared/delivery.ts";
import { readyApi } from "../../support/api.ts";
import type { TestApi } from "../../support/api.ts";
import { putDelivery, readDelivery } from "../../support/delivery.ts";
import { changeEndpoint, deleteEndpoint, putEndpoint, putEndpointDelivery } from "../../support/endpoint.ts";
import { liveEntries, loseWakeUps } from "../../support/ledger.ts";

const redeliver = (api: TestApi, id: string, options = {}) =>
  api.call("POST", `/v1/deliveries/${id}/redeliver`, options);

const states: Partial<Delivery>[] = [
  { status: "delivered", finishedAt: 1 },
  { status: "failed", finishedAt: 1 },
  { status: "aborted", lastError: "gone", finishedAt: 1 },
  { status: "retrying" },
  { status: "pending" },
  { status: "delivering" },
];

describe.each(["endpoint_disabled", "endpoint_deleted"] as const)("%s", (code) => {
  test.each(states)("$status -> 409, and it stays as it is", async (patch) => {
    const api = await readyApi();
    const endpoint = await putEndpoint(api);
    const { id } = await putEndpointDelivery(api, endpoint, patch);
    await loseWakeUps(api.ledger);
    const before = await readDelivery(api, id);
    if (code === "endpoint_deleted") await deleteEndpoint(api, endpoint);
    else await changeEndpoint(api, endpoint, { status: "disabled", disabledReason: "manual" });
    expect(await redeliver(api, id)).toBeProblem(409, code);
    expect(await redeliver(api, id, { headers: { "idempotency-key": "k" } })).toBeProblem(409, code);
    expect(await readDelivery(api, id)).toEqual(before);
    expect(await liveEntries(api.ledger, "deliver")).toEqual([]);
  });
});

test("disabled, then enabled -> 202, and the same key takes effect then", async () => {
  const api = await readyApi();
  const endpoint = await putEndpoint(api);
  const { id } = await putEndpointDelivery(api, endpoint, { status: "failed", finishedAt: 1 });
  await changeEndpoint(api, endpoint, { status: "disabled", disabledReason: "gone" });
  const keyed = { headers: { "idempotency-key": "k" } };
  expect(await redeliver(api, id, keyed)).toBeProblem(409, "endpoint_disabled");
  await changeEndpoint(api, endpoint, { status: "enabled", disabledReason: null });
  expect((await redeliver(api, id, keyed)).status).toBe(202);
  expect(await readDelivery(api, id)).toMatchObject({ status: "pending", generation: 2 });
});

test("an address that the job names, while an endpoint at that address is disabled -> 202", async () => {
  const api = await readyApi();
  const url = "https://hooks.example.com/in";
  await putEndpoint(api, { url, status: "disabled", disabledReason: "gone", events: ["job.failed"] });
  const { id } = await putDelivery(api, { status: "failed", finishedAt: 1 }, { url });
  expect((await redeliver(api, id)).status).toBe(202);
});
