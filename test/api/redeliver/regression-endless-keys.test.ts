// A delivery's record grew with each keyed redelivery, without bound.
import { expect, test } from "vitest";
import { createDueStore } from "../../../src/worker/due.ts";
import { readyApi } from "../../support/api.ts";
import { changeDelivery, putDelivery, readDelivery } from "../../support/delivery.ts";
import { NOON } from "../../support/job.ts";
import { RETENTION_S } from "../../support/ledger.ts";
import { recordOf } from "../support.ts";

test("60 keyed redeliveries -> the record names 50 keys; the others still replay, and none is left for ever", async () => {
  const api = await readyApi({ RETENTION_S: String(RETENTION_S) });
  const { id, jobId } = await putDelivery(api, { status: "failed", finishedAt: NOON });
  const redeliver = (n: number) =>
    api.call("POST", `/v1/deliveries/${id}/redeliver`, { headers: { "idempotency-key": `k-${n}` } });
  for (let n = 0; n < 60; n++) {
    expect((await redeliver(n)).status).toBe(202);
    await changeDelivery(api, await readDelivery(api, id), { status: "delivered", finishedAt: NOON });
  }
  expect((await readDelivery(api, id)).idempotencyKeys).toHaveLength(50);
  for (const n of [0, 1, 11, 12, 59]) {
    const again = await redeliver(n);
    expect({ status: again.status, replayed: again.headers["idempotent-replayed"] }).toEqual({
      status: 200,
      replayed: "true",
    });
  }
  expect((await readDelivery(api, id)).generation).toBe(61);

  const { redis, keys, deliveries } = api.ledger;
  await createDueStore(redis, keys).purgeJob(
    await recordOf(api, jobId),
    await deliveries.deliveriesOf(jobId),
  );
  const left = await redis.keys(`${keys.idempotency("acme", "")}*`);
  expect(left).toHaveLength(10);
  for (const key of left) {
    const ttl = await redis.ttl(key);
    expect(ttl).toBeGreaterThan(RETENTION_S - 60);
    expect(ttl).toBeLessThanOrEqual(RETENTION_S);
  }
});
