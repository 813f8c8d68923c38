// POST /v1/jobs/{id}/retry by the operator, who buys nothing in a tenant's name.
import { expect, test } from "vitest";
import { ADMIN, readyApi } from "../../support/api.ts";
import { holdings, makeJobIn } from "../support.ts";
import { keyed, retry } from "./support.ts";

test.each([{}, keyed("k")])("the operator's key, %j -> 403, nothing bought", async (options) => {
  const api = await readyApi();
  const id = await makeJobIn(api, "failed");
  expect(await retry(api, id, { key: ADMIN, ...options })).toBeProblem(403, "forbidden");
  expect((await holdings(api)).jobs).toEqual([id]);
});
