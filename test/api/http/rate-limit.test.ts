// RATE_LIMIT_RPM: so many requests a minute for each tenant, whoever of its keys and whichever API it uses.
import { describe, expect, onTestFinished, test } from "vitest";

import { ACME_SECOND, ADMIN, GLOBEX, readyApi } from "../../support/api.ts";
import type { Answer, TestApi } from "../../support/api.ts";
import { startPrivateRedis } from "../../support/redis.ts";
import { holdings, nothing, smallBody } from "../support.ts";

const path = "/v1/webhook-secret";
const ask = (api: TestApi, options = {}) => api.call("GET", path, options);

/** What is left, and in how many seconds it is whole again. */
function limitOf({ headers }: Answer): { left: number; resetS: number } {
  const said = /^"requests";r=(\d+);t=(\d+)$/.exec(String(headers["ratelimit"]));
  if (!said) throw new Error(`unexpected: RateLimit: ${String(headers["ratelimit"])}`);
  return { left: Number(said[1]), resetS: Number(said[2]) };
}

describe("within the limit", () => {
  test("each answer -> what is left, by the present draft's headers and no older ones", async () => {
    const api = await readyApi({ RATE_LIMIT_RPM: "3" });
    for (const left of [2, 1, 0]) {
      const answer = await ask(api);
      expect(answer.status).toBe(200);
      expect(answer.headers["ratelimit-policy"]).toBe('"requests";q=3;w=60');
      expect(limitOf(answer).left).toBe(left);
      expect(limitOf(answer).resetS).toBeGreaterThan(50);
      expect(limitOf(answer).resetS).toBeLessThanOrEqual(60);
      expect(
        Object.keys(answer.headers).filter((name) => /^x-ratelimit|^ratelimit-(?!policy)/.test(name)),
      ).toEqual([]);
      expect(answer.headers).not.toHaveProperty("retry-after");
    }
  });

  test.each<[string, (api: TestApi) => Promise<Answer>, number]>([
    ["a refused body", (api) => api.post({}), 422],
    ["a body that cannot be read", (api) => api.post(undefined, { raw: "{" }), 415],
    ["an unknown job", (api) => api.call("GET", "/v1/jobs/job_none"), 404],
    ["a tenant at the operator's door", (api) => api.call("GET", "/v1/admin/audit"), 403],
  ])("%s -> counts too, and says so", async (_what, send, status) => {
    const api = await readyApi({ RATE_LIMIT_RPM: "3" });
    const answer = await send(api);
    expect(answer.status).toBe(status);
    expect(limitOf(answer).left).toBe(2);
  });
});

describe("beyond it", () => {
  test("429 with Retry-After, nothing is made, and a flood does not put the end off", async () => {
    const api = await readyApi({ RATE_LIMIT_RPM: "2" });
    await ask(api);
    await ask(api);
    // Half of the minute has passed.
    await api.ledger.redis.pexpire(`${api.ledger.keys.rate}acme`, 30_000);
    const refused = await Promise.all(Array.from({ length: 20 }, () => api.post(smallBody)));
    for (const answer of refused) {
      expect(answer).toBeProblem(429, "rate_limited");
      expect(answer.headers["ratelimit-policy"]).toBe('"requests";q=2;w=60');
      const { left, resetS } = limitOf(answer);
      expect(left).toBe(0);
      expect(answer.headers["retry-after"]).toBe(String(resetS));
      expect(resetS).toBeLessThanOrEqual(30);
      expect(resetS).toBeGreaterThan(20);
    }
    expect(await holdings(api)).toEqual(nothing);
    expect(api.logs.lines.filter(({ level }) => level === "error")).toEqual([]);
  });

  test("the minute is over -> the full number again", async () => {
    const api = await readyApi({ RATE_LIMIT_RPM: "1" });
    await ask(api);
    expect((await ask(api)).status).toBe(429);
    // The clock moves.
    expect(await api.ledger.redis.pexpire(`${api.ledger.keys.rate}acme`, 0)).toBe(1);
    const answer = await ask(api);
    expect(answer.status).toBe(200);
    expect(limitOf(answer)).toEqual({ left: 0, resetS: 60 });
  });

  test("50 at once over two APIs and two keys of one tenant -> exactly as many pass as may", async () => {
    const one = await readyApi({ RATE_LIMIT_RPM: "30" });
    const other = await readyApi(one.environment);
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, n) =>
        ask(n % 2 === 0 ? one : other, n % 3 === 0 ? { key: ACME_SECOND } : {}),
      ),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(30);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(20);
    const left = answers.filter(({ status }) => status === 200).map((answer) => limitOf(answer).left);
    expect(left.sort((a, b) => a - b)).toEqual(Array.from({ length: 30 }, (_, n) => n));
  });
});

describe("who is not counted", () => {
  test("one tenant is beyond it -> another is not", async () => {
    const api = await readyApi({ RATE_LIMIT_RPM: "1" });
    await ask(api);
    expect((await ask(api)).status).toBe(429);
    const answer = await ask(api, { key: GLOBEX });
    expect(answer.status).toBe(200);
    expect(limitOf(answer).left).toBe(0);
  });

  test("the operator -> as often as it likes, without the headers", async () => {
    const api = await readyApi({ RATE_LIMIT_RPM: "1" });
    for (let n = 0; n < 5; n++) {
      const answer = await api.call("GET", "/v1/admin/audit", { key: ADMIN });
      expect(answer.status).toBe(200);
      expect(answer.headers).not.toHaveProperty("ratelimit");
      expect(answer.headers).not.toHaveProperty("ratelimit-policy");
    }
  });

  test("routes without a key, and callers without one -> not counted, and no tenant's requests are spent", async () => {
    const api = await readyApi({ RATE_LIMIT_RPM: "2" });
    for (let n = 0; n < 5; n++) {
      for (const open of ["/livez", "/readyz", "/openapi.json"]) {
        const answer = await api.call("GET", open, { key: null });
        expect(answer.status).toBe(200);
        expect(answer.headers).not.toHaveProperty("ratelimit");
      }
      const unknown = await ask(api, { key: "a-key-that-nobody-was-given" });
      expect(unknown.status).toBe(401);
      expect(unknown.headers).not.toHaveProperty("ratelimit");
    }
    expect(limitOf(await ask(api)).left).toBe(1);
  });

  test("another installation on the same Redis -> counts by itself", async () => {
    const [one, other] = [await readyApi({ RATE_LIMIT_RPM: "1" }), await readyApi({ RATE_LIMIT_RPM: "1" })];
    expect((await ask(one)).status).toBe(200);
    expect((await ask(other)).status).toBe(200);
  });
});

test("where it is counted -> under the prefix's hash tag, for a minute at most", async () => {
  const api = await readyApi();
  await ask(api);
  const { redis } = api.ledger;
  const found = (await redis.keys(`*${api.prefix}*rate*`)).filter((name) => !name.includes("-store:"));
  expect(found).toEqual([`{${api.prefix}}:rate:acme`]);
  const ttl = await redis.pttl(found[0] ?? "");
  expect(ttl).toBeGreaterThan(0);
  expect(ttl).toBeLessThanOrEqual(60_000);
});

test("Redis does not answer -> 503 as ever, in time, not 429", async () => {
  const redis = await startPrivateRedis();
  onTestFinished(() => redis.stop());
  const api = await readyApi({ REDIS_URL: redis.url, RATE_LIMIT_RPM: "100" });
  await ask(api);
  await redis.kill("SIGSTOP");
  const answer = await ask(api);
  expect(answer).toBeProblem(503, "unavailable");
  // It is given up once, not by each that asks in turn.
  expect(answer.ms).toBeLessThan(2000);
  await redis.kill("SIGCONT");
  expect((await ask(api)).status).toBe(200);
});
