// What was sent again after its endpoint had moved stood in the line of the old address, behind its breaker: for ten minutes at worst.
import { expect, test } from "vitest";
import { destinationOf } from "../../../src/shared/destination.ts";
import { readyApi } from "../../support/api.ts";
import { readDelivery } from "../../support/delivery.ts";
import { changeEndpoint, putEndpoint, putEndpointDelivery } from "../../support/endpoint.ts";
import { NOON } from "../../support/job.ts";
import { liveEntries } from "../../support/ledger.ts";

const OLD = "https://dead.example.com/in";
const NEW = "https://alive.example.com/in";
const ROW_TO_OPEN = 5;

test.each([
  ["redelivered", (id: string) => ({ path: `/v1/deliveries/${id}/redeliver` })],
  [
    "redelivered by a filter",
    () => ({ path: "/v1/deliveries/redeliver", body: { filter: { status: ["failed"] } } }),
  ],
  [
    "recovered",
    (_id: string, endpoint: string) => ({
      path: `/v1/webhook-endpoints/${endpoint}/recover`,
      body: { since: new Date(NOON).toISOString() },
    }),
  ],
] satisfies [string, (id: string, endpoint: string) => { path: string; body?: object }][])(
  "an endpoint moves away from an address whose breaker is open, and a delivery is %s -> it goes to the new one at once",
  async (_how, ask) => {
    const api = await readyApi();
    const endpoint = await putEndpoint(api, { url: OLD });
    const failed = { status: "failed", attempt: 1, lastError: "timeout", finishedAt: NOON } as const;
    const { id } = await putEndpointDelivery(api, endpoint, failed);
    const seat = { entry: `${id}-1`, to: destinationOf("acme", OLD) };
    for (let n = 0; n < ROW_TO_OPEN; n++) await api.ledger.places.leave(seat, { road: "down", pace: "same" });
    await changeEndpoint(api, endpoint, { url: NEW });

    const { path, ...sent } = ask(id, endpoint.id);
    expect(await api.call("POST", path, sent)).toMatchObject({ status: 202 });
    expect(await readDelivery(api, id)).toMatchObject({ generation: 2, url: NEW });
    expect(await liveEntries(api.ledger, "deliver")).toContain(`${id}-2`);
  },
);
