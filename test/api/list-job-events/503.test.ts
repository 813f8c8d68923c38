// GET /v1/jobs/{id}/events while Redis is away.
import { expect, onTestFinished, test } from "vitest";
import { readyApi } from "../../support/api.ts";
import { startPrivateRedis } from "../../support/redis.ts";
import { makeJob } from "../support.ts";

test("Redis is away -> 503", async () => {
  const redis = await startPrivateRedis();
  onTestFinished(() => redis.stop());
  const api = await readyApi({ REDIS_URL: redis.url });
  const id = await makeJob(api);
  await redis.kill();
  expect(await api.call("GET", `/v1/jobs/${id}/events`)).toBeProblem(503, "unavailable");
});
