// POST /v1/webhook-endpoints/{id}/recover: ten a second, and many at once.
import { describe, expect, test } from "vitest";
import { readyApi } from "../../support/api.ts";
import { changeDelivery, readDelivery } from "../../support/delivery.ts";
import { putEndpoint, putJoblessDeliveries } from "../../support/endpoint.ts";
import { NOON } from "../../support/job.ts";
import { liveEntries, loseWakeUps } from "../../support/ledger.ts";
import { gaps, iso, readAll, recover } from "./support.ts";

describe("the pace", () => {
  test("a second request for more, while the first one's wait -> they come after them, not beside them", async () => {
    const api = await readyApi();
    const endpoint = await putEndpoint(api);
    const ids = await putJoblessDeliveries(api, endpoint, [NOON, NOON + 1, NOON + 2, NOON + 3]);
    await recover(api, endpoint.id, { since: iso(NOON + 2) });
    await recover(api, endpoint.id, { since: iso(NOON) });
    const [third, fourth, first, second] = (await readAll(api, ids)).map(({ nextAt }) => nextAt);
    expect(gaps([first ?? 0, second ?? 0, third ?? 0, fourth ?? 0])).toEqual([100, 100, 100]);
  });

  test("two endpoints -> each has turns of its own", async () => {
    const api = await readyApi();
    const [one, two] = [await putEndpoint(api), await putEndpoint(api)];
    const times = Array.from({ length: 150 }, (_, n) => NOON + n);
    await putJoblessDeliveries(api, one, times);
    const [first = ""] = await putJoblessDeliveries(api, two, [NOON]);
    await recover(api, one.id);
    await recover(api, two.id);
    expect((await readDelivery(api, first)).nextAt).toBeLessThanOrEqual(await api.ledger.jobs.readClock());
  });

  test("what waited for its turn was given up with its endpoint -> its turns are free again", async () => {
    const api = await readyApi();
    const endpoint = await putEndpoint(api);
    const ids = await putJoblessDeliveries(
      api,
      endpoint,
      Array.from({ length: 50 }, (_, n) => NOON + n),
    );
    await recover(api, endpoint.id);
    for (const waiting of await readAll(api, ids))
      await changeDelivery(api, waiting, { status: "aborted", lastError: "endpoint_disabled" });
    await recover(api, endpoint.id);
    const [again] = await readAll(api, ids);
    expect(again?.nextAt).toBeLessThanOrEqual(await api.ledger.jobs.readClock());
  });
});

describe("many at once", () => {
  test("50 equal requests at once -> each delivery once, and the numbers add up", async () => {
    const api = await readyApi();
    const endpoint = await putEndpoint(api);
    const times = Array.from({ length: 200 }, (_, n) => NOON + Math.floor(n / 3));
    const ids = await putJoblessDeliveries(api, endpoint, times);
    const all = await Promise.all(Array.from({ length: 50 }, () => recover(api, endpoint.id)));
    expect(all.map(({ status }) => status)).toEqual(all.map(() => 202));
    const sum = all.reduce((total, { json }) => total + Number(json["recovering"]), 0);
    expect(sum).toBe(200);
    const found = await readAll(api, ids);
    expect(new Set(found.map(({ generation }) => generation))).toEqual(new Set([2]));
    const turns = found.map(({ nextAt }) => nextAt).toSorted((a, b) => a - b);
    expect(gaps(turns)).toEqual(Array.from({ length: 199 }, () => 100));
    expect(await liveEntries(api.ledger, "deliver")).toEqual(ids.map((id) => `${id}-2`).toSorted());
  });

  test(
    "more than 10,000 -> 10,000 and has_more; the same request goes on with the rest",
    { timeout: 120_000 },
    async () => {
      const api = await readyApi();
      const endpoint = await putEndpoint(api);
      const times = Array.from({ length: 10_050 }, (_, n) => NOON + Math.floor(n / 7));
      const ids = await putJoblessDeliveries(api, endpoint, times);
      const { json } = await recover(api, endpoint.id);
      expect(json).toEqual({ matched: 10_000, recovering: 10_000, has_more: true });
      expect(await api.ledger.redis.zcard(api.ledger.keys.deliveriesBy("acme", "pending"))).toBe(10_000);
      expect((await recover(api, endpoint.id)).json).toEqual({
        matched: 50,
        recovering: 50,
        has_more: false,
      });
      const ordered = await readAll(api, ids.toSorted());
      expect(new Set(ordered.map(({ generation }) => generation))).toEqual(new Set([2]));
      await loseWakeUps(api.ledger);
    },
  );

  test("a step that broke off, since nobody wrote the rest -> the same request goes on with what is left", async () => {
    const api = await readyApi();
    const endpoint = await putEndpoint(api);
    const ids = await putJoblessDeliveries(
      api,
      endpoint,
      Array.from({ length: 250 }, (_, n) => NOON + n),
    );
    await recover(api, endpoint.id, { since: iso(NOON), until: iso(NOON + 100) });
    expect((await recover(api, endpoint.id)).json).toMatchObject({ matched: 150, recovering: 150 });
    expect(gaps((await readAll(api, ids)).map(({ nextAt }) => nextAt))).toEqual(
      Array.from({ length: 249 }, () => 100),
    );
  });
});
