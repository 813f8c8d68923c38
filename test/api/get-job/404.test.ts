// GET /v1/jobs/{id} of what the caller may not know of.
import { expect, test } from "vitest";
import { GLOBEX, readyApi } from "../../support/api.ts";
import { makeJob } from "../support.ts";

test("another tenant's job -> 404, the same as for one that never was", async () => {
  const api = await readyApi();
  const id = await makeJob(api);
  const theirs = await api.call("GET", `/v1/jobs/${id}`, { key: GLOBEX });
  const none = await api.call("GET", "/v1/jobs/job_01ARZ3NDEKTSV4RRFFQ69G5FAV", { key: GLOBEX });
  expect(theirs).toBeProblem(404, "not_found");
  expect(none).toBeProblem(404, "not_found");
  const { request_id: _theirs, ...told } = theirs.json;
  const { request_id: _none, ...expected } = none.json;
  expect(told).toEqual(expected);
});

test.each([
  ["no id at all", "x"],
  ["an id in lower case", "job_01arz3ndektsv4rrffq69g5fav"],
  ["an event's id", "evt_01ARZ3NDEKTSV4RRFFQ69G5FAV"],
  ["an id and more", "job_01ARZ3NDEKTSV4RRFFQ69G5FAV:history"],
  ["an id with a line end", "job_01ARZ3NDEKTSV4RRFFQ69G5FAV%0a"],
  ["a pattern", "*"],
  ["a NUL", "%00"],
  ["a path upwards", "..%2f..%2fetc%2fpasswd"],
  ["an empty id", ""],
  ["10,000 characters", "a".repeat(10_000)],
])("%s -> 404", async (_name, id) => {
  const api = await readyApi();
  expect(await api.call("GET", `/v1/jobs/${id}`)).toBeProblem(404, "not_found");
});
