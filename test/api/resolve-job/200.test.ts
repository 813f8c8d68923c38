// POST /v1/jobs/{id}/resolve: somebody decides about a purchase whose outcome nobody knows.
import { describe, expect, test } from "vitest";
import { ADMIN, readyApi, type TestApi } from "../../support/api.ts";
import { anyIso, holdings, makeJob, makeJobIn, recordOf, smallBody, takeTo } from "../support.ts";

const resolve = (api: TestApi, id: string, body: unknown, options = {}) =>
  api.call("POST", `/v1/jobs/${id}/resolve`, { body, ...options });

describe("resubmit", () => {
  test("unconfirmed -> 200 queued anew, with a new entry and a new start timeout; the first POST still counts", async () => {
    const api = await readyApi();
    const id = await makeJobIn(api, "unconfirmed", { ...smallBody, start_timeout_s: 100 });
    const answer = await resolve(api, id, { action: "resubmit" });
    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject({
      id,
      status: "queued",
      version: 4,
      attempts: 1,
      error: null,
      finished_at: null,
      billing: { state: "unknown" },
    });
    const record = await recordOf(api, id);
    expect(record).toMatchObject({ submitWake: 2, holdUntil: null });
    expect(record.startDeadlineAt).toBeGreaterThanOrEqual(record.createdAt + 100_000);
    expect(await api.ledger.motor.queues.submit.getJob(`${id}-2`)).toMatchObject({ data: { id, n: 2 } });
    expect(api.logs.named("job.resolve")).toMatchObject([{ job_id: id, tenant: "acme", status: "queued" }]);
  });
});

describe("fail", () => {
  test("unconfirmed -> 200 failed with submission_unconfirmed, one event, nothing submitted", async () => {
    const api = await readyApi();
    const webhook = { url: "https://hooks.example.com/h", events: ["job.failed"] };
    const id = await makeJobIn(api, "unconfirmed", { ...smallBody, webhook });
    const { submits } = await holdings(api);
    const answer = await resolve(api, id, { action: "fail" });
    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject({
      id,
      status: "failed",
      version: 4,
      finished_at: anyIso,
      billing: { state: "unknown" },
      error: {
        code: "submission_unconfirmed",
        message: "the socket closed",
        stage: "submit",
        upstream: null,
      },
    });
    expect(await api.ledger.deliveries.deliveriesOf(id)).toMatchObject([{ eventType: "job.failed" }]);
    expect((await holdings(api)).submits).toBe(submits);
    expect(api.logs.named("job.settled")).toMatchObject([
      { job_id: id, status: "failed", error_code: "submission_unconfirmed" },
    ]);
  });
});

test.each(["resubmit", "fail"])("the operator's key, %s -> 200", async (action) => {
  const api = await readyApi();
  const id = await makeJobIn(api, "unconfirmed");
  expect((await resolve(api, id, { action }, { key: ADMIN })).status).toBe(200);
  expect((await recordOf(api, id)).tenant).toBe("acme");
});

test("the attempt that was read -> 200", async () => {
  const api = await readyApi();
  const id = await makeJobIn(api, "unconfirmed");
  expect((await resolve(api, id, { action: "resubmit", attempt: 1 })).status).toBe(200);
});

describe("Idempotency-Key", () => {
  const headers = { "idempotency-key": "k" };

  test.each(["resubmit", "fail"])(
    "%s repeated -> 200 with Idempotent-Replayed, one effect",
    async (action) => {
      const api = await readyApi();
      const id = await makeJobIn(api, "unconfirmed");
      const first = await resolve(api, id, { action }, { headers });
      const second = await resolve(api, id, { action }, { headers });
      expect([first.status, second.status]).toEqual([200, 200]);
      expect(first.headers).not.toHaveProperty("idempotent-replayed");
      expect(second.headers["idempotent-replayed"]).toBe("true");
      expect(second.text).toBe(first.text);
    },
  );

  test("a repeat after the job has moved on -> the job as it is now, never a second purchase", async () => {
    const api = await readyApi();
    const id = await makeJobIn(api, "unconfirmed");
    await resolve(api, id, { action: "resubmit" }, { headers });
    await takeTo(api, id, "canceled");
    const again = await resolve(api, id, { action: "resubmit" }, { headers });
    expect(again.json).toMatchObject({ status: "canceled" });
    expect((await recordOf(api, id)).submitWake).toBe(2);
  });

  test("50 equal resolves at once with one key -> one effect, 49 replays", async () => {
    const api = await readyApi();
    const id = await makeJobIn(api, "unconfirmed");
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => resolve(api, id, { action: "resubmit" }, { headers })),
    );
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    expect(answers.filter((answer) => answer.headers["idempotent-replayed"] === "true")).toHaveLength(49);
    expect(await recordOf(api, id)).toMatchObject({ status: "queued", submitWake: 2, version: 4 });
    expect(api.logs.named("job.resolve")).toHaveLength(1);
  });

  test("50 equal resolves at once without a key -> one effect, 49 are 409", async () => {
    const api = await readyApi();
    const id = await makeJobIn(api, "unconfirmed");
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => resolve(api, id, { action: "resubmit" })),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(49);
    expect(await recordOf(api, id)).toMatchObject({ status: "queued", submitWake: 2, version: 4 });
  });

  test("resubmit and fail at once -> one of them takes effect", async () => {
    const api = await readyApi();
    const id = await makeJobIn(api, "unconfirmed");
    const answers = await Promise.all(["resubmit", "fail"].map((action) => resolve(api, id, { action })));
    expect(answers.map(({ status }) => status).sort((a, b) => a - b)).toEqual([200, 409]);
    expect((await recordOf(api, id)).version).toBe(4);
  });

  test("a refusal is not stored -> the key works once the job is unconfirmed", async () => {
    const api = await readyApi();
    const id = await makeJob(api);
    expect((await resolve(api, id, { action: "fail" }, { headers })).status).toBe(409);
    await takeTo(api, id, "unconfirmed");
    const answer = await resolve(api, id, { action: "fail" }, { headers });
    expect(answer.status).toBe(200);
    expect(answer.headers).not.toHaveProperty("idempotent-replayed");
  });
});
