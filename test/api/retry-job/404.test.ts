// POST /v1/jobs/{id}/retry of what the caller may not know of.
import { expect, test } from "vitest";
import { GLOBEX, readyApi } from "../../support/api.ts";
import { holdings, makeJobIn } from "../support.ts";
import { keyed, retry } from "./support.ts";

test.each(["failed", "succeeded", "unconfirmed"] as const)(
  "another tenant's job that is %s -> 404, nothing bought",
  async (status) => {
    const api = await readyApi();
    const id = await makeJobIn(api, status);
    expect(await retry(api, id, { key: GLOBEX })).toBeProblem(404, "not_found");
    expect((await holdings(api)).jobs).toEqual([id]);
  },
);

test("another tenant's job and the very key that it was retried with -> 404: keys are each tenant's own", async () => {
  const api = await readyApi();
  const id = await makeJobIn(api, "failed");
  await retry(api, id, keyed("k"));
  expect(await retry(api, id, { key: GLOBEX, ...keyed("k") })).toBeProblem(404, "not_found");
});

test.each(["job_01ARZ3NDEKTSV4RRFFQ69G5FAV", "x"])("an unknown id, %s -> 404", async (id) => {
  const api = await readyApi();
  expect(await retry(api, id)).toBeProblem(404, "not_found");
  expect(await retry(api, id, keyed("k"))).toBeProblem(404, "not_found");
});
