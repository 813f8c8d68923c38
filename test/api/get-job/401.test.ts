// GET /v1/jobs/{id} by nobody that we know.
import { expect, test } from "vitest";
import { readyApi } from "../../support/api.ts";
import { makeJob } from "../support.ts";

test.each([
  ["a job that is there", true],
  ["a job that never was", false],
])("%s, without a key -> 401, and nobody learns which", async (_name, exists) => {
  const api = await readyApi();
  const id = exists ? await makeJob(api) : "job_01ARZ3NDEKTSV4RRFFQ69G5FAV";
  const answer = await api.call("GET", `/v1/jobs/${id}`, { key: null });
  expect(answer).toBeProblem(401, "unauthorized");
  expect(answer.headers["www-authenticate"]).toBe('Bearer realm="onetake"');
});
