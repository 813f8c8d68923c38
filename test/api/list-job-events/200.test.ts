// GET /v1/jobs/{id}/events: what happened to a job, oldest first.
import { describe, expect, test } from "vitest";
import { note } from "../../../src/shared/change.ts";
import { HISTORY_PAGE } from "../../../src/api/watch/watched-job.ts";
import { ACME_SECOND, ADMIN, readyApi } from "../../support/api.ts";
import type { TestApi } from "../../support/api.ts";
import { anyIso, makeJob, makeJobIn, type Status } from "../support.ts";

const read = (api: TestApi, id: string, key?: string) =>
  api.call("GET", `/v1/jobs/${id}/events`, key === undefined ? {} : { key });

const place = expect.stringMatching(/^\d+-\d+$/);
const entry = (type: string, version: number, fields: object = {}) => ({
  id: place,
  at: anyIso,
  type,
  version,
  status: type,
  ...fields,
});
const queued = entry("queued", 1);
const submitting = entry("submitting", 2, { transition: "begin", attempt: 1 });
const processing = entry("processing", 3, { transition: "accept", task_id: "task-1", late: false });

describe("each status", () => {
  const histories: [Status, object[]][] = [
    ["queued", [queued]],
    ["submitting", [queued, submitting]],
    [
      "unconfirmed",
      [queued, submitting, entry("unconfirmed", 3, { transition: "lose", message: "the socket closed" })],
    ],
    ["processing", [queued, submitting, processing]],
    ["succeeded", [queued, submitting, processing, entry("succeeded", 4, { transition: "succeed" })]],
    [
      "failed",
      [queued, submitting, entry("failed", 3, { transition: "fail", code: "invalid_input", message: "no" })],
    ],
    ["canceled", [queued, entry("canceled", 2, { transition: "cancel" })]],
    [
      "expired",
      [
        queued,
        entry("expired", 2, {
          transition: "expire",
          code: "start_timeout",
          message: expect.stringMatching(/\S/),
        }),
      ],
    ],
  ];

  test.each(histories)("%s -> 200 with the way there", async (status, history) => {
    const api = await readyApi();
    const answer = await read(api, await makeJobIn(api, status));
    expect(answer.status).toBe(200);
    expect(answer.json).toEqual({ data: history });
    expect(answer.headers).toMatchObject({
      "content-type": "application/json; charset=utf-8",
      "cache-control": "no-store",
    });
  });
});

test("what moves nothing -> is told too, with the status that stays", async () => {
  const api = await readyApi();
  const id = await makeJobIn(api, "submitting");
  await api.call("POST", `/v1/jobs/${id}/cancel`);
  const { data } = (await read(api, id)).json;
  expect(data).toEqual([queued, submitting, entry("cancel_requested", 3, { status: "submitting" })]);
});

test("a job that was retried -> names the new job", async () => {
  const api = await readyApi();
  const id = await makeJobIn(api, "canceled");
  const fresh = await api.call("POST", `/v1/jobs/${id}/retry`);
  const { data } = (await read(api, id)).json;
  expect(data).toMatchObject([{}, {}, { type: "retried", status: "canceled", job_id: fresh.json["id"] }]);
});

test("a long history -> all of it, in the order in which it happened", async () => {
  const api = await readyApi();
  const id = await makeJobIn(api, "processing");
  const count = 2 * HISTORY_PAGE;
  for (let n = 1; n <= count; n++) {
    await api.ledger.jobs.changeJob(id, (job) =>
      note(job, { progress: n }, { kind: "progress", progress: n }),
    );
  }
  const { data } = (await read(api, id)).json;
  const told = Array.from({ length: count }, (_, n) => ({
    type: "progress",
    progress: n + 1,
    version: n + 4,
  }));
  expect(data).toMatchObject([queued, submitting, processing, ...told]);
});

test.each([
  ["the tenant's other key", ACME_SECOND],
  ["the operator's key", ADMIN],
])("%s -> 200", async (_name, key) => {
  const api = await readyApi();
  const id = await makeJob(api);
  expect(await read(api, id, key)).toMatchObject({ status: 200, json: { data: [queued] } });
});
