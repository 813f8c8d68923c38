// POST /v1/webhook-endpoints/{id}/recover once more with the same Idempotency-Key: one effect, and what was told then.
import { expect, test } from "vitest";
import { readyApi } from "../../support/api.ts";
import type { TestApi } from "../../support/api.ts";
import { changeDelivery, readDelivery } from "../../support/delivery.ts";
import { deleteEndpoint, putEndpoint, putJoblessDeliveries } from "../../support/endpoint.ts";
import { NOON } from "../../support/job.ts";
import { auditPage } from "../support.ts";

const since = new Date(NOON).toISOString();

const recover = (api: TestApi, id: string, key: string, body: object = { since }) =>
  api.call("POST", `/v1/webhook-endpoints/${id}/recover`, { body, headers: { "idempotency-key": key } });

const missed = async (api: TestApi, count: number) => {
  const endpoint = await putEndpoint(api);
  const times = Array.from({ length: count }, (_, n) => NOON + n);
  return { endpoint, ids: await putJoblessDeliveries(api, endpoint, times) };
};

test("a repeat, when one has failed again -> 200 with Idempotent-Replayed and the numbers of then; it is not sent again", async () => {
  const api = await readyApi();
  const { endpoint, ids } = await missed(api, 3);
  const first = await recover(api, endpoint.id, "k");
  expect(first.status).toBe(202);
  const [id = ""] = ids;
  await changeDelivery(api, await readDelivery(api, id), { status: "failed", finishedAt: NOON });
  const again = await recover(api, endpoint.id, "k");
  expect(again.status).toBe(200);
  expect(again.headers["idempotent-replayed"]).toBe("true");
  expect(again.json).toEqual({ matched: 3, recovering: 3, has_more: false });
  expect(again.json).toEqual(first.json);
  expect(await readDelivery(api, id)).toMatchObject({ status: "failed", generation: 2 });
  expect((await recover(api, endpoint.id, "l")).json).toMatchObject({ recovering: 1 });
});

test("50 at once with one key -> one 202, all others are replays of it, and each delivery goes once", async () => {
  const api = await readyApi();
  const { endpoint, ids } = await missed(api, 120);
  const answers = await Promise.all(Array.from({ length: 50 }, () => recover(api, endpoint.id, "k")));
  const count = (wanted: number) => answers.filter(({ status }) => status === wanted).length;
  expect([count(202), count(200)]).toEqual([1, 49]);
  expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
  const found = await Promise.all(ids.map((id) => readDelivery(api, id)));
  expect(new Set(found.map(({ generation }) => generation))).toEqual(new Set([2]));
});

test("a request that found nothing, repeated when there is something -> a replay: it had all its effect", async () => {
  const api = await readyApi();
  const endpoint = await putEndpoint(api);
  expect((await recover(api, endpoint.id, "k")).status).toBe(202);
  const [id = ""] = await putJoblessDeliveries(api, endpoint, [NOON]);
  const again = await recover(api, endpoint.id, "k");
  expect({ status: again.status, json: again.json }).toMatchObject({ status: 200, json: { recovering: 0 } });
  expect((await readDelivery(api, id)).generation).toBe(1);
  expect((await auditPage(api)).data).toEqual([]);
});

test("a repeat after the endpoint has been deleted -> still a replay: what was accepted stays accepted", async () => {
  const api = await readyApi();
  const { endpoint } = await missed(api, 1);
  await recover(api, endpoint.id, "k");
  await deleteEndpoint(api, endpoint);
  expect((await recover(api, endpoint.id, "k")).status).toBe(200);
  expect(await recover(api, endpoint.id, "l")).toBeProblem(404, "not_found");
});

test("the same key with another since -> 422 idempotency_key_reused; for another endpoint -> its own", async () => {
  const api = await readyApi();
  const [one, two] = [await missed(api, 1), await missed(api, 1)];
  await recover(api, one.endpoint.id, "k");
  const body = { since: new Date(NOON + 1).toISOString() };
  expect(await recover(api, one.endpoint.id, "k", body)).toBeProblem(422, "idempotency_key_reused");
  expect((await recover(api, two.endpoint.id, "k")).status).toBe(202);
});

test("a repeat whose path is written with an escape -> the same request, and a replay", async () => {
  const api = await readyApi();
  const { endpoint } = await missed(api, 3);
  const first = await recover(api, endpoint.id, "k");
  const again = await recover(api, endpoint.id.replace("_", "%5F"), "k");
  expect({ status: again.status, json: again.json }).toEqual({ status: 200, json: first.json });
});
