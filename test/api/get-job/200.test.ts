// GET /v1/jobs/{id}: the job, in whatever state.
import { describe, expect, test } from "vitest";
import { ACME_SECOND, ADMIN, readyApi } from "../../support/api.ts";
import { anyIso, holdings, makeJob, makeJobIn, smallBody, type Status } from "../support.ts";

test("a job just made -> exactly what its POST answered", async () => {
  const api = await readyApi();
  const made = await api.post(smallBody);
  const read = await api.call("GET", `/v1/jobs/${String(made.json["id"])}`);
  expect(read.status).toBe(200);
  expect(read.headers).toMatchObject({
    "content-type": "application/json; charset=utf-8",
    "cache-control": "private, no-cache",
    etag: '"1"',
    vary: "accept",
  });
  expect(read.text).toBe(made.text);
});

test("read twice -> nothing changes, and no stage is woken", async () => {
  const api = await readyApi();
  const id = await makeJob(api);
  const before = await holdings(api);
  const first = await api.call("GET", `/v1/jobs/${id}`);
  const second = await api.call("GET", `/v1/jobs/${id}`);
  expect(second.text).toBe(first.text);
  expect(await holdings(api)).toEqual(before);
});

test.each([
  ["the tenant's other key", ACME_SECOND],
  ["the operator's key", ADMIN],
])("%s -> 200", async (_name, key) => {
  const api = await readyApi();
  const id = await makeJob(api);
  const { status, json } = await api.call("GET", `/v1/jobs/${id}`, { key });
  expect({ status, id: json["id"] }).toEqual({ status: 200, id });
});

test("a read -> one log line with the route's pattern and the tenant, without the query", async () => {
  const api = await readyApi();
  const id = await makeJob(api);
  await api.call("GET", `/v1/jobs/${id}?wait=0`);
  const line = await api.logs.waitFor({ msg: "http.request", method: "GET", route: "/v1/jobs/:id" });
  expect(line).toMatchObject({ level: "info", http_status: 200, tenant: "acme" });
  expect(line).not.toHaveProperty("cut_off");
  expect(JSON.stringify(api.logs.lines)).not.toContain("wait=0");
});

const error = (code: string, fields: object) => ({ code, message: expect.stringMatching(/\S/), ...fields });

describe("each status", () => {
  const unfinished = { finished_at: null, video: null };
  const states: [Status, object][] = [
    ["queued", { ...unfinished, version: 1, attempts: 0, error: null, billing: { state: "not_billed" } }],
    ["submitting", { ...unfinished, version: 2, attempts: 1, error: null, billing: { state: "unknown" } }],
    [
      "unconfirmed",
      {
        ...unfinished,
        version: 3,
        attempts: 1,
        billing: { state: "unknown" },
        error: error("submission_unconfirmed", { stage: "submit", retryable: true, upstream: null }),
      },
    ],
    [
      "processing",
      {
        ...unfinished,
        version: 3,
        attempts: 1,
        task_id: "task-1",
        tasks: ["task-1"],
        submitted_at: anyIso,
        deadline_at: anyIso,
        error: null,
        billing: { state: "billed" },
      },
    ],
    [
      "succeeded",
      {
        version: 4,
        progress: 100,
        polls: 1,
        task_id: "task-1",
        eta_at: null,
        error: null,
        finished_at: anyIso,
        video: {
          url: "https://files.example.com/v.mp4?sig=1",
          type: "mp4",
          expires_at: "2027-01-15T08:00:00.000Z",
        },
        billing: { state: "billed" },
      },
    ],
    [
      "failed",
      {
        version: 3,
        attempts: 1,
        tasks: [],
        finished_at: anyIso,
        billing: { state: "not_billed" },
        error: error("invalid_input", {
          stage: "submit",
          retryable: false,
          upstream: { status: 400, reason: "INVALID_REQUEST_BODY" },
        }),
      },
    ],
    ["canceled", { version: 2, finished_at: anyIso, cancel_requested_at: anyIso, error: null }],
    [
      "expired",
      {
        version: 2,
        finished_at: anyIso,
        error: error("start_timeout", { stage: "submit", retryable: true, upstream: null }),
      },
    ],
  ];

  test.each(states)("%s -> 200 with what belongs to it", async (status, fields) => {
    const api = await readyApi();
    const id = await makeJobIn(api, status);
    const answer = await api.call("GET", `/v1/jobs/${id}`);
    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject({ id, status, object: "job", ...fields });
    expect(Object.keys(answer.json).sort()).toEqual(Object.keys((await api.post(smallBody)).json).sort());
  });
});
