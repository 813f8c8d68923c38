// POST /v1/webhook-endpoints/{id}/recover of an endpoint that nothing is sent to.
import { expect, test } from "vitest";
import { readyApi } from "../../support/api.ts";
import { readDelivery } from "../../support/delivery.ts";
import { putEndpoint, putJoblessDelivery } from "../../support/endpoint.ts";
import { NOON } from "../../support/job.ts";

test.each(["manual", "gone", "failing"] as const)(
  "disabled, %s -> 409 endpoint_disabled, and nothing is sent",
  async (disabledReason) => {
    const api = await readyApi();
    const endpoint = await putEndpoint(api, { status: "disabled", disabledReason, disabledAt: NOON });
    const before = await putJoblessDelivery(api, endpoint, {}, { at: NOON });
    const body = { since: new Date(NOON).toISOString() };
    const path = `/v1/webhook-endpoints/${endpoint.id}/recover`;
    expect(await api.call("POST", path, { body })).toBeProblem(409, "endpoint_disabled");
    expect(await readDelivery(api, before.id)).toEqual(before);
  },
);
