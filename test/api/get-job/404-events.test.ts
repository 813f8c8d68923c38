// GET /v1/jobs/{id} as a stream, or with a wait, of what the caller may not know of.
import { describe, expect, test } from "vitest";
import { GLOBEX } from "../../support/api.ts";
import { openWatchedApi } from "../../support/watched-api.ts";
import { makeJob } from "../support.ts";

const headers = { accept: "text/event-stream" };

describe.each<[string, string, object]>([
  ["a stream", "", { headers }],
  ["a wait", "?wait=60", {}],
  ["a wait that is preferred", "", { headers: { prefer: "wait=60" } }],
  ["a state that is known", "", { headers: { "if-none-match": '"1"' } }],
])("%s", (_name, query, options) => {
  test("another tenant's job -> 404, and nobody watches it", async () => {
    const api = await openWatchedApi();
    const id = await makeJob(api);
    const answer = await api.call("GET", `/v1/jobs/${id}${query}`, { ...options, key: GLOBEX });
    expect(answer).toBeProblem(404, "not_found");
    expect(answer.headers).not.toHaveProperty("etag");
    expect(api.changes.count()).toEqual({ watches: 0, topics: 0 });
  });

  test.each(["job_01ARZ3NDEKTSV4RRFFQ69G5FAV", "x"])("%s -> 404", async (id) => {
    const api = await openWatchedApi();
    expect(await api.call("GET", `/v1/jobs/${id}${query}`, options)).toBeProblem(404, "not_found");
  });
});

test("a stream without a key -> 401", async () => {
  const api = await openWatchedApi();
  const answer = await api.call("GET", `/v1/jobs/${await makeJob(api)}`, { headers, key: null });
  expect(answer).toBeProblem(401, "unauthorized");
});
