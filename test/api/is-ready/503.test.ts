// GET /readyz, and every route that needs Redis, while Redis is away.
import { expect, onTestFinished, test } from "vitest";
import { GLOBEX, isReady, readyApi, startTestApi, type TestApi } from "../../support/api.ts";
import { startPrivateRedis } from "../../support/redis.ts";
import { makeJob } from "../support.ts";

const SOON_MS = 2000;

async function expectAway(api: TestApi, id: string, key: string | null): Promise<void> {
  const answers = await Promise.all([
    api.call("GET", "/readyz", { key: null }),
    api.call("GET", `/v1/jobs/${id}`, { key }),
    api.call("POST", `/v1/jobs/${id}/cancel`, { key }),
    api.call("POST", `/v1/jobs/${id}/resolve`, { key, body: { action: "fail" } }),
    api.post({ input: { prompt: "p" } }, { key }),
  ]);
  for (const answer of answers) {
    expect(answer).toBeProblem(503, "unavailable");
    expect(answer.headers["retry-after"]).toMatch(/^[1-9]\d*$/);
    expect(answer.ms).toBeLessThan(SOON_MS);
  }
}

test("killed -> 503 on every route, also for strangers; restarted -> 200 again by itself", async () => {
  const redis = await startPrivateRedis();
  onTestFinished(() => redis.stop());
  const api = await readyApi({ REDIS_URL: redis.url });
  const id = await makeJob(api);
  await redis.kill();
  await expectAway(api, id, GLOBEX);
  await expectAway(api, id, null);
  expect((await api.call("GET", "/livez", { key: null })).status).toBe(200);
  await redis.restart();
  await isReady(api);
  expect((await api.call("GET", `/v1/jobs/${id}`)).json).toMatchObject({ id, status: "queued" });
});

test("never there -> 503 on every route, also for strangers", async () => {
  const redis = await startPrivateRedis();
  onTestFinished(() => redis.stop());
  await redis.kill();
  const api = await startTestApi({ REDIS_URL: redis.url });
  onTestFinished(() => api.close());
  await expectAway(api, "job_01ARZ3NDEKTSV4RRFFQ69G5FAV", null);
  expect((await api.call("GET", "/livez", { key: null })).status).toBe(200);
});
