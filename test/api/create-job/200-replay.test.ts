// POST /v1/jobs repeated with its Idempotency-Key: a key is one purchase.
import { describe, expect, test } from "vitest";
import {
  ACME,
  ACME_SECOND,
  caller,
  GLOBEX,
  isReady,
  readyApi,
  startTestApi,
  type TestApi,
} from "../../support/api.ts";
import { holdings, makeJob, makeJobIn, nothing, recordOf, smallBody, takeTo } from "../support.ts";

const keyed = (key: string) => ({ headers: { "idempotency-key": key } });
const sendRaw = (api: TestApi, raw: string, key: string) =>
  api.call("POST", "/v1/jobs", {
    raw,
    headers: { "content-type": "application/json", "idempotency-key": key },
  });

describe("the same request again", () => {
  test("a repeat -> 200 with the same job, Location and Idempotent-Replayed, and nothing new", async () => {
    const api = await readyApi();
    const first = await api.post(smallBody, keyed("order-42"));
    const before = await holdings(api);
    const second = await api.post(smallBody, keyed("order-42"));
    expect([first.status, second.status]).toEqual([202, 200]);
    expect(second.json).toStrictEqual(first.json);
    expect(second.headers).toMatchObject({
      "idempotent-replayed": "true",
      location: `/v1/jobs/${String(first.json["id"])}`,
    });
    expect(first.headers).not.toHaveProperty("idempotent-replayed");
    expect(before).toMatchObject({ jobs: [first.json["id"]], idempotencyKeys: 1, submits: 1 });
    expect(await holdings(api)).toEqual(before);
    expect(api.logs.named("job.accepted")).toHaveLength(1);
  });

  test("50 equal requests at once -> one job, one queue entry, one 202 and 49 replays", async () => {
    const api = await readyApi();
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => api.post(smallBody, keyed("order-42"))),
    );
    const made = answers.filter(({ status }) => status === 202);
    const replayed = answers.filter(({ status }) => status === 200);
    expect([made.length, replayed.length]).toEqual([1, 49]);
    expect(new Set(answers.map(({ json }) => json["id"])).size).toBe(1);
    expect(replayed.every(({ headers }) => headers["idempotent-replayed"] === "true")).toBe(true);
    expect(await holdings(api)).toEqual({
      ...nothing,
      jobs: [made[0]?.json["id"]],
      idempotencyKeys: 1,
      submits: 1,
    });
    expect(api.logs.named("job.accepted")).toHaveLength(1);
  });

  test("50 equal requests at once to two processes -> one job", async () => {
    const one = await readyApi();
    const two = await readyApi(one.environment);
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, n) => (n % 2 ? one : two).post(smallBody, keyed("order-42"))),
    );
    expect(answers.filter(({ status }) => status === 202)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(49);
    expect((await holdings(one)).jobs).toHaveLength(1);
  });

  test("a repeat after the job has failed -> the failed job: a new purchase takes a new key", async () => {
    const api = await readyApi();
    const id = await makeJob(api, smallBody, { "idempotency-key": "order-42" });
    await takeTo(api, id, "failed");
    const { status, headers, json } = await api.post(smallBody, keyed("order-42"));
    expect(status).toBe(200);
    expect(headers["idempotent-replayed"]).toBe("true");
    expect(json).toMatchObject({ id, status: "failed", error: { code: "invalid_input" } });
    expect((await holdings(api)).jobs).toEqual([id]);
  });

  test("a repeat with the tenant's other key -> the same job", async () => {
    const api = await readyApi();
    const first = await api.post(smallBody, { key: ACME, ...keyed("order-42") });
    const second = await api.post(smallBody, { key: ACME_SECOND, ...keyed("order-42") });
    expect(second.status).toBe(200);
    expect(second.json["id"]).toBe(first.json["id"]);
  });

  test("a repeat after the process was started anew -> the same job", async () => {
    const old = await startTestApi();
    await isReady(old);
    const first = await old.post(smallBody, keyed("order-42"));
    await old.close();
    const second = await (await readyApi(old.environment)).post(smallBody, keyed("order-42"));
    expect(second.status).toBe(200);
    expect(second.json["id"]).toBe(first.json["id"]);
  });
});

describe("what is the same request", () => {
  const body = '{"input":{"prompt":"p","duration":5},"metadata":{"a":"1","b":"2"}}';
  test.each([
    ["other white space", '{ "input": {"prompt":"p",\n"duration":5},\t"metadata":{"a":"1","b":"2"}}  '],
    ["another order of fields", '{"metadata":{"b":"2","a":"1"},"input":{"duration":5,"prompt":"p"}}'],
    ["a number spelled otherwise", '{"input":{"prompt":"p","duration":5.0},"metadata":{"a":"1","b":"2"}}'],
    ["letters escaped", '{"input":{"prompt":"\\u0070","duration":5},"metadata":{"a":"1","b":"2"}}'],
  ])("%s -> 200, the same job", async (_name, again) => {
    const api = await readyApi();
    const first = await sendRaw(api, body, "k");
    const second = await sendRaw(api, again, "k");
    expect([first.status, second.status]).toEqual([202, 200]);
    expect(second.json["id"]).toBe(first.json["id"]);
  });

  test.each([
    ["another prompt", '{"input":{"prompt":"q","duration":5},"metadata":{"a":"1","b":"2"}}'],
    [
      "a default said aloud",
      '{"input":{"prompt":"p","duration":5},"metadata":{"a":"1","b":"2"},"priority":"normal"}',
    ],
    ["a default no longer said", '{"input":{"prompt":"p"},"metadata":{"a":"1","b":"2"}}'],
    [
      "the default model said aloud",
      '{"model":"wan2.7-t2v","input":{"prompt":"p","duration":5},"metadata":{"a":"1","b":"2"}}',
    ],
  ])("%s -> 422, nothing created", async (_name, other) => {
    const api = await readyApi();
    const first = await sendRaw(api, body, "k");
    const before = await holdings(api);
    expect(await sendRaw(api, other, "k")).toBeProblem(422, "idempotency_key_reused");
    expect(before.jobs).toEqual([first.json["id"]]);
    expect(await holdings(api)).toEqual(before);
  });

  test("another order of tags -> 422: a list has an order", async () => {
    const api = await readyApi();
    await makeJob(api, { ...smallBody, tags: ["a", "b"] }, { "idempotency-key": "k" });
    const answer = await api.post({ ...smallBody, tags: ["b", "a"] }, keyed("k"));
    expect(answer).toBeProblem(422, "idempotency_key_reused");
  });

  test("50 requests at once, each with a body of its own and all with one key -> one job, 49 are 422", async () => {
    const api = await readyApi();
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, n) => api.post({ input: { prompt: `p${n}` } }, keyed("k"))),
    );
    expect(answers.filter(({ status }) => status === 202)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 422)).toHaveLength(49);
    expect(await holdings(api)).toMatchObject({ jobs: [expect.any(String)], submits: 1 });
  });
});

describe("whose key, and where", () => {
  test("another tenant with the same key and body -> a job of its own", async () => {
    const api = await readyApi();
    const acme = await api.post(smallBody, keyed("k"));
    const globex = await api.post(smallBody, { key: GLOBEX, ...keyed("k") });
    expect(globex.status).toBe(202);
    expect(globex.json["id"]).not.toBe(acme.json["id"]);
  });

  test("the same key on another route -> not a repeat", async () => {
    const api = await readyApi();
    const id = await makeJob(api, smallBody, { "idempotency-key": "k" });
    const canceled = await api.call("POST", `/v1/jobs/${id}/cancel`, keyed("k"));
    expect(canceled.status).toBe(200);
    expect(canceled.headers).not.toHaveProperty("idempotent-replayed");
    expect(canceled.json["status"]).toBe("canceled");
  });

  test.each([
    ["one character", "k"],
    ["255 characters", "k".repeat(255)],
    ["all of printable ASCII", String.fromCharCode(...Array.from({ length: 95 }, (_, n) => 32 + n)).trim()],
    ["what looks like a Redis key", "{x}:job:*\\"],
  ])("a key of %s -> bound, and told nowhere", async (_name, key) => {
    const api = await readyApi();
    const id = await makeJob(api, smallBody, { "idempotency-key": key });
    expect((await api.post(smallBody, keyed(key))).json["id"]).toBe(id);
    const { idempotencyKeys } = await recordOf(api, id);
    expect(idempotencyKeys).toHaveLength(1);
    expect(await api.ledger.redis.get(idempotencyKeys[0] ?? "")).toMatch(new RegExp(`^${id} [\\w-]{43}$`));
  });

  test("keys that differ in case only -> two jobs", async () => {
    const api = await readyApi();
    const first = await makeJob(api, smallBody, { "idempotency-key": "order-A" });
    expect(await makeJob(api, smallBody, { "idempotency-key": "order-a" })).not.toBe(first);
  });
});

describe("refusals are not stored", () => {
  test("a 422 and then the body mended -> 202 with the same key", async () => {
    const api = await readyApi();
    const bad = await api.post({ input: { prompt: "" } }, keyed("k"));
    const good = await api.post(smallBody, keyed("k"));
    expect([bad.status, good.status]).toEqual([422, 202]);
  });

  test("a 422 for max_cost and then a price -> 202 with the same key and body", async () => {
    const body = { ...smallBody, max_cost: 1 };
    const api = await readyApi();
    expect((await api.post(body, keyed("k"))).status).toBe(422);
    const priced = await readyApi({ ...api.environment, PRICES: "wan2.7-t2v:1080P=0.15" });
    expect((await priced.post(body, keyed("k"))).status).toBe(202);
  });

  test("a 401 and then the right key -> 202", async () => {
    const api = await readyApi();
    const stranger = await api.post(smallBody, { key: null, ...keyed("k") });
    expect(stranger.status).toBe(401);
    expect((await api.post(smallBody, keyed("k"))).status).toBe(202);
  });
});

test("a repeat while the job is under way -> the job as it is now", async () => {
  const api = await readyApi();
  const id = await makeJobIn(api, "queued");
  const call = caller(api.url);
  const keyedId = await makeJob(api, { ...smallBody, reference: "r" }, { "idempotency-key": "k" });
  await takeTo(api, keyedId, "processing");
  const again = await call("POST", "/v1/jobs", { body: { ...smallBody, reference: "r" }, ...keyed("k") });
  expect(again.json).toMatchObject({ id: keyedId, status: "processing", task_id: "task-1" });
  expect(keyedId).not.toBe(id);
});
