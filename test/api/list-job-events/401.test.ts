// GET /v1/jobs/{id}/events by nobody that we know.
import { expect, test } from "vitest";
import { readyApi } from "../../support/api.ts";
import { makeJob } from "../support.ts";

test("no key -> 401", async () => {
  const api = await readyApi();
  const answer = await api.call("GET", `/v1/jobs/${await makeJob(api)}/events`, { key: null });
  expect(answer).toBeProblem(401, "unauthorized");
});
