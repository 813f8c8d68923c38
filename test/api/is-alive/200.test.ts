// GET /livez: the process turns, whatever else is broken.
import { expect, onTestFinished, test } from "vitest";
import { readyApi, startTestApi } from "../../support/api.ts";
import { startPrivateRedis } from "../../support/redis.ts";

test("no key -> 200", async () => {
  const api = await readyApi();
  const { status, json } = await api.call("GET", "/livez", { key: null });
  expect({ status, json }).toEqual({ status: 200, json: { status: "ok" } });
});

test("Redis is not there -> 200", async () => {
  const redis = await startPrivateRedis();
  onTestFinished(() => redis.stop());
  await redis.kill();
  const api = await startTestApi({ REDIS_URL: redis.url });
  onTestFinished(() => api.close());
  expect((await api.call("GET", "/livez", { key: null })).status).toBe(200);
});
