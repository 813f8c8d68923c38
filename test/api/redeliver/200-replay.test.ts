// POST /v1/deliveries/{id}/redeliver once more with the same Idempotency-Key: one effect, however often it comes.
import { expect, test } from "vitest";
import { readyApi } from "../../support/api.ts";
import type { TestApi } from "../../support/api.ts";
import { changeDelivery, putDelivery, readDelivery } from "../../support/delivery.ts";
import { NOON } from "../../support/job.ts";
import { RETENTION_S } from "../../support/ledger.ts";

const redeliver = (api: TestApi, id: string, key: string) =>
  api.call("POST", `/v1/deliveries/${id}/redeliver`, { headers: { "idempotency-key": key } });

const failed = { status: "failed", attempt: 1, failures: 1, finishedAt: NOON } as const;

/** As the worker does when all goes well. */
const deliver = async (api: TestApi, id: string) =>
  changeDelivery(api, await readDelivery(api, id), { status: "delivered", finishedAt: NOON });

test("a repeat -> 200 with Idempotent-Replayed and the delivery as it is now; it is not sent again", async () => {
  const api = await readyApi();
  const { id } = await putDelivery(api, failed);
  expect((await redeliver(api, id, "k")).status).toBe(202);
  await deliver(api, id);
  const again = await redeliver(api, id, "k");
  expect(again.status).toBe(200);
  expect(again.headers["idempotent-replayed"]).toBe("true");
  expect(again.json).toMatchObject({ id, status: "delivered" });
  expect(await readDelivery(api, id)).toMatchObject({ generation: 2, status: "delivered" });
});

test("another key -> another redelivery", async () => {
  const api = await readyApi();
  const { id } = await putDelivery(api, failed);
  await redeliver(api, id, "k");
  await deliver(api, id);
  expect((await redeliver(api, id, "l")).status).toBe(202);
  expect((await readDelivery(api, id)).generation).toBe(3);
});

test("50 at once with one key -> one 202 and one generation, all others are replays", async () => {
  const api = await readyApi();
  const { id } = await putDelivery(api, failed);
  const answers = await Promise.all(Array.from({ length: 50 }, () => redeliver(api, id, "k")));
  const count = (wanted: number) => answers.filter(({ status }) => status === wanted).length;
  expect([count(202), count(200)]).toEqual([1, 49]);
  for (const { status, headers, json } of answers) {
    expect(headers["idempotent-replayed"]).toBe(status === 200 ? "true" : undefined);
    expect(json).toMatchObject({ id, status: "pending" });
  }
  expect(await readDelivery(api, id)).toMatchObject({ generation: 2, idempotencyKeys: [expect.any(String)] });
});

test("a request that found the delivery on its way, repeated when it is over -> a replay: it had all its effect", async () => {
  const api = await readyApi();
  const { id } = await putDelivery(api);
  expect((await redeliver(api, id, "k")).status).toBe(202);
  await deliver(api, id);
  const again = await redeliver(api, id, "k");
  expect({ status: again.status, replayed: again.headers["idempotent-replayed"] }).toEqual({
    status: 200,
    replayed: "true",
  });
  expect((await readDelivery(api, id)).generation).toBe(1);
});

test("a repeat after the job has been erased -> still a replay: what was accepted stays accepted", async () => {
  const api = await readyApi();
  const { id, jobId } = await putDelivery(api, failed);
  await redeliver(api, id, "k");
  await deliver(api, id);
  expect((await api.call("DELETE", `/v1/jobs/${jobId}`)).status).toBe(204);
  expect(await redeliver(api, id, "l")).toBeProblem(410, "gone");
  const again = await redeliver(api, id, "k");
  expect({ status: again.status, url: again.json["url"] }).toEqual({ status: 200, url: "" });
});

test("how long a key lives -> as long as the delivery, in whose record it stands; one without effect, the retention", async () => {
  const api = await readyApi({ RETENTION_S: String(RETENTION_S) });
  const { id } = await putDelivery(api, failed);
  const onItsWay = await putDelivery(api);
  await redeliver(api, id, "k");
  await redeliver(api, onItsWay.id, "k");
  const { redis, keys } = api.ledger;
  const bound = await redis.keys(`${keys.idempotency("acme", "")}*`);
  const [kept = ""] = (await readDelivery(api, id)).idempotencyKeys;
  expect(bound).toHaveLength(2);
  expect(bound).toContain(kept);
  expect(await redis.ttl(kept)).toBe(-1);
  const ttl = await redis.ttl(bound.find((key) => key !== kept) ?? "");
  expect(ttl).toBeGreaterThan(RETENTION_S - 60);
  expect(ttl).toBeLessThanOrEqual(RETENTION_S);
});

test("the same key for another delivery -> its own", async () => {
  const api = await readyApi();
  const [one, two] = [await putDelivery(api, failed), await putDelivery(api, failed)];
  for (const { id } of [one, two]) expect((await redeliver(api, id, "k")).status).toBe(202);
});
