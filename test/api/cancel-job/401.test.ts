// POST /v1/jobs/{id}/cancel by nobody that we know.
import { expect, test } from "vitest";
import { readyApi } from "../../support/api.ts";
import { makeJob, statusOf } from "../support.ts";

test("no key -> 401, and the job goes on", async () => {
  const api = await readyApi();
  const id = await makeJob(api);
  expect(await api.call("POST", `/v1/jobs/${id}/cancel`, { key: null })).toBeProblem(401, "unauthorized");
  expect(await statusOf(api, id)).toBe("queued");
});
