// POST /v1/jobs/{id}/cancel by the operator, who stops nothing in a tenant's name.
import { expect, test } from "vitest";
import { ADMIN, readyApi } from "../../support/api.ts";
import { makeJob, statusOf } from "../support.ts";

test("the operator's key -> 403, and the job goes on", async () => {
  const api = await readyApi();
  const id = await makeJob(api);
  expect(await api.call("POST", `/v1/jobs/${id}/cancel`, { key: ADMIN })).toBeProblem(403, "forbidden");
  expect(await statusOf(api, id)).toBe("queued");
});
