// POST /v1/deliveries/redeliver as a dry run, and once more with the same Idempotency-Key.
import { describe, expect, test } from "vitest";
import { readyApi } from "../../support/api.ts";
import type { TestApi } from "../../support/api.ts";
import { changeDelivery, putDelivery, readDelivery } from "../../support/delivery.ts";
import {
  changeEndpoint,
  putEndpoint,
  putJoblessDeliveries,
  putJoblessDelivery,
} from "../../support/endpoint.ts";
import { NOON } from "../../support/job.ts";
import { everyKey } from "../support.ts";

const failed = {
  status: "failed",
  attempt: 10,
  failures: 10,
  lastError: "timeout",
  finishedAt: NOON,
} as const;
const filter = { status: ["failed"] };

const redeliver = (api: TestApi, body: object, key?: string) =>
  api.call("POST", "/v1/deliveries/redeliver", {
    body,
    headers: key === undefined ? {} : { "idempotency-key": key },
  });

describe("a dry run", () => {
  test("of some that fit and some that do not -> 200 with what the real run then does; nothing changes, nothing is told", async () => {
    const api = await readyApi();
    await putDelivery(api, failed);
    await putDelivery(api, failed);
    await putDelivery(api, { status: "delivered", finishedAt: NOON });
    const [fine, off] = [await putEndpoint(api), await putEndpoint(api)];
    for (const n of [0, 1, 2]) await putJoblessDelivery(api, fine, failed, { at: NOON + n });
    await putJoblessDelivery(api, off, failed);
    await changeEndpoint(api, off, { status: "disabled", disabledReason: "manual", disabledAt: NOON });
    const before = await everyKey(api);
    const dry = await redeliver(api, { filter, dry_run: true });
    expect({ status: dry.status, json: dry.json }).toEqual({
      status: 200,
      json: {
        dry_run: true,
        matched: 5,
        redelivering: 0,
        skipped: 1,
        has_more: false,
        next_created_after: null,
      },
    });
    expect(await everyKey(api)).toEqual(before);
    expect(api.logs.named("deliveries.redeliver")).toEqual([]);
    const real = await redeliver(api, { filter });
    expect(real.status).toBe(202);
    expect(real.json).toEqual({ ...dry.json, dry_run: false, redelivering: 5 });
  });

  test("of more than 10,000 -> has_more, and next_created_after leads on", { timeout: 120_000 }, async () => {
    const api = await readyApi();
    const endpoint = await putEndpoint(api);
    const times = Array.from({ length: 10_001 }, (_, n) => NOON + n);
    await putJoblessDeliveries(api, endpoint, times);
    const dry = await redeliver(api, { filter: { status: ["aborted"] }, dry_run: true });
    const left = new Date(NOON + 10_000).toISOString();
    expect(dry.json).toMatchObject({ matched: 10_000, has_more: true, next_created_after: left });
  });

  test("with a key, and again -> the same numbers as a replay; the key is not free for the real run", async () => {
    const api = await readyApi();
    const { id } = await putDelivery(api, failed);
    const first = await redeliver(api, { filter, dry_run: true }, "k");
    expect(first.headers).not.toHaveProperty("idempotent-replayed");
    await putDelivery(api, failed);
    const again = await redeliver(api, { filter, dry_run: true }, "k");
    expect(again.headers["idempotent-replayed"]).toBe("true");
    expect(again.json).toEqual(first.json);
    expect(await redeliver(api, { filter }, "k")).toBeProblem(422, "idempotency_key_reused");
    expect((await readDelivery(api, id)).generation).toBe(1);
  });
});

test("a repeat, when one has failed again -> 200 with Idempotent-Replayed and the numbers of then; it is not sent again", async () => {
  const api = await readyApi();
  const { id } = await putDelivery(api, failed);
  const first = await redeliver(api, { filter }, "k");
  await changeDelivery(api, await readDelivery(api, id), { status: "failed", finishedAt: NOON });
  const again = await redeliver(api, { filter }, "k");
  expect({ status: again.status, replayed: again.headers["idempotent-replayed"] }).toEqual({
    status: 200,
    replayed: "true",
  });
  expect(again.json).toEqual(first.json);
  expect((await readDelivery(api, id)).generation).toBe(2);
  expect((await redeliver(api, { filter }, "l")).json).toMatchObject({ redelivering: 1 });
});
