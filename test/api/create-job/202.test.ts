// POST /v1/jobs is accepted: what the caller reads, and what stands behind it.
import { describe, expect, onTestFinished, test } from "vitest";
import { buildReceiver } from "../../../src/simulator/receiver.ts";
import { ACME, ACME_SECOND, readyApi } from "../../support/api.ts";
import { anyIso, anyJobId, holdings, makeJob, nothing, recordOf, smallBody } from "../support.ts";

const fullBody = {
  model: "wan2.7-t2v",
  input: {
    prompt: "a lighthouse at dawn",
    negative_prompt: "fog",
    size: "1280*720",
    duration: 7,
    seed: 7,
    audio_url: "https://audio.example.com/a.mp3?x=1",
    watermark: true,
    prompt_extend: false,
  },
  webhook: { url: "https://hooks.example.com/h?x=1", events: ["job.succeeded", "job.*"] },
  reference: "order-42",
  metadata: { campaign: "7", "a/b~c": "" },
  tags: ["spring", "spring"],
  priority: "high",
  timeout_s: 60,
  start_timeout_s: 120,
  max_cost: 0.7,
  on_unconfirmed: "resubmit",
};

describe("the answer", () => {
  test("only a prompt -> 202, Location, and the job with every default fixed", async () => {
    const api = await readyApi();
    const answer = await api.post(smallBody);
    const id = String(answer.json["id"]);
    expect(answer.status).toBe(202);
    expect(answer.headers).toMatchObject({
      location: `/v1/jobs/${id}`,
      "content-type": "application/json; charset=utf-8",
      "cache-control": "no-store",
    });
    expect(answer.headers).not.toHaveProperty("idempotent-replayed");
    expect(answer.json).toStrictEqual({
      id: anyJobId,
      object: "job",
      status: "queued",
      model: "wan2.7-t2v",
      input: {
        prompt: "a lighthouse at dawn",
        size: "1920*1080",
        duration: 5,
        watermark: false,
        prompt_extend: true,
      },
      metadata: {},
      tags: [],
      reference: null,
      priority: "normal",
      version: 1,
      progress: 0,
      eta_at: null,
      task_id: null,
      tasks: [],
      attempts: 0,
      polls: 0,
      retry_of: null,
      retried_by: null,
      video: null,
      billing: { state: "not_billed", estimated: null, currency: "USD" },
      error: null,
      created_at: anyIso,
      submitted_at: null,
      finished_at: null,
      deadline_at: null,
      cancel_requested_at: null,
      erased_at: null,
      urls: {
        self: `/v1/jobs/${id}`,
        events: `/v1/jobs/${id}/events`,
        cancel: `/v1/jobs/${id}/cancel`,
        video: `/v1/jobs/${id}/video`,
      },
    });
  });

  test("every field given -> each comes back as it was sent, and the webhook and limits stay inside", async () => {
    const api = await readyApi({ PRICES: "wan2.7-t2v:720P=0.10" });
    const { status, json } = await api.post(fullBody);
    expect(status).toBe(202);
    expect(json).toMatchObject({
      model: fullBody.model,
      input: fullBody.input,
      metadata: fullBody.metadata,
      tags: fullBody.tags,
      reference: "order-42",
      priority: "high",
      billing: { state: "not_billed", estimated: 0.7, currency: "USD" },
    });
    for (const inner of ["webhook", "max_cost", "timeout_s", "start_timeout_s", "on_unconfirmed", "tenant"]) {
      expect(json).not.toHaveProperty(inner);
    }
  });

  test("PUBLIC_URL is set -> urls are absolute, Location stays a path", async () => {
    const api = await readyApi({ PUBLIC_URL: "https://jobs.example.com/onetake/" });
    const { headers, json } = await api.post(smallBody);
    const self = `https://jobs.example.com/onetake/v1/jobs/${String(json["id"])}`;
    expect(headers["location"]).toBe(`/v1/jobs/${String(json["id"])}`);
    expect(json["urls"]).toStrictEqual({
      self,
      events: `${self}/events`,
      cancel: `${self}/cancel`,
      video: `${self}/video`,
    });
  });

  test("either key of a tenant -> a job of that tenant", async () => {
    const api = await readyApi();
    for (const key of [ACME, ACME_SECOND]) {
      const { status, json } = await api.post(smallBody, { key });
      expect(status).toBe(202);
      expect((await recordOf(api, String(json["id"]))).tenant).toBe("acme");
    }
  });

  test("two equal requests without a key -> two jobs", async () => {
    const api = await readyApi();
    expect(await makeJob(api)).not.toBe(await makeJob(api));
    expect((await holdings(api)).jobs).toHaveLength(2);
  });
});

describe("behind the answer", () => {
  test("a job -> one record, due soon, listed for its tenant, with one line of history and one submit entry", async () => {
    const api = await readyApi({ JOB_TIMEOUT_S: "77", START_TIMEOUT_S: "88" });
    const id = await makeJob(api);
    const record = await recordOf(api, id);
    const { redis, keys, jobs, motor } = api.ledger;
    expect(record).toMatchObject({
      id,
      tenant: "acme",
      status: "queued",
      version: 1,
      estimate: null,
      attempts: [],
      tasks: [],
      idempotencyKeys: [],
      startDeadlineAt: record.createdAt + 88_000,
    });
    expect(record.request).toStrictEqual({
      model: "wan2.7-t2v",
      input: {
        prompt: "a lighthouse at dawn",
        size: "1920*1080",
        duration: 5,
        watermark: false,
        prompt_extend: true,
      },
      webhook: null,
      reference: null,
      metadata: {},
      tags: [],
      priority: "normal",
      timeoutS: 77,
      startTimeoutS: 88,
      maxCost: null,
      onUnconfirmed: "hold",
    });
    expect(await redis.zscore(keys.jobs("acme"), id)).toBe(String(record.createdAt));
    expect(await redis.zscore(keys.due, id)).toBe(String(record.createdAt + 10_000));
    expect(await jobs.readHistory(id)).toMatchObject([{ kind: "queued", fact: { version: 1 } }]);
    expect(await holdings(api)).toEqual({ ...nothing, jobs: [id], submits: 1 });
    expect(await motor.queues.submit.getJob(`${id}-1`)).toMatchObject({
      data: { id, n: 1 },
      opts: { attempts: 1 },
    });
  });

  test("every field given -> each is kept, money in micro-dollars", async () => {
    const api = await readyApi({ PRICES: "wan2.7-t2v:720P=0.10" });
    const record = await recordOf(api, await makeJob(api, fullBody));
    expect(record.estimate).toBe(700_000);
    expect(record.request).toStrictEqual({
      model: fullBody.model,
      input: fullBody.input,
      webhook: fullBody.webhook,
      reference: "order-42",
      metadata: fullBody.metadata,
      tags: fullBody.tags,
      priority: "high",
      timeoutS: 60,
      startTimeoutS: 120,
      maxCost: 700_000,
      onUnconfirmed: "resubmit",
    });
  });

  test.each([
    ["high", 1],
    ["normal", 2],
    ["low", 3],
  ])("priority %s -> the queue's priority %i", async (priority, expected) => {
    const api = await readyApi();
    const id = await makeJob(api, { ...smallBody, priority });
    const entry = await api.ledger.motor.queues.submit.getJob(`${id}-1`);
    expect(entry?.opts.priority).toBe(expected);
  });

  test("URLs of the caller's -> nobody is called for an intake", async () => {
    const receiver = buildReceiver();
    const url = await receiver.listen();
    onTestFinished(() => receiver.close());
    const api = await readyApi({ WEBHOOK_ALLOW_CIDRS: "127.0.0.0/8" });
    const id = await makeJob(api, {
      input: { ...smallBody.input, audio_url: `${url}/a.mp3` },
      webhook: { url: `${url}/hook`, events: ["job.*"] },
    });
    await api.logs.waitFor({ msg: "http.request", http_status: 202 });
    expect((await holdings(api)).jobs).toEqual([id]);
    expect(receiver.received).toEqual([]);
  });

  test("a job -> one line for the job and one for the request, and no line tells the prompt or a key", async () => {
    const api = await readyApi();
    const id = await makeJob(api, { ...fullBody, max_cost: undefined });
    const line = await api.logs.waitFor({ msg: "http.request", http_status: 202 });
    expect(line).toMatchObject({
      level: "info",
      process: "api",
      method: "POST",
      route: "/v1/jobs",
      tenant: "acme",
      duration_ms: expect.any(Number),
    });
    expect(api.logs.named("job.accepted")).toMatchObject([
      { job_id: id, tenant: "acme", model: "wan2.7-t2v", request_id: line["request_id"] },
    ]);
    const text = JSON.stringify(api.logs.lines);
    for (const secret of ["lighthouse", "fog", ACME, "hooks.example.com/h?x", "order-42"]) {
      expect(text).not.toContain(secret);
    }
  });

  test("the queue refuses the wake-up -> still 202, and the record stands, due to be rescued", async () => {
    const api = await readyApi();
    const { redis, keys } = api.ledger;
    // BullMQ counts its ids here; of another type, the key makes every add fail.
    await redis.hset(`${keys.queues}:submit:id`, "not", "a number");
    const id = await makeJob(api);
    expect(await holdings(api)).toEqual({ ...nothing, jobs: [id] });
    expect(await redis.zscore(keys.due, id)).not.toBeNull();
    expect(api.logs.named("queue.unreachable")).toMatchObject([
      { level: "warn", wake_ups: [{ stage: "submit", id }] },
    ]);
  });
});
