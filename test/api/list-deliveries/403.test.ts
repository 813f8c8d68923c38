// GET /v1/deliveries by the operator, who has none of its own.
import { expect, test } from "vitest";
import { ADMIN, readyApi } from "../../support/api.ts";

test.each(["", "?status=failed", "?endpoint_id=ep_1"])(
  "the operator's key, %j -> 403 that asks for a job_id",
  async (query) => {
    const api = await readyApi();
    const answer = await api.call("GET", `/v1/deliveries${query}`, { key: ADMIN });
    expect(answer).toBeProblem(403, "forbidden");
    expect(answer.json["detail"]).toContain("job_id");
  },
);
