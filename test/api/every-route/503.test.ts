// Every route that takes a key, while Redis is away: strangers are not told 401, since nobody can know whose key it is.
import { describe, expect, test, beforeAll, afterAll } from "vitest";
import { startTestApi, type TestApi } from "../../support/api.ts";
import { startPrivateRedis } from "../../support/redis.ts";
import { bodyOf, keyOf, pathOf, rowsOf } from "./tables.ts";

let api: TestApi;
beforeAll(async () => {
  const redis = await startPrivateRedis();
  await redis.kill();
  api = await startTestApi({ REDIS_URL: redis.url });
  await redis.stop();
});
afterAll(() => api.close());

describe("Redis was never there", () => {
  test.each(rowsOf(503))("%s -> 503 with Retry-After, also for strangers", async (_name, route) => {
    for (const key of [keyOf(route), null]) {
      const answer = await api.call(route.method, pathOf(route), { key, ...bodyOf(route) });
      expect(answer).toBeProblem(503, "unavailable");
      expect(answer.headers["retry-after"]).toMatch(/^[1-9]\d*$/);
    }
  });
});
