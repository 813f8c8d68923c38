import { describe, expect, onTestFinished, test } from "vitest";
import { ADMIN, isReady, startTestApi } from "../../support/api.ts";
import { startPrivateRedis } from "../../support/redis.ts";
import { BOARD, queuesOf, SIGN_IN, signIn, tryKey, visit } from "./support.ts";

async function apiOnOwnRedis() {
  const redis = await startPrivateRedis();
  const api = await startTestApi({ REDIS_URL: redis.url });
  onTestFinished(async () => {
    await api.close();
    await redis.stop();
  });
  await isReady(api);
  return { api, redis };
}

describe("Redis is away", () => {
  test("every page -> 503 with Retry-After", async () => {
    const { api, redis } = await apiOnOwnRedis();
    const cookie = await signIn(api);
    await redis.kill();
    for (const path of [BOARD, `${BOARD}/api/queues`, SIGN_IN, "/admin/jobs/job_x"]) {
      const answer = await visit(api, path, { cookie });
      expect(answer.status).toBe(503);
      expect(answer.headers["retry-after"]).toMatch(/^[1-9]\d*$/);
    }
    expect((await tryKey(api, ADMIN)).status).toBe(503);
  });

  test("it is frozen -> what needs it is 503, and the form lets nobody in", async () => {
    const { api, redis } = await apiOnOwnRedis();
    const cookie = await signIn(api);
    await redis.kill("SIGSTOP");
    onTestFinished(() => redis.kill("SIGCONT"));
    expect(await queuesOf(api, { key: null, cookie })).toBeProblem(503, "unavailable");
    const answer = await tryKey(api, ADMIN);
    expect(answer.status).toBe(503);
    expect(answer.headers["set-cookie"]).toBeUndefined();
    await redis.kill("SIGCONT");
  });
});
