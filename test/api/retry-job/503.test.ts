// POST /v1/jobs/{id}/retry whose write Redis does not confirm: never two purchases for one key.
import { expect, onTestFinished, test } from "vitest";
import { readyApi } from "../../support/api.ts";
import { openLossyApi } from "../../support/gated-api.ts";
import { startPrivateRedis } from "../../support/redis.ts";
import { holdings, makeJobIn, recordOf } from "../support.ts";
import { keyed, retry } from "./support.ts";

const setUp = async () => {
  const { direct, lossy } = await openLossyApi((words) => words.some((word) => word.includes('"retried"')));
  return { direct, lossy, id: await makeJobIn(direct, "failed") };
};

test("written, but the answer is lost, with a key -> 503 names the new job; the repeat finds that one", async () => {
  const { direct, lossy, id } = await setUp();
  const lost = await retry(lossy, id, keyed("k"));
  expect(lost).toBeProblem(503, "unavailable");
  expect(lost.headers["retry-after"]).toMatch(/^[1-9]\d*$/);
  expect(lost.json["detail"]).toContain("Repeat the request with the same Idempotency-Key");
  expect(lost.json["detail"]).toContain("unless an equal request came first");
  const newer = String(lost.json["job_id"]);
  expect(newer).not.toBe(id);
  expect((await recordOf(direct, id)).retriedBy).toBe(newer);
  const again = await retry(direct, id, keyed("k"));
  expect(again.status).toBe(200);
  expect(again.headers["idempotent-replayed"]).toBe("true");
  expect(again.json).toMatchObject({ id: newer, status: "queued", retry_of: id });
  expect((await holdings(direct)).jobs).toEqual([id, newer].sort());
});

test("without a key -> 503 names the new job and says to look at it; a repeat is 409 with it, not a purchase", async () => {
  const { direct, lossy, id } = await setUp();
  const lost = await retry(lossy, id);
  expect(lost).toBeProblem(503, "unavailable");
  const newer = String(lost.json["job_id"]);
  expect(lost.json["detail"]).toContain(`Look at ${newer}`);
  expect((await direct.call("GET", `/v1/jobs/${newer}`)).json).toMatchObject({ retry_of: id });
  expect((await retry(direct, id)).json).toMatchObject({ status: 409, retried_by: newer });
});

test("Redis is gone -> 503", async () => {
  const redis = await startPrivateRedis();
  onTestFinished(() => redis.stop());
  const api = await readyApi({ REDIS_URL: redis.url });
  const id = await makeJobIn(api, "failed");
  await redis.kill();
  expect(await retry(api, id)).toBeProblem(503, "unavailable");
});
