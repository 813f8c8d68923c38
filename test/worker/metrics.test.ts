// The worker's GET /metrics, and what a job leaves there.
import { request } from "undici";
import { expect, onTestFinished, test } from "vitest";

import { loadWorkerConfig } from "../../src/shared/config.ts";
import { buildReceiver } from "../../src/simulator/receiver.ts";
import { buildSimulator } from "../../src/simulator/simulator.ts";
import { startWorker } from "../../src/worker/worker.ts";
import { makeJob } from "../api/support.ts";
import { ADMIN, readyApi } from "../support/api.ts";
import { eventually } from "../support/eventually.ts";
import { openLogBook } from "../support/log-book.ts";
import { readSamples } from "../support/metrics.ts";

async function startAll(changes: Record<string, string> = {}) {
  const simulator = buildSimulator({ settings: { generationMs: 100 } });
  const receiver = buildReceiver();
  onTestFinished(() => simulator.close());
  onTestFinished(() => receiver.close());
  const api = await readyApi({ WEBHOOK_ALLOW_CIDRS: "127.0.0.0/8" });
  const settings = {
    ...api.environment,
    NOVITA_API_KEY: "novita-key",
    NOVITA_BASE_URL: await simulator.listen(),
    POLL_FIRST_MS: "50",
    POLL_BASE_MS: "50",
    MAX_IN_FLIGHT: "9",
    WORKER_PORT: "0",
  };
  const logs = openLogBook("worker", changes["LOG_LEVEL"] ?? "silent");
  const worker = await startWorker(loadWorkerConfig(settings), logs.log);
  onTestFinished(() => worker.close());
  return { api, worker, logs, hooks: await receiver.listen() };
}

async function getMetrics(url: string, headers: Record<string, string> = {}) {
  const { statusCode, headers: said, body } = await request(`${url}/metrics`, { headers });
  const { "content-type": type, "cache-control": kept } = said;
  return { status: statusCode, type, kept, text: await body.text() };
}

test("a job from POST to webhook -> each of its steps is counted, though nothing is logged", async () => {
  const { api, worker, hooks } = await startAll();
  await makeJob(api, { input: { prompt: "a cat", size: "1280*720", duration: 2 }, webhook: { url: hooks } });
  await eventually(async () => {
    const { status, type, text } = await getMetrics(worker.url);
    expect({ status, type }).toEqual({ status: 200, type: "text/plain; version=0.0.4; charset=utf-8" });
    expect(readSamples(text)).toMatchObject({
      'onetake_upstream_request_duration_seconds_count{operation="submit",outcome="accepted"}': 1,
      'onetake_upstream_request_duration_seconds_count{operation="look",outcome="succeeded"}': 1,
      'onetake_job_time_to_submit_seconds_count{model="wan2.7-t2v"}': 1,
      'onetake_job_generation_seconds_count{model="wan2.7-t2v"}': 1,
      'onetake_job_end_to_end_seconds_count{status="succeeded"}': 1,
      'onetake_delivery_attempt_duration_seconds_count{outcome="delivered"}': 1,
      onetake_delivery_delay_seconds_count: 1,
      onetake_slots_limit: 9,
      onetake_slots_in_use: 0,
      'onetake_jobs{status="succeeded"}': 1,
    });
  });
});

test("the page -> is kept by nobody, nor is its refusal", async () => {
  const { worker } = await startAll();
  expect(await getMetrics(worker.url)).toMatchObject({ status: 200, kept: "no-store" });
  const proxied = { "x-forwarded-for": "203.0.113.9" };
  expect(await getMetrics(worker.url, proxied)).toMatchObject({ status: 401, kept: "no-store" });
});

test("by a proxy -> 401 without the operator's key, the page with it", async () => {
  const { worker } = await startAll();
  const proxied = { "x-forwarded-for": "203.0.113.9" };
  expect(await getMetrics(worker.url, proxied)).toMatchObject({ status: 401 });
  const authorization = `Bearer ${ADMIN}`;
  expect(await getMetrics(worker.url, { ...proxied, authorization })).toMatchObject({ status: 200 });
});

test("the lines of a stage -> say which it is", async () => {
  const { api, logs, hooks } = await startAll({ LOG_LEVEL: "info" });
  await makeJob(api, { input: { prompt: "a cat", size: "1280*720", duration: 2 }, webhook: { url: hooks } });
  await logs.waitFor({ msg: "delivery.attempted" });
  const told = ["job.submitted", "job.polled", "delivery.attempted"].map((name) => logs.named(name)[0]);
  expect(told).toMatchObject([{ stage: "submit" }, { stage: "poll" }, { stage: "deliver" }]);
});
