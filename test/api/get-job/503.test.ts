// GET /v1/jobs/{id} while Redis is away.
import { expect, onTestFinished, test } from "vitest";
import { readyApi } from "../../support/api.ts";
import { openEvents } from "../../support/event-stream.ts";
import { eventually } from "../../support/eventually.ts";
import { startPrivateRedis } from "../../support/redis.ts";
import { openWatchedApi } from "../../support/watched-api.ts";
import { makeJob, takeTo } from "../support.ts";

async function openRedis() {
  const redis = await startPrivateRedis();
  onTestFinished(() => redis.stop());
  return redis;
}

test.each([
  ["a read", "", {}],
  ["a wait", "?wait=60", {}],
  ["a stream", "", { accept: "text/event-stream" }],
])("%s -> 503 as problem+json", async (_name, query, headers) => {
  const redis = await openRedis();
  const api = await readyApi({ REDIS_URL: redis.url });
  const id = await makeJob(api);
  await redis.kill();
  const answer = await api.call("GET", `/v1/jobs/${id}${query}`, { headers });
  expect(answer).toBeProblem(503, "unavailable");
  expect(answer.headers["retry-after"]).toMatch(/^\d+$/);
});

test("Redis goes and comes while a stream and a wait are open -> both outlast it, and miss nothing", async () => {
  const redis = await openRedis();
  const api = await openWatchedApi({ REDIS_URL: redis.url });
  const id = await makeJob(api);
  const stream = await openEvents(api.url, id);
  await stream.until(({ messages }) => messages.length === 1);
  const answer = api.call("GET", `/v1/jobs/${id}?wait=60`);
  await eventually(() => expect(api.changes.count().watches).toBe(2));
  await redis.kill();
  await api.logs.waitFor({ msg: "redis.away" });
  api.changes.hintAll();
  await redis.restart();
  await eventually(() => api.ledger.redis.ping());
  await takeTo(api, id, "processing");
  await stream.until(({ messages }) => messages.length === 3);
  await takeTo(api, id, "canceled");
  expect(await stream.ended).toBe(true);
  expect(stream.messages.map(({ event }) => event)).toEqual([
    "queued",
    "submitting",
    "processing",
    "canceled",
  ]);
  expect(await answer).toMatchObject({ status: 200, json: { status: "canceled" } });
}, 60_000);
