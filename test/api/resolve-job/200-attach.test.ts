// POST /v1/jobs/{id}/resolve with attach: the operator has found the task that an unconfirmed submission made.
import { describe, expect, test } from "vitest";
import { readyApi, type TestApi } from "../../support/api.ts";
import { eventually } from "../../support/eventually.ts";
import { running } from "../../support/novita.ts";
import {
  answerLooks,
  buyTask,
  forgetInquiry,
  startNovita,
  startPolling,
  unavailable,
} from "../../support/polling.ts";
import { call } from "../../simulator/support.ts";
import { submitJob } from "../../../src/worker/submit.ts";
import { submitDeps } from "../../support/stage.ts";
import { anyIso, asOperator, makeJobIn, recordOf, smallBody, statusOf } from "../support.ts";
import { attach, audited, failed, missing, TASK } from "./attach.ts";

const headers = { "idempotency-key": "k" };

const eventsOf = async (api: TestApi, id: string) =>
  (await api.ledger.deliveries.deliveriesOf(id)).map(({ eventType }) => eventType).sort();

test("a task that runs -> 200 processing, billed, with the task; the tenant hears of it, and the audit log knows who", async () => {
  const api = await readyApi();
  answerLooks(api, running());
  const webhook = { url: "https://hooks.example.com/h", events: ["job.submitted"] };
  const id = await makeJobIn(api, "unconfirmed", { ...smallBody, webhook });
  const answer = await attach(api, id);
  expect(answer.status).toBe(200);
  expect(answer.json).toMatchObject({
    id,
    status: "processing",
    task_id: TASK,
    tasks: [TASK],
    attempts: 1,
    error: null,
    submitted_at: anyIso,
    deadline_at: anyIso,
    billing: { state: "billed" },
  });
  expect(await recordOf(api, id)).toMatchObject({
    tenant: "acme",
    attempts: [{ id: "att_1", state: "accepted" }],
    tasks: [{ id: TASK, attempt: 1, watched: true }],
  });
  expect(await api.ledger.redis.hget(api.ledger.keys.tasks, TASK)).toBe(id);
  expect(await eventsOf(api, id)).toEqual(["job.submitted"]);
  const deed = { action: "resolve.attach", by: "operator", tenant: "acme", subject: id };
  expect(await audited(api)).toEqual([deed]);
  expect(api.logs.named("job.asked")).toMatchObject([{ job_id: id, about: "attach", task_id: TASK }]);
});

test("a task that has failed -> 200; the poll stage then ends the job", async () => {
  const api = await readyApi();
  answerLooks(api, failed);
  const id = await makeJobIn(api, "unconfirmed");
  expect((await attach(api, id)).status).toBe(200);
  await eventually(async () => expect(await statusOf(api, id)).toBe("failed"));
  expect(await recordOf(api, id)).toMatchObject({ error: { code: "generation_failed" } });
});

test("a submission that the simulator took before the line broke -> attached, its video delivered, paid for once", async () => {
  const api = await readyApi();
  const { simulator, novita } = await startNovita();
  startPolling(api, novita);
  const id = await makeJobIn(api, "unconfirmed");
  const answer = await attach(api, id, { task_id: await buyTask(simulator), attempt: 1 });
  expect(answer.status).toBe(200);
  await eventually(async () => expect(await statusOf(api, id)).toBe("succeeded"));
  const { headers: found } = await api.call("GET", `/v1/jobs/${id}/video`);
  expect((await call(String(found["location"]))).status).toBe(200);
  expect(simulator.ledger.counters.submits).toBe(1);
});

describe("a queued job that was bought before Redis was restored", () => {
  test("while submissions are paused -> 200 processing, billed, with a task of nobody's attempt; a repeat finds it done", async () => {
    const api = await readyApi();
    answerLooks(api, running());
    const id = await makeJobIn(api, "queued");
    await asOperator(api, "POST", "/v1/admin/submissions/pause");
    const answer = await attach(api, id, {}, { headers });
    expect(answer).toMatchObject({
      status: 200,
      json: {
        status: "processing",
        tasks: [TASK],
        attempts: 0,
        submitted_at: anyIso,
        deadline_at: anyIso,
        billing: { state: "billed" },
      },
    });
    expect(await attach(api, id)).toMatchObject({ status: 200, json: { tasks: [TASK] } });
    const deeds = (await audited(api)).filter((entry) => JSON.stringify(entry).includes("resolve"));
    expect(deeds).toEqual([{ action: "resolve.attach", by: "operator", tenant: "acme", subject: id }]);
  });

  test("and its video comes -> delivered, and nothing is bought again once submissions are resumed", async () => {
    const api = await readyApi();
    const { simulator, novita } = await startNovita();
    const worker = startPolling(api, novita);
    const id = await makeJobIn(api, "queued");
    await asOperator(api, "POST", "/v1/admin/submissions/pause");
    await attach(api, id, { task_id: await buyTask(simulator) });
    await asOperator(api, "POST", "/v1/admin/submissions/resume");
    expect(await submitJob(submitDeps(worker, { novita }), { id, n: 1 })).toEqual({ as: "discard" });
    await eventually(async () => expect(await statusOf(api, id)).toBe("succeeded"));
    expect(simulator.ledger.counters.submits).toBe(1);
  });
});

describe("repeated", () => {
  test("without a key, as after a lost answer -> 200 each time, done once", async () => {
    const api = await readyApi();
    answerLooks(api, running());
    const id = await makeJobIn(api, "unconfirmed");
    for (let n = 0; n < 3; n++) {
      expect((await attach(api, id)).json).toMatchObject({ status: "processing", tasks: [TASK] });
    }
    expect(api.logs.named("job.asked")).toHaveLength(1);
    expect(await audited(api)).toHaveLength(1);
  });

  test("without a key, when the task has brought its video long since -> 200, the job as it is now", async () => {
    const api = await readyApi();
    const video = { url: "https://files.example.com/v.mp4", type: "mp4", expiresAt: null };
    answerLooks(api, { kind: "succeeded", video });
    const id = await makeJobIn(api, "unconfirmed");
    await attach(api, id);
    await eventually(async () => expect(await statusOf(api, id)).toBe("succeeded"));
    expect(await attach(api, id)).toMatchObject({ status: 200, json: { status: "succeeded" } });
  });

  test("with its key -> 200 with Idempotent-Replayed", async () => {
    const api = await readyApi();
    answerLooks(api, running());
    const id = await makeJobIn(api, "unconfirmed");
    const first = await attach(api, id, {}, { headers });
    const second = await attach(api, id, {}, { headers });
    expect([first.status, second.status]).toEqual([200, 200]);
    expect(first.headers).not.toHaveProperty("idempotent-replayed");
    expect(second.headers["idempotent-replayed"]).toBe("true");
    expect(await audited(api)).toHaveLength(1);
    expect((await recordOf(api, id)).idempotencyKeys).toHaveLength(1);
  });

  test.each([
    ["with a key", headers, 49],
    ["without a key", {}, 0],
  ])("50 equal ones at once %s -> 200 each, one look and one effect", async (_name, sent, replays) => {
    const api = await readyApi();
    answerLooks(api, running());
    const id = await makeJobIn(api, "unconfirmed");
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => attach(api, id, {}, { headers: sent })),
    );
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    expect(answers.filter((answer) => answer.headers["idempotent-replayed"] === "true")).toHaveLength(
      replays,
    );
    expect(api.logs.named("job.asked")).toHaveLength(1);
    expect(await audited(api)).toHaveLength(1);
    expect(await recordOf(api, id)).toMatchObject({ status: "processing", tasks: [{ id: TASK }] });
  });

  test("after a 504 whose look then came, with its key and without -> 200, never an error for a success", async () => {
    const api = await readyApi();
    const id = await makeJobIn(api, "unconfirmed");
    expect(await attach(api, id, {}, { headers })).toBeProblem(504, "upstream_unavailable");
    answerLooks(api, running());
    await eventually(async () => expect(await statusOf(api, id)).toBe("processing"));
    for (const sent of [headers, {}, headers]) {
      const again = await attach(api, id, {}, { headers: sent });
      expect(again).toMatchObject({ status: 200, json: { status: "processing", tasks: [TASK] } });
    }
    expect(await audited(api)).toHaveLength(1);
  });

  test("with its key, after a refusal -> judged anew: a refusal is not stored, not even for another task", async () => {
    const api = await readyApi();
    answerLooks(api, missing, unavailable, running());
    const id = await makeJobIn(api, "unconfirmed");
    expect((await attach(api, id, { task_id: "mistyped" }, { headers })).status).toBe(422);
    await forgetInquiry(api, id);
    expect((await attach(api, id, {}, { headers })).status).toBe(504);
    await forgetInquiry(api, id);
    const answer = await attach(api, id, {}, { headers });
    expect(answer).toMatchObject({ status: 200, json: { status: "processing" } });
    expect(answer.headers).not.toHaveProperty("idempotent-replayed");
  });
});

test("while others resolve it -> one of them decides, and the job is bought no second time behind the task's back", async () => {
  const api = await readyApi();
  answerLooks(api, running());
  const id = await makeJobIn(api, "unconfirmed");
  const [attached, failure] = await Promise.all([
    attach(api, id),
    attach(api, id, { action: "fail", task_id: undefined }),
  ]);
  const statuses = [attached.status, failure.status].sort((a, b) => a - b);
  expect(statuses).toEqual([200, 409]);
  expect(await statusOf(api, id)).toBe(attached.status === 200 ? "processing" : "failed");
});
