// POST /v1/webhook-endpoints/{id}/test while another test of one of the tenant's endpoints is under way.
import { expect, test } from "vitest";
import { GLOBEX, readyApi } from "../../support/api.ts";
import { changeDelivery, readDelivery } from "../../support/delivery.ts";
import { eventually } from "../../support/eventually.ts";
import { act, deliveriesTo, makeEndpoint, underKey } from "../endpoint-support.ts";

test("the first waits -> 409 for the second, of any endpoint; another tenant's goes through; ended, the next one may begin", async () => {
  const api = await readyApi();
  const [first, second] = [await makeEndpoint(api), await makeEndpoint(api)];
  const waiting = act(api, first.id, "test", underKey);
  const id = await eventually(async () => {
    const [delivery] = await deliveriesTo(api, first.id);
    if (!delivery) throw new Error("not yet");
    return String(delivery["id"]);
  });
  expect(await act(api, first.id, "test")).toBeProblem(409, "test_under_way");
  expect(await act(api, second.id, "test")).toBeProblem(409, "test_under_way");
  const foreign = await makeEndpoint(api, {}, { key: GLOBEX });
  const others = act(api, foreign.id, "test", { key: GLOBEX });
  await eventually(async () => expect(await deliveriesTo(api, foreign.id, { key: GLOBEX })).toHaveLength(1));
  const repeated = act(api, first.id, "test", underKey);

  const finishedAt = await api.ledger.jobs.readClock();
  await changeDelivery(api, await readDelivery(api, id), { status: "delivered", finishedAt });
  const answer = await waiting;
  expect(answer).toMatchObject({ status: 200, json: { id, status: "delivered" } });
  expect(await repeated).toMatchObject({ status: 200, json: { id, status: "delivered" } });

  const next = act(api, first.id, "test");
  await eventually(async () => expect(await deliveriesTo(api, first.id)).toHaveLength(2));
  await api.close();
  expect((await next).status).toBe(202);
  expect((await others).status).toBe(202);
});

test("10 at once -> one is sent, 409 for the others", async () => {
  const api = await readyApi({ WEBHOOK_TIMEOUT_MS: "1000" });
  const { id } = await makeEndpoint(api);
  const answers = await Promise.all(Array.from({ length: 10 }, () => act(api, id, "test")));
  const refused = answers.filter(({ status }) => status === 409);
  expect(refused).toHaveLength(9);
  expect(answers.filter(({ status }) => status === 202)).toHaveLength(1);
  expect(await deliveriesTo(api, id)).toHaveLength(1);
});

test("10 at once under one key -> one is sent, and all are told of it", async () => {
  const api = await readyApi({ WEBHOOK_TIMEOUT_MS: "1000" });
  const { id } = await makeEndpoint(api);
  const answers = await Promise.all(Array.from({ length: 10 }, () => act(api, id, "test", underKey)));
  expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 202));
  expect(new Set(answers.map(({ json }) => json["id"])).size).toBe(1);
});
