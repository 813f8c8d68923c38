// POST /v1/jobs/{id}/cancel: what is not paid for yet never will be; what is on its way is watched to its end.
import { describe, expect, onTestFinished, test } from "vitest";
import { buildReceiver } from "../../../src/simulator/receiver.ts";
import { readyApi, type TestApi } from "../../support/api.ts";
import {
  anyIso,
  holdings,
  makeJob,
  makeJobIn,
  nothing,
  recordOf,
  smallBody,
  takeTo,
  type Status,
} from "../support.ts";

const cancel = (api: TestApi, id: string, options = {}) => api.call("POST", `/v1/jobs/${id}/cancel`, options);

describe("a job that can be canceled", () => {
  test.each<[Status, object]>([
    ["queued", { billing: { state: "not_billed" }, attempts: 0, version: 2 }],
    ["unconfirmed", { billing: { state: "unknown" }, attempts: 1, version: 4 }],
    ["processing", { billing: { state: "billed" }, attempts: 1, task_id: "task-1", version: 4 }],
  ])("%s -> 200 canceled, with what it cost", async (status, fields) => {
    const api = await readyApi();
    const id = await makeJobIn(api, status);
    const answer = await cancel(api, id);
    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject({
      id,
      status: "canceled",
      cancel_requested_at: anyIso,
      finished_at: anyIso,
      error: null,
      ...fields,
    });
    expect(answer.headers).not.toHaveProperty("location");
    expect((await api.call("GET", `/v1/jobs/${id}`)).text).toBe(answer.text);
  });

  test("submitting -> 200 with cancel_requested_at, still submitting: its request is on its way", async () => {
    const api = await readyApi();
    const id = await makeJobIn(api, "submitting");
    const { status, json } = await cancel(api, id);
    expect(status).toBe(200);
    expect(json).toMatchObject({
      status: "submitting",
      cancel_requested_at: anyIso,
      finished_at: null,
      version: 3,
    });
  });

  test("submitting, canceled twice -> the wish is remembered once", async () => {
    const api = await readyApi();
    const id = await makeJobIn(api, "submitting");
    const first = await cancel(api, id);
    expect((await cancel(api, id)).text).toBe(first.text);
  });

  test("processing -> its task stays watched, and is still looked at", async () => {
    const api = await readyApi();
    const id = await makeJobIn(api, "processing");
    await cancel(api, id);
    expect((await recordOf(api, id)).tasks).toMatchObject([{ id: "task-1", watched: true }]);
    expect(await api.ledger.redis.zscore(api.ledger.keys.due, id)).not.toBeNull();
  });

  test("queued -> nothing is left to be done for it", async () => {
    const api = await readyApi();
    const id = await makeJob(api);
    await cancel(api, id);
    expect(await api.ledger.redis.zscore(api.ledger.keys.due, id)).toBeNull();
    expect((await api.ledger.jobs.readHistory(id)).map(({ kind }) => kind)).toEqual(["queued", "canceled"]);
  });

  test.each<[string, object]>([
    ["no body", {}],
    ["no body, called JSON", { headers: { "content-type": "application/json" } }],
    ["an empty object", { body: {} }],
  ])("%s -> 200", async (_name, options) => {
    const api = await readyApi();
    expect((await cancel(api, await makeJob(api), options)).status).toBe(200);
  });
});

describe("a job that is canceled already", () => {
  test("canceled -> 200 with the job as it is, and nothing changes", async () => {
    const api = await readyApi();
    const id = await makeJobIn(api, "canceled");
    const before = await api.call("GET", `/v1/jobs/${id}`);
    const answer = await cancel(api, id);
    expect({ status: answer.status, text: answer.text }).toEqual({ status: 200, text: before.text });
    expect(api.logs.named("job.cancel")).toEqual([]);
  });

  test("20 cancels at once -> 200 for all, one event", async () => {
    const api = await readyApi();
    const id = await makeJob(api, { ...smallBody, webhook: { url: "https://hooks.example.com/h" } });
    const answers = await Promise.all(Array.from({ length: 20 }, () => cancel(api, id)));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    expect(answers.every(({ json }) => json["status"] === "canceled" && json["version"] === 2)).toBe(true);
    expect(await holdings(api)).toMatchObject({ events: 1, deliveries: 1 });
  });
});

describe("what is told", () => {
  test("a webhook -> one event and one delivery are due, and the API itself calls nobody", async () => {
    const receiver = buildReceiver();
    const url = await receiver.listen();
    onTestFinished(() => receiver.close());
    const api = await readyApi({ WEBHOOK_ALLOW_CIDRS: "127.0.0.0/8" });
    const id = await makeJob(api, { ...smallBody, webhook: { url: `${url}/hook` } });
    await cancel(api, id);
    await api.logs.waitFor({ msg: "http.request", route: "/v1/jobs/:id/cancel" });
    expect(await api.ledger.deliveries.deliveriesOf(id)).toMatchObject([
      { tenant: "acme", eventType: "job.canceled", url: `${url}/hook`, status: "pending", attempt: 0 },
    ]);
    expect(await holdings(api)).toMatchObject({ events: 1, deliveries: 1 });
    expect(receiver.received).toEqual([]);
  });

  test("the event -> the job as the caller read it, without its input", async () => {
    const api = await readyApi();
    const id = await makeJob(api, { ...smallBody, webhook: { url: "https://hooks.example.com/h" } });
    const { json } = await cancel(api, id);
    const { input: _input, ...told } = json;
    const [delivery] = await api.ledger.deliveries.deliveriesOf(id);
    const body = await api.ledger.deliveries.readEventBody(delivery?.eventId ?? "");
    expect(JSON.parse(body ?? "")).toEqual({
      type: "job.canceled",
      id: delivery?.eventId,
      timestamp: json["finished_at"],
      data: { job: told },
    });
  });

  test("a cancel -> a line for what was done and one for how the job ended", async () => {
    const api = await readyApi();
    const id = await makeJob(api);
    await cancel(api, id);
    const ids = { job_id: id, tenant: "acme", status: "canceled" };
    expect(api.logs.named("job.cancel")).toMatchObject([{ ...ids, request_id: expect.any(String) }]);
    expect(api.logs.named("job.settled")).toMatchObject([{ ...ids, billing: "not_billed", attempts: 0 }]);
  });
});

describe("Idempotency-Key", () => {
  const headers = { "idempotency-key": "k" };

  test("a repeat -> 200 with Idempotent-Replayed", async () => {
    const api = await readyApi();
    const id = await makeJob(api);
    const first = await cancel(api, id, { headers });
    const second = await cancel(api, id, { headers });
    expect([first.status, second.status]).toEqual([200, 200]);
    expect(first.headers).not.toHaveProperty("idempotent-replayed");
    expect(second.headers["idempotent-replayed"]).toBe("true");
    expect(second.text).toBe(first.text);
  });

  test("a repeat after a cancel that was remembered -> the job as it is now, and one effect", async () => {
    const api = await readyApi();
    const id = await makeJobIn(api, "submitting");
    await cancel(api, id, { headers });
    const again = await cancel(api, id, { headers });
    expect(again.headers["idempotent-replayed"]).toBe("true");
    expect(again.json).toMatchObject({ status: "submitting", version: 3 });
  });

  test("the key that made the job -> free to cancel it, and to cancel another", async () => {
    const api = await readyApi();
    const one = await makeJob(api, smallBody, headers);
    const two = await makeJob(api);
    for (const id of [one, two]) {
      const answer = await cancel(api, id, { headers });
      expect(answer.json).toMatchObject({ id, status: "canceled" });
      expect(answer.headers).not.toHaveProperty("idempotent-replayed");
    }
  });

  test("REQUIRE_IDEMPOTENCY_KEY -> no key is needed: a cancel buys nothing", async () => {
    const api = await readyApi({ REQUIRE_IDEMPOTENCY_KEY: "true" });
    const id = await makeJob(api, smallBody, headers);
    expect((await cancel(api, id)).status).toBe(200);
  });

  test("a refused cancel is not stored -> the key works once the state allows it", async () => {
    const api = await readyApi();
    const failed = await makeJobIn(api, "failed");
    expect((await cancel(api, failed, { headers })).status).toBe(409);
    expect((await recordOf(api, failed)).idempotencyKeys).toEqual([]);
    expect(await holdings(api)).toMatchObject({ ...nothing, jobs: [failed], submits: 1, events: 1 });
  });

  test("a cancel and a repeat of the intake -> the canceled job, not a new one", async () => {
    const api = await readyApi();
    const id = await makeJob(api, smallBody, headers);
    await takeTo(api, id, "canceled");
    const { json, status } = await api.post(smallBody, { headers });
    expect({ status, id: json["id"], state: json["status"] }).toEqual({ status: 200, id, state: "canceled" });
  });
});
