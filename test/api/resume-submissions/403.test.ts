// POST /v1/admin/submissions/resume by a tenant, whatever it sends.
import { expect, test } from "vitest";
import { readyApi } from "../../support/api.ts";
import { auditPage } from "../support.ts";

test.each(["", "?reason=x"])("a tenant's key, with the query %j -> 403, nothing done", async (query) => {
  const api = await readyApi();
  const answer = await api.call("POST", `/v1/admin/submissions/resume${query}`, { body: { resaon: 1 } });
  expect(answer).toBeProblem(403, "forbidden");
  expect((await auditPage(api)).data).toEqual([]);
});
