// GET /v1/jobs/{id} with a query that it cannot heed.
import { expect, test } from "vitest";
import { readyApi } from "../../support/api.ts";
import { faultsOf, makeJob } from "../support.ts";

test.each([
  ["wait=61", "wait"],
  ["wait=-1", "wait"],
  ["wait=1.5", "wait"],
  ["wait=1e1", "wait"],
  ["wait=soon", "wait"],
  ["wait=", "wait"],
  ["wait", "wait"],
  ["wait=%205", "wait"],
  ["wait=1&wait=2", "wait"],
  ["wait[]=1", "wait[]"],
  ["Wait=1", "Wait"],
  ["timeout=5", "timeout"],
])("?%s -> 422 that names %s", async (query, parameter) => {
  const api = await readyApi();
  const answer = await api.call("GET", `/v1/jobs/${await makeJob(api)}?${query}`);
  expect(faultsOf(answer)).toEqual([{ parameter, detail: expect.stringMatching(/\S/) }]);
});

test("two faults -> both are named", async () => {
  const api = await readyApi();
  const answer = await api.call("GET", `/v1/jobs/${await makeJob(api)}?wait=soon&timeout=5`);
  const detail = expect.stringMatching(/\S/);
  expect(faultsOf(answer)).toEqual(
    expect.arrayContaining([
      { parameter: "wait", detail },
      { parameter: "timeout", detail },
    ]),
  );
});

test("a stream is asked for -> 422 all the same, as problem+json", async () => {
  const api = await readyApi();
  const answer = await api.call("GET", `/v1/jobs/${await makeJob(api)}?wait=61`, {
    headers: { accept: "text/event-stream" },
  });
  expect(answer).toBeProblem(422, "invalid");
});
