// POST /v1/webhook-endpoints/{id}/test whose attempt does not end in time: no worker takes it up.
import { expect, test } from "vitest";
import { readyApi } from "../../support/api.ts";
import { eventually } from "../../support/eventually.ts";
import { act, makeEndpoint, underKey } from "../endpoint-support.ts";
import { holdings } from "../support.ts";

const quick = { WEBHOOK_TIMEOUT_MS: "1000" };

test("nobody delivers -> 202 with the delivery as it is, after the attempt's time and some seconds; it stays queued", async () => {
  const api = await readyApi(quick);
  const { id } = await makeEndpoint(api);
  const answer = await act(api, id, "test");
  expect(answer.status).toBe(202);
  expect(answer.json).toMatchObject({ status: "pending", attempts: [], endpoint_id: id });
  expect(answer.ms).toBeGreaterThanOrEqual(3900);
  expect(await holdings(api)).toMatchObject({ deliveries: 1 });
});

test("the process stops -> 202 at once", async () => {
  const api = await readyApi();
  const other = await readyApi(api.environment);
  const { id } = await makeEndpoint(api);
  const waiting = act(api, id, "test", underKey);
  await eventually(async () => expect(await holdings(other)).toMatchObject({ deliveries: 1 }));
  await api.close();
  const answer = await waiting;
  expect(answer.status).toBe(202);
  expect(answer.ms).toBeLessThan(10_000);
});
