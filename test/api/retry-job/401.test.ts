// POST /v1/jobs/{id}/retry by nobody that we know.
import { expect, test } from "vitest";
import { readyApi } from "../../support/api.ts";
import { holdings, makeJobIn } from "../support.ts";
import { retry } from "./support.ts";

test("no key -> 401, nothing bought", async () => {
  const api = await readyApi();
  const id = await makeJobIn(api, "failed");
  expect(await retry(api, id, { key: null })).toBeProblem(401, "unauthorized");
  expect((await holdings(api)).jobs).toEqual([id]);
});
