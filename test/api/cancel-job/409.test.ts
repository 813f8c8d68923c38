// POST /v1/jobs/{id}/cancel of a job that has ended otherwise.
import { expect, test } from "vitest";
import { readyApi } from "../../support/api.ts";
import { makeJobIn } from "../support.ts";

test.each(["succeeded", "failed", "expired"] as const)(
  "%s -> 409 with its status, and the job is left as it is",
  async (status) => {
    const api = await readyApi();
    const id = await makeJobIn(api, status);
    const before = await api.call("GET", `/v1/jobs/${id}`);
    const answer = await api.call("POST", `/v1/jobs/${id}/cancel`);
    expect(answer).toBeProblem(409, "conflict");
    expect(answer.json).toMatchObject({ job_id: id, job_status: status });
    expect(answer.json["detail"]).toContain(status);
    expect((await api.call("GET", `/v1/jobs/${id}`)).text).toBe(before.text);
  },
);
