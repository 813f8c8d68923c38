// GET /v1/admin/jobs by a tenant.
import { expect, test } from "vitest";
import { readyApi } from "../../support/api.ts";
import { makeJob } from "../support.ts";

test.each(["", "?tenant=acme", "?tenant=globex", "?limit=0"])(
  "a tenant's key, %j -> 403, and nothing of anybody's jobs",
  async (query) => {
    const api = await readyApi();
    const id = await makeJob(api);
    const answer = await api.call("GET", `/v1/admin/jobs${query}`);
    expect(answer).toBeProblem(403, "forbidden");
    expect(answer.text).not.toContain(id);
  },
);
