// GET /v1/jobs/{id} with If-None-Match, by somebody who has the job as it is.
import { describe, expect, test } from "vitest";
import { readyApi } from "../../support/api.ts";
import type { TestApi } from "../../support/api.ts";
import { makeJob, makeJobIn } from "../support.ts";

const read = (api: TestApi, id: string, tag: string, query = "") =>
  api.call("GET", `/v1/jobs/${id}${query}`, { headers: { "if-none-match": tag } });

test.each(['"1"', 'W/"1"', '"0", "1"', "*"])("If-None-Match: %s -> 304 without a body", async (tag) => {
  const api = await readyApi();
  const answer = await read(api, await makeJob(api), tag);
  expect(answer).toMatchObject({ status: 304, text: "" });
  expect(answer.headers).toMatchObject({ etag: '"1"', "cache-control": "private, no-cache", vary: "accept" });
  expect(answer.headers).not.toHaveProperty("content-type");
});

test("the ETag of the POST that made the job -> 304, until the job changes", async () => {
  const api = await readyApi();
  const made = await api.post({ input: { prompt: "x" } });
  const tag = String(made.headers["etag"]);
  const id = String(made.json["id"]);
  expect((await read(api, id, tag)).status).toBe(304);
  const canceled = await api.call("POST", `/v1/jobs/${id}/cancel`);
  expect(await read(api, id, tag)).toMatchObject({ status: 200, headers: { etag: '"2"' } });
  expect((await read(api, id, String(canceled.headers["etag"]))).status).toBe(304);
});

test("another job's version -> 200", async () => {
  const api = await readyApi();
  const id = await makeJobIn(api, "submitting");
  expect((await read(api, id, '"1"')).status).toBe(200);
});

describe("beside a wait", () => {
  test.each(["?wait=1", "?wait=0"])("%s, and nothing changes -> 304 after it", async (query) => {
    const api = await readyApi();
    expect(await read(api, await makeJob(api), '"1"', query)).toMatchObject({ status: 304, text: "" });
  });

  test("a job at rest that was seen so -> waits for a change like any other", async () => {
    const api = await readyApi();
    const id = await makeJobIn(api, "failed");
    expect((await read(api, id, '"3"', "?wait=1")).status).toBe(304);
  });

  test("Prefer: wait=1, and nothing changes -> 304 that says that it waited", async () => {
    const api = await readyApi();
    const id = await makeJob(api);
    const answer = await api.call("GET", `/v1/jobs/${id}`, {
      headers: { "if-none-match": '"1"', prefer: "wait=1" },
    });
    expect(answer).toMatchObject({ status: 304, headers: { "preference-applied": "wait=1" } });
  });
});

test("a stream is asked for -> the ETag of the JSON does not matter", async () => {
  const api = await readyApi();
  const id = await makeJobIn(api, "failed");
  const answer = await api.call("GET", `/v1/jobs/${id}`, {
    headers: { "if-none-match": '"3"', accept: "text/event-stream" },
  });
  expect(answer.status).toBe(200);
  expect(answer.text).toContain("event: failed");
});
