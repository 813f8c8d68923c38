// GET /v1/jobs/{id} by a tenant that has very many waits and streams open already.
import { describe, expect, test } from "vitest";
import { MAX_WATCHES } from "../../../src/api/watch/changes.ts";
import { ADMIN, GLOBEX } from "../../support/api.ts";
import { openWatchedApi } from "../../support/watched-api.ts";
import { makeJob, smallBody } from "../support.ts";

/** An API where acme has as many open as it may. */
async function openFullApi() {
  const api = await openWatchedApi();
  const id = await makeJob(api);
  const watches = Array.from({ length: MAX_WATCHES }, () => api.changes.watchJob(id, "acme"));
  return { api, id, path: `/v1/jobs/${id}`, watches };
}

describe("what insists", () => {
  test("a stream -> 429, and when to try again", async () => {
    const { api, path } = await openFullApi();
    const answer = await api.call("GET", path, { headers: { accept: "text/event-stream" } });
    expect(answer).toBeProblem(429, "too_many_open");
    expect(answer.headers).toMatchObject({
      "retry-after": expect.stringMatching(/^\d+$/),
      ratelimit: expect.stringContaining('"open";r=0'),
      "ratelimit-policy": expect.stringContaining(`"open";q=${MAX_WATCHES}`),
    });
  });

  test("?wait -> 429", async () => {
    const { api, path } = await openFullApi();
    expect(await api.call("GET", `${path}?wait=60`)).toBeProblem(429, "too_many_open");
  });

  test("one of them ends -> there is room for one", async () => {
    const { api, path, watches } = await openFullApi();
    watches[0]?.end();
    expect((await api.call("GET", `${path}?wait=1`)).status).toBe(200);
  });
});

describe("what does not", () => {
  test("a plain read, and a wait for what is there already -> 200", async () => {
    const { api, id, path } = await openFullApi();
    expect((await api.call("GET", path)).status).toBe(200);
    await api.call("POST", `${path}/cancel`);
    expect(await api.call("GET", `${path}?wait=60`)).toMatchObject({ status: 200, json: { id } });
  });

  test("Prefer: wait -> 200 at once, and it does not say that it waited", async () => {
    const { api, path } = await openFullApi();
    const answer = await api.call("GET", path, { headers: { prefer: "wait=60" } });
    expect(answer.status).toBe(200);
    expect(answer.headers).not.toHaveProperty("preference-applied");
  });

  test("POST with Prefer: wait -> 202 at once: the job is made all the same", async () => {
    const { api } = await openFullApi();
    const answer = await api.post(smallBody, { headers: { prefer: "wait=60" } });
    expect(answer.status).toBe(202);
    expect(answer.headers).not.toHaveProperty("preference-applied");
  });

  test("other callers -> have room of their own", async () => {
    const { api, path } = await openFullApi();
    expect((await api.call("GET", `${path}?wait=1`, { key: ADMIN })).status).toBe(200);
    const made = await api.post(smallBody, { key: GLOBEX });
    const own = await api.call("GET", `/v1/jobs/${String(made.json["id"])}?wait=1`, { key: GLOBEX });
    expect(own.status).toBe(200);
  });
});
