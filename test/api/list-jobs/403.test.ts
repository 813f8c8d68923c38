// GET /v1/jobs by the operator, who has a list of its own.
import { expect, test } from "vitest";
import { ADMIN, readyApi } from "../../support/api.ts";

test("the operator's key -> 403 that names the operator's list", async () => {
  const api = await readyApi();
  const answer = await api.call("GET", "/v1/jobs", { key: ADMIN });
  expect(answer).toBeProblem(403, "forbidden");
  expect(answer.json["detail"]).toContain("GET /v1/admin/jobs");
});
