// POST /v1/jobs while Redis is away: a quick no, and never two jobs for one key.
import { describe, expect, onTestFinished, test } from "vitest";
import { openRedisGate } from "../../e2e/support/redis-gate.ts";
import { intake } from "../../e2e/support/writes.ts";
import { isReady, readyApi, startTestApi } from "../../support/api.ts";
import { redisUrl, startPrivateRedis } from "../../support/redis.ts";
import { holdings, makeJob, smallBody } from "../support.ts";

const SOON_MS = 2000;
const keyed = (key: string) => ({ headers: { "idempotency-key": key } });

const privateRedis = async () => {
  const redis = await startPrivateRedis();
  onTestFinished(() => redis.stop());
  return redis;
};

/** An API whose next intake stops at the gate until `release`, and one without a gate on the same ledger. */
async function openGated(when: "before" | "after") {
  const direct = await readyApi();
  const { promise: held, resolve: release } = Promise.withResolvers<void>();
  let isArmed = false;
  const gate = await openRedisGate(redisUrl(), {
    when,
    matches: (words) => isArmed && intake(words, direct.prefix),
    spring: async () => {
      await held;
      return "pass";
    },
  });
  const gated = await readyApi({ ...direct.environment, REDIS_URL: gate.url });
  onTestFinished(() => release());
  isArmed = true;
  return { direct, gated, gate, release };
}

describe("the write may or may not have happened", () => {
  test("written, but the answer is lost -> 503 with job_id and advice; a repeat finds that job", async () => {
    const { direct, gated, gate } = await openGated("after");
    const lost = await gated.post(smallBody, keyed("k"));
    expect(lost).toBeProblem(503, "unavailable");
    expect(gate.hasSprung).toBe(true);
    expect(lost.ms).toBeLessThan(SOON_MS);
    expect(lost.headers["retry-after"]).toMatch(/^[1-9]\d*$/);
    expect(lost.json["detail"]).toContain("Repeat the request with the same Idempotency-Key");
    const again = await direct.post(smallBody, keyed("k"));
    expect(again.status).toBe(200);
    expect(again.json["id"]).toBe(lost.json["job_id"]);
    expect((await holdings(direct)).jobs).toEqual([lost.json["job_id"]]);
  });

  test("not written in time -> 503 with job_id; a repeat makes the job, and the late write is refused", async () => {
    const { direct, gated, release } = await openGated("before");
    const lost = await gated.post(smallBody, keyed("k"));
    expect(lost).toBeProblem(503, "unavailable");
    const again = await direct.post(smallBody, keyed("k"));
    expect(again.status).toBe(202);
    expect(again.json["id"]).not.toBe(lost.json["job_id"]);
    release();
    // Answers come in order, so this one comes after the late write.
    await isReady(gated);
    expect(await holdings(direct)).toMatchObject({ jobs: [again.json["id"]], submits: 1 });
  });

  test("without a key -> 503 with job_id and the advice to look first", async () => {
    const { direct, gated } = await openGated("after");
    const lost = await gated.post(smallBody);
    expect(lost).toBeProblem(503, "unavailable");
    const id = String(lost.json["job_id"]);
    expect(lost.json["detail"]).toContain(`Look at ${id}`);
    const found = await direct.call("GET", `/v1/jobs/${id}`);
    expect({ status: found.status, state: found.json["status"] }).toEqual({ status: 200, state: "queued" });
  });

  test("a 503 -> one error line for the request, without the prompt", async () => {
    const { gated } = await openGated("after");
    await gated.post(smallBody, keyed("k"));
    const line = await gated.logs.waitFor({ msg: "http.request", route: "/v1/jobs" });
    expect(line).toMatchObject({ level: "error", http_status: 503, tenant: "acme" });
    expect(JSON.stringify(gated.logs.lines)).not.toContain("lighthouse");
  });
});

describe("Redis is frozen", () => {
  test("SIGSTOP under 40 requests -> each 202 or 503 in time; after SIGCONT repeats make exactly 40 jobs", async () => {
    const redis = await privateRedis();
    const api = await readyApi({ REDIS_URL: redis.url });
    await makeJob(api);
    const names = Array.from({ length: 40 }, (_, n) => `order-${n}`);
    const [first = "", ...rest] = names;
    const head = api.post(smallBody, keyed(first));
    const tail = rest.map((name) => api.post(smallBody, keyed(name)));
    await head;
    await redis.kill("SIGSTOP");
    const answers = await Promise.all([head, ...tail]);
    for (const answer of answers) expect(answer.ms).toBeLessThan(SOON_MS);
    for (const answer of answers.filter(({ status }) => status !== 202)) {
      expect(answer).toBeProblem(503, "unavailable");
    }
    const frozen = await api.post(smallBody, keyed("late"));
    expect(frozen).toBeProblem(503, "unavailable");
    expect(frozen.ms).toBeLessThan(SOON_MS);
    await redis.kill("SIGCONT");
    await isReady(api);
    const repeats = await Promise.all(names.map((name) => api.post(smallBody, keyed(name))));
    expect(repeats.filter(({ status }) => status !== 200 && status !== 202)).toEqual([]);
    expect(new Set(repeats.map(({ json }) => json["id"])).size).toBe(40);
    const promised = answers.flatMap(({ status, json }, n) =>
      status === 202 ? [{ told: json["id"], found: repeats[n]?.json["id"] }] : [],
    );
    expect(promised.filter(({ told, found }) => told !== found)).toEqual([]);
    expect((await holdings(api)).jobs).toHaveLength(41);
  });
});

describe("Redis is gone", () => {
  test("not there at start -> 503 with Retry-After in time, never 401, and well by itself once it is", async () => {
    const redis = await privateRedis();
    await redis.kill();
    const api = await startTestApi({ REDIS_URL: redis.url });
    onTestFinished(() => api.close());
    for (const key of [undefined, null, "a-key-that-nobody-was-given"]) {
      const answer = await api.post(smallBody, key === undefined ? {} : { key });
      expect(answer).toBeProblem(503, "unavailable");
      expect(answer.headers["retry-after"]).toMatch(/^[1-9]\d*$/);
      expect(answer.ms).toBeLessThan(SOON_MS);
      expect(answer.json).not.toHaveProperty("job_id");
    }
    await redis.restart();
    await isReady(api);
    expect((await api.post(smallBody)).status).toBe(202);
    expect((await api.post(smallBody, { key: null })).status).toBe(401);
  });

  test("killed and restarted with its append-only file -> 503 in between, and a repeat finds the job", async () => {
    const redis = await privateRedis();
    const api = await readyApi({ REDIS_URL: redis.url });
    const first = await api.post(smallBody, keyed("k"));
    await redis.kill();
    const between = await api.post(smallBody, keyed("k"));
    expect(between).toBeProblem(503, "unavailable");
    expect(between.ms).toBeLessThan(SOON_MS);
    await api.logs.waitFor({ msg: "redis.away" });
    await redis.restart();
    await isReady(api);
    const again = await api.post(smallBody, keyed("k"));
    expect({ status: again.status, id: again.json["id"] }).toEqual({ status: 200, id: first.json["id"] });
    expect((await holdings(api)).jobs).toEqual([first.json["id"]]);
    expect(api.logs.named("redis.away")).toHaveLength(1);
    expect(api.logs.named("redis.back")).toHaveLength(1);
  });
});
