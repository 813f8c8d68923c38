// A job that expired and recovered later was told and counted as two that had ended.
import { Registry } from "prom-client";
import { expect, test } from "vitest";

import { jobError } from "../../../src/shared/change.ts";
import { countLines } from "../../../src/shared/metrics/count-lines.ts";
import { settleJob } from "../../../src/shared/settle.ts";
import { processingJob } from "../../support/job.ts";
import { openTestLedger, putJob } from "../../support/ledger.ts";
import { readSamples } from "../../support/metrics.ts";

const video = { url: "https://files.example/a.mp4", type: "mp4", expiresAt: null, taskId: "task-1" };

test("a job expires, and its video comes after all -> one end, and one recovery", async () => {
  const ledger = openTestLedger();
  const registry = new Registry();
  ledger.log.heardBy(countLines(registry));
  const { id } = await putJob(ledger, processingJob(await ledger.jobs.readClock()));
  const error = jobError("generation_timeout", "poll");
  await ledger.jobs.changeJob(id, (job, now) => settleJob(job, { as: "expired", error }, now));
  await ledger.jobs.changeJob(id, (job, now) => settleJob(job, { as: "succeeded", video }, now));
  const ended = { job_id: id, tenant: "acme", model: "wan2.7-t2v", billing: "billed" };
  expect(ledger.logs.named("job.settled")).toMatchObject([
    { ...ended, status: "expired", error_code: "generation_timeout", generation_ms: null },
  ]);
  expect(ledger.logs.named("job.recovered")).toMatchObject([
    { ...ended, status: "succeeded", duration_ms: expect.any(Number) },
  ]);
  const samples = readSamples(await registry.metrics());
  expect(samples).toMatchObject({
    'onetake_job_end_to_end_seconds_count{status="expired"}': 1,
    'onetake_job_looks_count{status="expired"}': 1,
    'onetake_jobs_failed_total{error_code="generation_timeout"}': 1,
    onetake_jobs_recovered_total: 1,
  });
  expect(Object.keys(samples).filter((name) => /onetake_job_.*succeeded/.test(name))).toEqual([]);
});
