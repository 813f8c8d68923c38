import { Registry } from "prom-client";
import { expect, test } from "vitest";

import openapi from "../../../openapi.json" with { type: "json" };
import { logLines } from "../../../src/shared/log-lines.ts";
import type { LineFields } from "../../../src/shared/log-lines.ts";
import { createLogger } from "../../../src/shared/logger.ts";
import { countLines } from "../../../src/shared/metrics/count-lines.ts";
import { readSamples } from "../../support/metrics.ts";

function openCounts() {
  const registry = new Registry();
  const log = createLogger("worker", "silent");
  log.heardBy(countLines(registry));
  const read = async () => readSamples(await registry.metrics());
  return { log, read };
}

const submitted: LineFields<"job.submitted"> = {
  job_id: "job_1",
  tenant: "acme",
  model: "wan2.7-t2v",
  attempt_id: "att_1",
  outcome: "accepted",
  status: "processing",
  duration_ms: 1500,
  wait_ms: 70_000,
};

const settled: LineFields<"job.settled"> = {
  job_id: "job_1",
  tenant: "acme",
  model: "wan2.7-t2v",
  status: "succeeded",
  error_code: null,
  billing: "billed",
  attempts: 1,
  polls: 4,
  duration_ms: 100_000,
  generation_ms: 42_000,
};

const recovered: LineFields<"job.recovered"> = {
  job_id: "job_1",
  tenant: "acme",
  model: "wan2.7-t2v",
  status: "succeeded",
  billing: "billed",
  attempts: 1,
  polls: 5,
  duration_ms: 400_000,
};

const attempted: LineFields<"delivery.attempted"> = {
  delivery_id: "dlv_1",
  job_id: "job_1",
  event_id: "evt_1",
  event: "job.succeeded",
  tenant: "acme",
  attempt: 1,
  generation: 1,
  http_status: 204,
  error_code: null,
  duration_ms: 20,
  delay_ms: 90,
  status: "delivered",
};

test("a request -> its time by method, route and status", async () => {
  const { log, read } = openCounts();
  log.tell("http.request", { method: "POST", route: "/v1/jobs", http_status: 202, duration_ms: 40 });
  const labels = 'method="POST",route="/v1/jobs",status_code="202"';
  expect(await read()).toMatchObject({
    [`onetake_http_request_duration_seconds_count{${labels}}`]: 1,
    [`onetake_http_request_duration_seconds_sum{${labels}}`]: 0.04,
  });
});

test("a method that no route of ours knows -> other, and a 405 -> no route, whatever callers think of", async () => {
  const { log, read } = openCounts();
  for (const method of ["PUT", "OPTIONS", "MKCOL"])
    log.tell("http.request", { method, route: "/livez", http_status: 405, duration_ms: 1 });
  log.tell("http.request", { method: "DELETE", route: "/livez", http_status: 405, duration_ms: 1 });
  log.tell("http.request", { method: "MKCOL", route: "unknown", http_status: 404, duration_ms: 1 });
  const counts = Object.entries(await read()).filter(([name]) =>
    name.includes("http_request_duration_seconds_count"),
  );
  expect(Object.fromEntries(counts)).toEqual({
    'onetake_http_request_duration_seconds_count{method="other",route="unknown",status_code="405"}': 3,
    'onetake_http_request_duration_seconds_count{method="DELETE",route="unknown",status_code="405"}': 1,
    'onetake_http_request_duration_seconds_count{method="other",route="unknown",status_code="404"}': 1,
  });
});

test("a method that some route of ours knows -> by its name", async () => {
  const { log, read } = openCounts();
  const methods = new Set(Object.values(openapi.paths).flatMap((path) => Object.keys(path)));
  for (const name of methods)
    log.tell("http.request", { method: name.toUpperCase(), route: "/x", http_status: 200, duration_ms: 1 });
  expect(methods.size).toBeGreaterThan(1);
  expect(Object.keys(await read()).filter((name) => name.includes('method="other"'))).toEqual([]);
});

test("a paid request that is accepted -> its time by outcome, and how long the job had waited for it", async () => {
  const { log, read } = openCounts();
  log.tell("job.submitted", submitted);
  expect(await read()).toMatchObject({
    'onetake_upstream_request_duration_seconds_sum{operation="submit",outcome="accepted"}': 1.5,
    'onetake_job_time_to_submit_seconds_sum{model="wan2.7-t2v"}': 70,
  });
});

test("a paid request with another outcome -> counted, but not as submitted", async () => {
  const { log, read } = openCounts();
  log.tell("job.submitted", { ...submitted, outcome: "unknown" }, "error");
  const samples = await read();
  expect(
    samples['onetake_upstream_request_duration_seconds_count{operation="submit",outcome="unknown"}'],
  ).toBe(1);
  expect(Object.keys(samples).filter((name) => name.startsWith("onetake_job_time_to_submit"))).toEqual([]);
});

test("a paid request that was not tried, its deadline being past -> no request", async () => {
  const { log, read } = openCounts();
  log.tell("job.submitted", { ...submitted, outcome: "unsent", cause: "deadline" });
  log.tell("job.submitted", { ...submitted, outcome: "unsent", cause: "connect" });
  const name = 'onetake_upstream_request_duration_seconds_count{operation="submit",outcome="unsent"}';
  expect((await read())[name]).toBe(1);
});

test("an answer that comes late -> no request and no submission beside the one that was counted", async () => {
  const { log, read } = openCounts();
  const { wait_ms: _wait, ...late } = submitted;
  log.tell("submit.answered_late", late);
  const counted = Object.entries(await read()).filter(([name]) =>
    /^onetake_(upstream|job_time_to_submit)/.test(name),
  );
  expect(counted).toEqual([]);
});

test("a look -> its time by outcome", async () => {
  const { log, read } = openCounts();
  const ids = { job_id: "job_1", tenant: "acme", task_id: "t", status: "processing" };
  log.tell("job.polled", { ...ids, outcome: "running", duration_ms: 250 });
  expect(await read()).toMatchObject({
    'onetake_upstream_request_duration_seconds_sum{operation="look",outcome="running"}': 0.25,
  });
});

test("a job that ends with a video -> its life, its generation and its looks", async () => {
  const { log, read } = openCounts();
  log.tell("job.settled", settled);
  expect(await read()).toMatchObject({
    'onetake_job_end_to_end_seconds_sum{status="succeeded"}': 100,
    'onetake_job_generation_seconds_sum{model="wan2.7-t2v"}': 42,
    'onetake_job_looks_sum{status="succeeded"}': 4,
    'onetake_jobs_failed_total{error_code="generation_failed"}': 0,
  });
});

test("a job that ends without one -> counted by its error, and no generation", async () => {
  const { log, read } = openCounts();
  const failed = { status: "failed", error_code: "generation_failed", generation_ms: null };
  log.tell("job.settled", { ...settled, ...failed });
  const samples = await read();
  expect(samples).toMatchObject({
    'onetake_job_end_to_end_seconds_count{status="failed"}': 1,
    'onetake_jobs_failed_total{error_code="generation_failed"}': 1,
  });
  expect(Object.keys(samples).filter((name) => name.startsWith("onetake_job_generation"))).toEqual([]);
});

test("a video that comes after its job has failed -> one recovery, and no second end", async () => {
  const { log, read } = openCounts();
  log.tell("job.recovered", recovered);
  const samples = await read();
  expect(samples["onetake_jobs_recovered_total"]).toBe(1);
  expect(
    Object.keys(samples).filter((name) => /onetake_job_(end_to_end|looks|generation)/.test(name)),
  ).toEqual([]);
});

test("an event that is delivered -> its attempt, and its delay; one that was asked for again -> no delay", async () => {
  const { log, read } = openCounts();
  log.tell("delivery.attempted", attempted);
  log.tell("delivery.attempted", { ...attempted, generation: 2, delay_ms: 1e9 });
  expect(await read()).toMatchObject({
    'onetake_delivery_attempt_duration_seconds_count{outcome="delivered"}': 2,
    onetake_delivery_delay_seconds_count: 1,
    onetake_delivery_delay_seconds_sum: 0.09,
    onetake_deliveries_failed_total: 0,
  });
});

test("an attempt that fails -> its code; the last one -> the delivery is given up", async () => {
  const { log, read } = openCounts();
  const failed = { ...attempted, http_status: 500, error_code: "http_error", status: "retrying" };
  log.tell("delivery.attempted", failed, "warn");
  log.tell("delivery.attempted", { ...failed, status: "failed" }, "warn");
  expect(await read()).toMatchObject({
    'onetake_delivery_attempt_duration_seconds_count{outcome="http_error"}': 2,
    onetake_delivery_delay_seconds_count: 0,
    onetake_deliveries_failed_total: 1,
  });
});

test("an endpoint is disabled by what its receiver did -> counted by the reason; before, both stand at 0", async () => {
  const { log, read } = openCounts();
  const gone = 'onetake_endpoints_disabled_total{reason="gone"}';
  const failing = 'onetake_endpoints_disabled_total{reason="failing"}';
  expect(await read()).toMatchObject({ [gone]: 0, [failing]: 0 });
  log.tell("endpoint.disabled", { endpoint_id: "ep_1", tenant: "acme", disabled_reason: "gone" });
  expect(await read()).toMatchObject({ [gone]: 1, [failing]: 0 });
});

test("the intake is closed, and open again -> a gauge tells", async () => {
  const { log, read } = openCounts();
  const value = async () => (await read())["onetake_intake_closed"];
  expect(await value()).toBe(0);
  log.tell("intake.closed", {});
  expect(await value()).toBe(1);
  log.tell("intake.open", {});
  expect(await value()).toBe(0);
});

test("alarms -> each its own counter, which is there, at 0, before the first", async () => {
  const { log, read } = openCounts();
  const names = [
    "onetake_jobs_unconfirmed_total",
    "onetake_orphan_tasks_total",
    "onetake_egress_unreachable_total",
    "onetake_jobs_recovered_total",
    "onetake_submissions_unproven_total",
    'onetake_breaker_opened_total{cause="proxy"}',
    'onetake_rescued_total{what="poll"}',
    'onetake_rescued_total{what="job"}',
    'onetake_jobs_accepted_total{model="wan2.7-t2v"}',
    'onetake_log_lines_total{level="error"}',
  ];
  const values = async () => {
    const samples = await read();
    return names.map((name) => samples[name]);
  };
  expect(await values()).toEqual(names.map(() => 0));
  const ids = { job_id: "job_1", tenant: "acme", status: "unconfirmed" };
  log.tell("job.unconfirmed", { ...ids, attempts: 1 });
  log.tell("orphan_task", { ...ids, task_id: "t" });
  log.tell("egress.unreachable", { err: new Error("407") });
  log.tell("job.recovered", recovered);
  const unproven = { job_id: "job_1", tenant: "acme", attempt_id: "att_1", duration_ms: 5000 };
  log.tell("submit.unproven", unproven);
  log.tell("breaker.open", { cause: "proxy" });
  log.tell("wake_up.rescued", { stage: "poll", id: "job_1", n: 1 });
  log.tell("job.rescued", { job_id: "job_1", from: "submitting", status: "unconfirmed" });
  log.tell("job.accepted", { job_id: "job_1", tenant: "acme", model: "wan2.7-t2v" });
  expect(await values()).toEqual([1, 1, 1, 1, 1, 1, 1, 1, 1, 4]);
});

test("no label -> holds what callers choose: tenants, ids, references", async () => {
  const { log, read } = openCounts();
  log.tell("job.submitted", submitted);
  log.tell("job.settled", settled);
  log.tell("delivery.attempted", attempted);
  const names = Object.keys(await read()).join("\n");
  for (const word of ["acme", "job_1", "evt_1", "dlv_1", "att_1"]) expect(names).not.toContain(word);
  expect(Object.keys(logLines)).not.toEqual([]);
});
