// GET /v1/jobs/{id}/events of what the caller may not know of.
import { expect, test } from "vitest";
import { GLOBEX, readyApi } from "../../support/api.ts";
import { makeJob } from "../support.ts";

test("another tenant's job -> 404", async () => {
  const api = await readyApi();
  const id = await makeJob(api);
  expect(await api.call("GET", `/v1/jobs/${id}/events`, { key: GLOBEX })).toBeProblem(404, "not_found");
});

test.each(["job_01ARZ3NDEKTSV4RRFFQ69G5FAV", "x", "*", "%00"])("%s -> 404", async (id) => {
  const api = await readyApi();
  expect(await api.call("GET", `/v1/jobs/${id}/events`)).toBeProblem(404, "not_found");
});
