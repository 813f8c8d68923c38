// GET /v1/jobs/{id}/events with a query: it takes none.
import { expect, test } from "vitest";
import { readyApi } from "../../support/api.ts";
import { faultsOf, makeJob } from "../support.ts";

test.each(["after", "limit", "wait"])("?%s=1 -> 422 that names it", async (parameter) => {
  const api = await readyApi();
  const answer = await api.call("GET", `/v1/jobs/${await makeJob(api)}/events?${parameter}=1`);
  expect(faultsOf(answer)).toEqual([{ parameter, detail: expect.stringMatching(/\S/) }]);
});
