// A job's record grew with each request that named a key of its own, without bound.
import { expect, test } from "vitest";
import { readyApi } from "../../support/api.ts";
import type { TestApi } from "../../support/api.ts";
import { RETENTION_S } from "../../support/ledger.ts";
import { holdings, makeJob, recordOf, smallBody } from "../support.ts";

const keyed = (name: string) => ({ headers: { "idempotency-key": name } });
const cancel = (api: TestApi, id: string, n: number) =>
  api.call("POST", `/v1/jobs/${id}/cancel`, keyed(`cancel-${n}`));

test("60 keyed cancels -> the record names 50 keys, of which the intake's is one; the others expire with the retention", async () => {
  const api = await readyApi({ RETENTION_S: String(RETENTION_S) });
  const id = await makeJob(api, smallBody, keyed("k").headers);
  const [intake = ""] = (await recordOf(api, id)).idempotencyKeys;
  for (let n = 0; n < 60; n++) expect((await cancel(api, id, n)).status).toBe(200);

  const { redis, keys } = api.ledger;
  const { idempotencyKeys: kept } = await recordOf(api, id);
  expect(kept).toHaveLength(50);
  expect(kept[0]).toBe(intake);
  const bound = await redis.keys(`${keys.idempotency("acme", "")}*`);
  expect(bound).toHaveLength(61);
  for (const key of kept) expect(await redis.ttl(key)).toBe(-1);
  for (const key of bound.filter((each) => !kept.includes(each))) {
    const ttl = await redis.ttl(key);
    expect(ttl).toBeGreaterThan(RETENTION_S - 60);
    expect(ttl).toBeLessThanOrEqual(RETENTION_S);
  }

  // The oldest cancel, whose key the record no longer names, the newest, and the purchase.
  const repeats = [
    await cancel(api, id, 0),
    await cancel(api, id, 59),
    await api.post(smallBody, keyed("k")),
  ];
  for (const repeat of repeats) {
    expect(repeat).toMatchObject({ status: 200, json: { id } });
    expect(repeat.headers["idempotent-replayed"]).toBe("true");
  }
  expect((await holdings(api)).jobs).toEqual([id]);
});
