// POST /v1/jobs/{id}/cancel of what the caller may not know of.
import { expect, test } from "vitest";
import { GLOBEX, readyApi } from "../../support/api.ts";
import { makeJob, makeJobIn, statusOf } from "../support.ts";

test("another tenant's job -> 404, and the job goes on", async () => {
  const api = await readyApi();
  const id = await makeJob(api);
  expect(await api.call("POST", `/v1/jobs/${id}/cancel`, { key: GLOBEX })).toBeProblem(404, "not_found");
  expect(await statusOf(api, id)).toBe("queued");
});

test("another tenant's job that has ended -> 404, not 409: its state is nobody else's business", async () => {
  const api = await readyApi();
  const id = await makeJobIn(api, "failed");
  expect(await api.call("POST", `/v1/jobs/${id}/cancel`, { key: GLOBEX })).toBeProblem(404, "not_found");
});

test.each(["job_01ARZ3NDEKTSV4RRFFQ69G5FAV", "x"])("an unknown id, %s -> 404", async (id) => {
  const api = await readyApi();
  expect(await api.call("POST", `/v1/jobs/${id}/cancel`)).toBeProblem(404, "not_found");
});
