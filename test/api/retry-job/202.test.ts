// POST /v1/jobs/{id}/retry: a new job, a new purchase, of one that ended without a video.
import { describe, expect, test } from "vitest";
import { readyApi } from "../../support/api.ts";
import { anyIso, anyJobId, holdings, makeJob, makeJobIn, recordOf, takeTo } from "../support.ts";
import { fullBody, idOf, keyed, retry } from "./support.ts";

const PRICES = "wan2.7-t2v:720P=0.10,wan2.7-t2v:1080P=0.15";

describe.each(["failed", "expired", "canceled"] as const)("a job that is %s", (status) => {
  test("-> 202 with a new job that asks for the same; each names the other, and the old one stays as it was", async () => {
    const api = await readyApi({ PRICES });
    const id = await makeJobIn(api, status, { ...fullBody, max_cost: 1 });
    const before = await api.call("GET", `/v1/jobs/${id}`);
    const answer = await retry(api, id);
    expect(answer.status).toBe(202);
    expect(answer.headers["location"]).toBe(`/v1/jobs/${idOf(answer)}`);
    expect(answer.headers).not.toHaveProperty("idempotent-replayed");
    const { input, metadata, tags, reference, priority, model, billing } = before.json;
    expect(answer.json).toMatchObject({
      input,
      metadata,
      tags,
      reference,
      priority,
      model,
      id: anyJobId,
      status: "queued",
      version: 1,
      retry_of: id,
      retried_by: null,
      attempts: 0,
      tasks: [],
      error: null,
      finished_at: null,
      billing: { state: "not_billed", estimated: 0.4, currency: "USD" },
      created_at: anyIso,
    });
    expect(billing).toMatchObject({ estimated: 0.4 });
    expect(idOf(answer)).not.toBe(id);
    const after = await api.call("GET", `/v1/jobs/${id}`);
    const version = Number(before.json["version"]) + 1;
    expect(after.json).toEqual({ ...before.json, retried_by: idOf(answer), version });
    expect((await recordOf(api, idOf(answer))).request).toEqual((await recordOf(api, id)).request);
  });

  test("-> the new job is queued, found, due and in the budget as any other", async () => {
    const api = await readyApi({ PRICES, DAILY_BUDGET_USD: "10" });
    const id = await makeJobIn(api, status, fullBody);
    const newer = idOf(await retry(api, id));
    const { redis, keys } = api.ledger;
    const queue = await api.ledger.motor.queues.submit.getJobs(["prioritized"]);
    expect(queue.map((entry) => entry.id)).toContain(`${newer}-1`);
    expect(await redis.zscore(keys.due, newer)).not.toBeNull();
    expect(await redis.zrange(keys.jobsBy("acme", "status", "queued"), "0", "-1")).toEqual([newer]);
    expect((await recordOf(api, newer)).reservedOn).toHaveLength(1);
    expect((await api.ledger.jobs.readHistory(newer)).map(({ kind }) => kind)).toEqual(["queued"]);
    expect((await api.ledger.jobs.readHistory(id)).at(-1)?.fact).toMatchObject({
      kind: "retried",
      job_id: newer,
      status,
    });
  });
});

describe("the new job", () => {
  test("prices have changed -> its estimate is today's", async () => {
    const api = await readyApi({ PRICES: "wan2.7-t2v:720P=0.10" });
    const id = await makeJobIn(api, "failed", fullBody);
    const dearer = await readyApi({ ...api.environment, PRICES: "wan2.7-t2v:720P=0.20" });
    const answer = await retry(dearer, id);
    expect(answer.json["billing"]).toMatchObject({ estimated: 0.8 });
    expect((await api.call("GET", `/v1/jobs/${id}`)).json["billing"]).toMatchObject({ estimated: 0.4 });
  });

  test("its start timeout -> counts from its own creation", async () => {
    const api = await readyApi();
    const id = await makeJobIn(api, "expired", fullBody);
    const [old, fresh] = [await recordOf(api, id), await recordOf(api, idOf(await retry(api, id)))];
    expect(fresh.createdAt).toBeGreaterThanOrEqual(old.finishedAt ?? Infinity);
    expect(fresh.startDeadlineAt).toBe(fresh.createdAt + 600_000);
  });

  test("it fails in its turn -> it can be retried, and each names its neighbours", async () => {
    const api = await readyApi();
    const first = await makeJobIn(api, "failed");
    const second = idOf(await retry(api, first));
    await takeTo(api, second, "failed");
    const third = idOf(await retry(api, second));
    expect(await recordOf(api, second)).toMatchObject({ retryOf: first, retriedBy: third });
  });

  test("the old job's video arrives after all -> it succeeds, and the new one goes on", async () => {
    const api = await readyApi();
    const id = await makeJobIn(api, "expired");
    const newer = idOf(await retry(api, id));
    await api.ledger.jobs.changeJob(id, (job) => ({
      transition: "recover",
      job: { ...job, status: "succeeded", version: job.version + 1 },
      fact: null,
      event: null,
    }));
    expect((await api.call("GET", `/v1/jobs/${id}`)).json).toMatchObject({
      status: "succeeded",
      retried_by: newer,
    });
    expect((await recordOf(api, newer)).status).toBe("queued");
  });

  test("a retry -> one line for it, with the new job's id and without its prompt", async () => {
    const api = await readyApi();
    const id = await makeJobIn(api, "failed", fullBody);
    const newer = idOf(await retry(api, id));
    expect(api.logs.named("job.retry")).toMatchObject([{ job_id: newer, tenant: "acme", status: "queued" }]);
    expect(JSON.stringify(api.logs.lines)).not.toContain("lighthouse");
  });
});

describe("pressed twice", () => {
  test("with another Idempotency-Key -> another purchase, and the old job names the newest", async () => {
    const api = await readyApi();
    const id = await makeJobIn(api, "failed");
    const first = await retry(api, id, keyed("one"));
    const second = await retry(api, id, keyed("two"));
    expect([first.status, second.status]).toEqual([202, 202]);
    expect(idOf(second)).not.toBe(idOf(first));
    expect((await recordOf(api, id)).retriedBy).toBe(idOf(second));
    expect((await holdings(api)).jobs).toHaveLength(3);
  });

  test("after one without a key, with a key -> another purchase", async () => {
    const api = await readyApi();
    const id = await makeJobIn(api, "failed");
    await retry(api, id);
    expect((await retry(api, id, keyed("k"))).status).toBe(202);
  });

  test("50 at once with one key, over two APIs -> one 202 and 49 replays of the same job", async () => {
    const api = await readyApi();
    const other = await readyApi(api.environment);
    const id = await makeJobIn(api, "failed");
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, n) => retry(n % 2 ? api : other, id, keyed("k"))),
    );
    const made = answers.filter(({ status }) => status === 202);
    const repeats = answers.filter(({ status }) => status === 200);
    expect([made.length, repeats.length]).toEqual([1, 49]);
    expect(new Set(answers.map(idOf)).size).toBe(1);
    expect(repeats.every(({ headers }) => headers["idempotent-replayed"] === "true")).toBe(true);
    expect(await holdings(api)).toMatchObject({
      jobs: expect.toSatisfy((ids: string[]) => ids.length === 2),
      idempotencyKeys: 1,
      submits: 2,
    });
    expect([...api.logs.named("job.retry"), ...other.logs.named("job.retry")]).toHaveLength(1);
  });

  test("50 at once with 50 keys -> 50 purchases, none of them lost", async () => {
    const api = await readyApi();
    const id = await makeJobIn(api, "failed");
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, n) => retry(api, id, keyed(`order-${n}`))),
    );
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 202));
    expect((await holdings(api)).jobs).toHaveLength(51);
    expect(answers.map(idOf)).toContain((await recordOf(api, id)).retriedBy);
  });
});

test.each<[string, object]>([
  ["no body", {}],
  ["no body, called JSON", { headers: { "content-type": "application/json" } }],
  ["an empty object", { body: {} }],
])("%s -> 202", async (_name, options) => {
  const api = await readyApi();
  expect((await retry(api, await makeJobIn(api, "failed"), options)).status).toBe(202);
});

test("REQUIRE_IDEMPOTENCY_KEY and a key -> 202", async () => {
  const api = await readyApi({ REQUIRE_IDEMPOTENCY_KEY: "true" });
  const id = await makeJob(api, fullBody, { "idempotency-key": "made" });
  await takeTo(api, id, "failed");
  expect((await retry(api, id, keyed("again"))).status).toBe(202);
  expect((await holdings(api)).jobs).toHaveLength(2);
});
