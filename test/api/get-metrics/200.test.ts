// GET /metrics: for Prometheus, with the operator's key or from this machine.
import { expect, onTestFinished, test } from "vitest";

import { ADMIN, readyApi } from "../../support/api.ts";
import { eventually } from "../../support/eventually.ts";
import { readSamples } from "../../support/metrics.ts";
import { startPrivateRedis } from "../../support/redis.ts";

const proxied = { "x-forwarded-for": "203.0.113.9" };

test("from this machine, without a key -> what was counted, and what Redis knows", async () => {
  const api = await readyApi();
  await api.post({ input: { prompt: "a cat" } });
  await api.logs.waitFor({ msg: "http.request", http_status: 202 });
  const answer = await api.call("GET", "/metrics", { key: null });
  expect(answer.status).toBe(200);
  expect(answer.headers["content-type"]).toBe("text/plain; version=0.0.4; charset=utf-8");
  expect(answer.headers["cache-control"]).toBe("no-store");
  expect(readSamples(answer.text)).toMatchObject({
    onetake_redis_up: 1,
    'onetake_jobs{status="queued"}': 1,
    'onetake_jobs_accepted_total{model="wan2.7-t2v"}': 1,
    'onetake_http_request_duration_seconds_count{method="POST",route="/v1/jobs",status_code="202"}': 1,
    'onetake_build_info{version="0.1.0",process="api"}': 1,
  });
});

test("by a proxy, with the operator's key -> the same page", async () => {
  const api = await readyApi();
  const { status, text } = await api.call("GET", "/metrics", { key: ADMIN, headers: proxied });
  expect(status).toBe(200);
  expect(text).toContain("onetake_redis_up 1");
});

test("Redis is away -> 200, and it is told to be down", async () => {
  const redis = await startPrivateRedis();
  onTestFinished(() => redis.stop());
  const api = await readyApi({ REDIS_URL: redis.url });
  await redis.kill();
  await eventually(async () => {
    const { status, text } = await api.call("GET", "/metrics", { key: null });
    expect(status).toBe(200);
    expect(readSamples(text)["onetake_redis_up"]).toBe(0);
  });
});
