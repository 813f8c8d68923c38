// What nobody can understand -> 500 `record_unreadable`; what a newer version has written -> 503. Lists leave both out.
import { formats } from "../../../src/shared/store/format.ts";
import { expect, test } from "vitest";
import { readyApi } from "../../support/api.ts";
import { eventually } from "../../support/eventually.ts";
import { openWatchedApi } from "../../support/watched-api.ts";
import { asOperator, makeJob, makeJobIn, takeTo } from "../support.ts";

const damage = { state: '{"a lighthouse at' };

test.each([
  ["GET", ""],
  ["GET", "?wait=1"],
  ["GET", "/events"],
  ["GET", "/video"],
  ["POST", "/cancel"],
  ["POST", "/retry"],
  ["DELETE", ""],
] as const)(
  "%s /v1/jobs/{id}%s of a job that nobody can understand -> says so, and changes nothing",
  async (method, path) => {
    const api = await readyApi();
    const id = await makeJob(api);
    const { redis, keys } = api.ledger;
    await redis.hset(keys.job(id), damage);
    const before = await redis.hgetall(keys.job(id));
    const answer = await api.call(method, `/v1/jobs/${id}${path}`);
    expect(answer).toBeProblem(500, "record_unreadable");
    expect(await redis.hgetall(keys.job(id))).toEqual(before);
    expect(api.logs.named("record.corrupt")).toMatchObject([{ level: "error" }]);
    expect(api.logs.named("request.failed")).toEqual([]);
    expect(JSON.stringify(api.logs.lines)).not.toContain("lighthouse");
  },
);

test("a history that nobody can understand -> the same, while the job itself is shown", async () => {
  const api = await readyApi();
  const id = await makeJob(api);
  const { redis, keys } = api.ledger;
  await redis.xadd(keys.history(id), "*", "kind", "odd", "fact", "{");
  expect(await api.call("GET", `/v1/jobs/${id}/events`)).toBeProblem(500, "record_unreadable");
  expect((await api.call("GET", `/v1/jobs/${id}`)).status).toBe(200);
});

test("a job that a newer version has written -> 503 with Retry-After, and a quiet line", async () => {
  const api = await readyApi();
  const id = await makeJob(api);
  await api.ledger.redis.hset(api.ledger.keys.job(id), "format", formats.readable + 1);
  const answer = await api.call("GET", `/v1/jobs/${id}`);
  expect(answer).toBeProblem(503, "unavailable");
  expect(answer.headers["retry-after"]).toMatch(/^\d+$/);
  expect(api.logs.named("record.newer")).toMatchObject([{ level: "warn" }]);
  expect(await asOperator(api, "GET", "/v1/admin/jobs")).toMatchObject({ status: 200, json: { data: [] } });
  expect(api.logs.named("record.newer").at(-1)).toMatchObject({ id });
});

test("a job becomes unreadable while somebody waits for it -> the wait outlasts it", async () => {
  const api = await openWatchedApi();
  const id = await makeJob(api);
  const { redis, keys } = api.ledger;
  const answer = api.call("GET", `/v1/jobs/${id}?wait=60`);
  await eventually(() => expect(api.changes.count().watches).toBe(1));
  const state = (await redis.hget(keys.job(id), "state")) ?? "";
  await redis.hset(keys.job(id), damage);
  api.changes.hintAll();
  await redis.hset(keys.job(id), "state", state);
  await takeTo(api, id, "canceled");
  expect(await answer).toMatchObject({ status: 200, json: { status: "canceled" } });
});

test("a delivery's attempts that nobody can understand -> 500; its list shows it all the same", async () => {
  const api = await readyApi({ WEBHOOK_ALLOW_CIDRS: "127.0.0.0/8" });
  const webhook = { url: "https://hooks.example.com/in" };
  const id = await makeJobIn(api, "canceled", { input: { prompt: "a quay" }, webhook });
  const [delivery] = await api.ledger.deliveries.deliveriesOf(id);
  await api.ledger.redis.xadd(api.ledger.keys.attempts(delivery?.id ?? ""), "*", "attempt", "{");
  const one = await api.call("GET", `/v1/deliveries/${delivery?.id}`);
  expect(one).toBeProblem(500, "record_unreadable");
  expect(await api.call("GET", "/v1/deliveries")).toMatchObject({ json: { data: [{ id: delivery?.id }] } });
});

test("an error with a field that a newer version has added -> the answer is as it is documented", async () => {
  const api = await readyApi();
  const id = await makeJobIn(api, "failed");
  await api.ledger.jobs.changeJob(id, (job) => ({
    transition: null,
    job: { ...job, version: job.version + 1, error: job.error && { ...job.error, hint: "look" } },
    fact: null,
    event: null,
  }));
  const answer = await api.call("GET", `/v1/jobs/${id}`);
  expect(answer.status).toBe(200);
  expect(answer.json["error"]).not.toHaveProperty("hint");
});
