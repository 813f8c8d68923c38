// GET /v1/events while Redis is away.
import { expect, onTestFinished, test, vi } from "vitest";
import { readyApi } from "../../support/api.ts";
import { idsOf, raiseEvents, readPage } from "../../support/feed.ts";
import { startPrivateRedis } from "../../support/redis.ts";
import { openWatchedApi } from "../../support/watched-api.ts";

test("Redis is away -> 503, to a page, a wait and a stream", async () => {
  const redis = await startPrivateRedis();
  onTestFinished(() => redis.stop());
  const api = await readyApi({ REDIS_URL: redis.url });
  await raiseEvents(api, 1);
  await redis.kill();
  for (const [query, accept] of [
    ["", "*/*"],
    ["?wait=60", "*/*"],
    ["", "text/event-stream"],
  ]) {
    const answer = await api.call("GET", `/v1/events${query}`, { headers: { accept: accept ?? "" } });
    expect(answer).toBeProblem(503, "unavailable");
  }
});

test("Redis goes away between the order and an event -> 503, and no page with a hole", async () => {
  const api = await openWatchedApi();
  const raised = await raiseEvents(api, 2);
  vi.spyOn(api.ledger.redis, "hget").mockRejectedValueOnce(new Error("Connection is closed."));
  expect(await api.call("GET", "/v1/events")).toBeProblem(503, "unavailable");
  expect(idsOf(await readPage(api))).toEqual(raised);
});
