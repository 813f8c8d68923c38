// POST /v1/jobs/{id}/resolve of a job that is not, or no longer, unconfirmed.
import { expect, test } from "vitest";
import { readyApi } from "../../support/api.ts";
import { makeJobIn, type Status } from "../support.ts";

const others: Status[] = ["queued", "submitting", "processing", "succeeded", "failed", "canceled", "expired"];

test.each(others)("%s -> 409 with its status, and the job is left as it is", async (status) => {
  const api = await readyApi();
  const id = await makeJobIn(api, status);
  const before = await api.call("GET", `/v1/jobs/${id}`);
  for (const action of ["resubmit", "fail"]) {
    const answer = await api.call("POST", `/v1/jobs/${id}/resolve`, { body: { action } });
    expect(answer).toBeProblem(409, "conflict");
    expect(answer.json).toMatchObject({ job_id: id, job_status: status });
    expect(answer.json["detail"]).toContain(status);
  }
  expect((await api.call("GET", `/v1/jobs/${id}`)).text).toBe(before.text);
});

test("another attempt than the present one -> 409, and the job stays unconfirmed", async () => {
  const api = await readyApi();
  const id = await makeJobIn(api, "unconfirmed");
  const body = { action: "resubmit", attempt: 2 };
  const answer = await api.call("POST", `/v1/jobs/${id}/resolve`, { body });
  expect(answer).toBeProblem(409, "conflict");
  expect(answer.json).toMatchObject({ job_id: id, job_status: "unconfirmed" });
  expect(answer.json["detail"]).toContain("attempt 1");
});
