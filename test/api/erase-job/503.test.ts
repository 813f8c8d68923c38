// DELETE /v1/jobs/{id} while Redis is away: it may have happened, and a repeat does no harm.
import { expect, onTestFinished, test } from "vitest";
import { openLossyApi } from "../../support/gated-api.ts";
import { readyApi } from "../../support/api.ts";
import { startPrivateRedis } from "../../support/redis.ts";
import { makeJobIn, recordOf } from "../support.ts";

test("erased, but the answer is lost -> 503 with job_id that says to repeat; the repeat is 204", async () => {
  const { direct, lossy } = await openLossyApi((words) => words.some((word) => word.includes('"erased"')));
  const id = await makeJobIn(direct, "failed");
  const lost = await lossy.call("DELETE", `/v1/jobs/${id}`);
  expect(lost).toBeProblem(503, "unavailable");
  expect(lost.headers["retry-after"]).toMatch(/^[1-9]\d*$/);
  expect(lost.json["job_id"]).toBe(id);
  expect(lost.json["detail"]).toContain("Repeat the request: it takes effect once.");
  const { erasedAt } = await recordOf(direct, id);
  expect(erasedAt).not.toBeNull();
  expect((await direct.call("DELETE", `/v1/jobs/${id}`)).status).toBe(204);
  expect((await recordOf(direct, id)).erasedAt).toBe(erasedAt);
});

test("Redis is gone -> 503", async () => {
  const redis = await startPrivateRedis();
  onTestFinished(() => redis.stop());
  const api = await readyApi({ REDIS_URL: redis.url });
  const id = await makeJobIn(api, "failed");
  await redis.kill();
  const answer = await api.call("DELETE", `/v1/jobs/${id}`);
  expect(answer).toBeProblem(503, "unavailable");
  expect(answer.headers["retry-after"]).toMatch(/^[1-9]\d*$/);
});
