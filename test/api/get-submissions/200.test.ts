// GET /v1/admin/submissions by the operator.
import { expect, test } from "vitest";
import { createRoad } from "../../../src/worker/road.ts";
import { readyApi } from "../../support/api.ts";
import { anyIso, asOperator } from "../support.ts";

const path = "/v1/admin/submissions";

test("a fresh installation -> open, a closed breaker, no slot in use", async () => {
  const api = await readyApi();
  const answer = await asOperator(api, "GET", path);
  expect(answer.status).toBe(200);
  expect(answer.json).toEqual({
    paused: false,
    since: null,
    by: null,
    reason: null,
    breaker: { open: false, cause: null, since: null, failures: 0 },
    slots_in_use: 0,
  });
});

test("the breaker as workers leave it -> troubles counted, then open with its cause and time, then closed", async () => {
  const api = await readyApi();
  const { redis, keys, jobs } = api.ledger;
  const road = createRoad(redis, keys, 60_000);
  const breaker = async () => (await asOperator(api, "GET", path)).json["breaker"];
  const begunAt = await jobs.readClock();
  await road.report({ as: "trouble" }, "m", begunAt);
  expect(await breaker()).toEqual({ open: false, cause: null, since: null, failures: 1 });
  await road.report({ as: "open", cause: "account" }, "m", begunAt);
  expect(await breaker()).toEqual({ open: true, cause: "account", since: anyIso, failures: 1 });
  await road.report({ as: "closed" }, "m", (await jobs.readClock()) + 1000);
  expect(await breaker()).toEqual({ open: false, cause: null, since: null, failures: 0 });
});

test("slots -> those are counted that no attempt has given up", async () => {
  const api = await readyApi();
  const { redis, keys, jobs } = api.ledger;
  const now = await jobs.readClock();
  await redis.zadd(keys.slots, now + 60_000, "att_1", now + 60_000, "att_2", now - 1, "att_given_up");
  expect((await asOperator(api, "GET", path)).json["slots_in_use"]).toBe(2);
});
