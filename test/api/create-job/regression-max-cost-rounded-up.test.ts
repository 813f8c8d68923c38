// max_cost was rounded to the nearest micro-dollar, so that an estimate could be above what the caller had said.
import { expect, test } from "vitest";
import { readyApi } from "../../support/api.ts";
import { faultsOf, holdings, makeJob, nothing, recordOf } from "../support.ts";

const input = { prompt: "p", size: "1280*720", duration: 3 };
const PRICES = "wan2.7-t2v:720P=0.10";

test.each([0.299_999_6, 0.299_999_999, 0.000_000_9])(
  "max_cost %d, less than a micro-dollar below an estimate -> 422 at /max_cost, nothing created",
  async (max_cost) => {
    const api = await readyApi({ PRICES });
    expect(faultsOf(await api.post({ input, max_cost }))).toMatchObject([{ pointer: "/max_cost" }]);
    expect(await holdings(api)).toEqual(nothing);
  },
);

test.each([
  [0.3, 300_000],
  [0.57, 570_000],
  [1.005, 1_005_000],
  [0.300_000_9, 300_000],
  [999_999.999_999, 999_999_999_999],
])("max_cost %d -> %i micro-dollars: no floating-point loss", async (max_cost, micro) => {
  const api = await readyApi({ PRICES });
  const { request } = await recordOf(api, await makeJob(api, { input, max_cost }));
  expect(request.maxCost).toBe(micro);
});
