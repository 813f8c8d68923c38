// POST /v1/jobs whose max_cost cannot be kept: nothing is created, and nothing is spent.
import { expect, test } from "vitest";
import { readyApi } from "../../support/api.ts";
import { faultsOf, holdings, nothing } from "../support.ts";

const PRICES = "wan2.7-t2v:720P=0.10";
const for3s = { input: { prompt: "p", size: "1280*720", duration: 3 } };
const headers = { "idempotency-key": "order-42" };

test("max_cost without a known price -> 422 at /max_cost, nothing created", async () => {
  const api = await readyApi();
  const answer = await api.post({ ...for3s, max_cost: 100 }, { headers });
  expect(faultsOf(answer)).toEqual([{ pointer: "/max_cost", detail: expect.stringContaining("not known") }]);
  expect(await holdings(api)).toEqual(nothing);
});

test("max_cost when only the other tier has a price -> 422 at /max_cost", async () => {
  const api = await readyApi({ PRICES });
  const answer = await api.post({ input: { prompt: "p" }, max_cost: 100 }, { headers });
  expect(faultsOf(answer)).toMatchObject([{ pointer: "/max_cost" }]);
  expect(await holdings(api)).toEqual(nothing);
});

test.each([0.29, 0.299_999, 0.000_001])(
  "max_cost %d below an estimate of 0.3 -> 422 at /max_cost, nothing created",
  async (max_cost) => {
    const api = await readyApi({ PRICES });
    const answer = await api.post({ ...for3s, max_cost }, { headers });
    expect(faultsOf(answer)).toEqual([
      { pointer: "/max_cost", detail: "The estimate is $0.3, which is more than max_cost." },
    ]);
    expect(await holdings(api)).toEqual(nothing);
  },
);

test.each([0, -1, "1", null, true, [1], 1_000_001])("max_cost %j -> 422 at /max_cost", async (max_cost) => {
  const api = await readyApi({ PRICES });
  const answer = await api.post({ ...for3s, max_cost }, { headers });
  expect(faultsOf(answer)).toMatchObject([{ pointer: "/max_cost" }]);
  expect(await holdings(api)).toEqual(nothing);
});

test("max_cost beyond all numbers -> 422 at /max_cost", async () => {
  const api = await readyApi({ PRICES });
  const raw = JSON.stringify({ ...for3s, max_cost: 0 }).replace('"max_cost":0', '"max_cost":1e999');
  const answer = await api.call("POST", "/v1/jobs", { raw, headers: { "content-type": "application/json" } });
  expect(faultsOf(answer)).toMatchObject([{ pointer: "/max_cost" }]);
  expect(await holdings(api)).toEqual(nothing);
});
