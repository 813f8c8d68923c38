// GET /v1/deliveries/{id}: one delivery, with what came of each attempt.
import { describe, expect, test } from "vitest";
import { eraseJob } from "../../../src/api/erase.ts";
import type { Delivery } from "../../../src/shared/delivery.ts";
import { ADMIN, readyApi } from "../../support/api.ts";
import { changeDelivery, putDelivery } from "../../support/delivery.ts";
import { NOON } from "../../support/job.ts";

const iso = (ms: number) => new Date(ms).toISOString();

test("no attempt yet -> the delivery as the list shows it, and no attempts", async () => {
  const api = await readyApi();
  const { id } = await putDelivery(api);
  const { json } = await api.call("GET", "/v1/deliveries");
  const [listed] = Array.isArray(json["data"]) ? json["data"] : [];
  const answer = await api.call("GET", `/v1/deliveries/${id}`);
  expect(answer.status).toBe(200);
  expect(answer.json).toEqual({ ...listed, attempts: [] });
});

test("attempts -> each with what came of it, oldest first, over all generations", async () => {
  const api = await readyApi();
  let delivery = await putDelivery(api);
  const failed = {
    n: 1,
    generation: 1,
    at: NOON,
    status: 503,
    duration_ms: 12,
    error_code: "http_error",
    snippet: "busy",
  };
  delivery = await changeDelivery(
    api,
    delivery,
    { status: "failed", attempt: 1, lastStatus: 503, lastError: "http_error" },
    failed,
  );
  const lost = {
    n: 2,
    generation: 2,
    at: NOON + 5000,
    status: null,
    duration_ms: 15_000,
    error_code: "timeout",
    snippet: null,
  };
  delivery = await changeDelivery(
    api,
    delivery,
    {
      status: "retrying",
      generation: 2,
      attempt: 2,
      lastStatus: null,
      lastError: "timeout",
      nextAt: NOON + 10_000,
    },
    lost,
  );
  const { json } = await api.call("GET", `/v1/deliveries/${delivery.id}`);
  expect(json).toMatchObject({
    status: "retrying",
    attempts_made: 2,
    next_attempt_at: iso(NOON + 10_000),
    last_status: null,
    last_error: "timeout",
    finished_at: null,
  });
  expect(json["attempts"]).toEqual([
    { n: 1, at: iso(NOON), status: 503, duration_ms: 12, error_code: "http_error", snippet: "busy" },
    { n: 2, at: iso(NOON + 5000), status: null, duration_ms: 15_000, error_code: "timeout", snippet: null },
  ]);
});

describe("next_attempt_at", () => {
  test.each<[Delivery["status"], string | null]>([
    ["pending", iso(NOON)],
    ["retrying", iso(NOON)],
    ["delivering", null],
    ["delivered", null],
    ["failed", null],
    ["aborted", null],
  ])("%s -> %j", async (status, next_attempt_at) => {
    const api = await readyApi();
    const { id } = await putDelivery(api, { status, nextAt: NOON });
    expect((await api.call("GET", `/v1/deliveries/${id}`)).json).toMatchObject({ status, next_attempt_at });
  });
});

test("its job is erased -> without its address, aborted as erased", async () => {
  const api = await readyApi();
  const { id, jobId } = await putDelivery(api);
  const known = await api.ledger.jobs.readJob(jobId);
  if (!known) throw new Error("no job");
  await api.ledger.jobs.eraseJob(jobId, eraseJob, known);
  expect((await api.call("GET", `/v1/deliveries/${id}`)).json).toMatchObject({
    url: "",
    status: "aborted",
    last_error: "erased",
  });
});

test("the operator -> reads any tenant's", async () => {
  const api = await readyApi();
  const { id } = await putDelivery(api, {}, { tenant: "globex" });
  const answer = await api.call("GET", `/v1/deliveries/${id}`, { key: ADMIN });
  expect(answer).toMatchObject({ status: 200, json: { id } });
});
