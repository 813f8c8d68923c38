// GET /v1/admin/submissions by a tenant, whatever it sends.
import { expect, test } from "vitest";
import { readyApi } from "../../support/api.ts";
import { auditPage } from "../support.ts";

test.each([""])("a tenant's key, with the query %j -> 403, nothing done", async (query) => {
  const api = await readyApi();
  const answer = await api.call("GET", `/v1/admin/submissions${query}`);
  expect(answer).toBeProblem(403, "forbidden");
  expect((await auditPage(api)).data).toEqual([]);
});
