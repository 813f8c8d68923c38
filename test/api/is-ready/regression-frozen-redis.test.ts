// A frozen Redis keeps its connections open, and /readyz took an open connection for a Redis that answers.
import { expect, onTestFinished, test } from "vitest";
import { isReady, readyApi } from "../../support/api.ts";
import { startPrivateRedis } from "../../support/redis.ts";
import { makeJob } from "../support.ts";

test("Redis frozen by SIGSTOP -> 503 within 2 s on /readyz and every route; SIGCONT -> well again", async () => {
  const redis = await startPrivateRedis();
  onTestFinished(() => redis.stop());
  const api = await readyApi({ REDIS_URL: redis.url });
  const id = await makeJob(api);
  await redis.kill("SIGSTOP");
  const answers = await Promise.all([
    api.call("GET", "/readyz", { key: null }),
    api.call("GET", `/v1/jobs/${id}`),
    api.call("POST", `/v1/jobs/${id}/cancel`),
    api.call("POST", `/v1/jobs/${id}/resolve`, { body: { action: "fail" } }),
  ]);
  for (const answer of answers) {
    expect(answer).toBeProblem(503, "unavailable");
    expect(answer.headers["retry-after"]).toMatch(/^[1-9]\d*$/);
    expect(answer.ms).toBeLessThan(2000);
  }
  expect((await api.call("GET", "/livez")).status).toBe(200);
  await redis.kill("SIGCONT");
  await isReady(api);
  expect((await api.call("GET", `/v1/jobs/${id}`)).json).toMatchObject({ id, status: "queued", version: 1 });
});
