import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";

import { createMetrics } from "../../../src/shared/metrics/metrics.ts";
import type { Overview } from "../../../src/shared/store/overview.ts";
import { openLogBook } from "../../support/log-book.ts";
import { readSamples } from "../../support/metrics.ts";
import { program } from "../../support/program.ts";

const server = {
  memoryUsed: 1000,
  memoryMax: 2000,
  hasAof: true,
  isAofWritten: false,
  delayedFsyncs: 4,
};

const overview: Overview = {
  jobs: [
    { status: "queued", count: 3 },
    { status: "unconfirmed", count: 1 },
  ],
  oldestQueuedMs: 12_500,
  slotsInUse: 7,
  breakerCause: "account",
  isPaused: true,
  overdue: 2,
  places: 7,
  inLine: 9,
  openDestinations: 1,
  aside: 3,
  entries: [{ stage: "poll", state: "delayed", count: 9 }],
  server,
};

const open = (readOverview: () => Promise<Overview>) =>
  createMetrics({ process: "worker", log: openLogBook("worker").log, readOverview, slotsLimit: 20 });

test("Redis answers -> what it knows, in seconds and bytes, beside what the process has counted", async () => {
  const samples = readSamples(await open(async () => overview)());
  expect(samples).toMatchObject({
    onetake_redis_up: 1,
    'onetake_jobs{status="queued"}': 3,
    'onetake_jobs{status="unconfirmed"}': 1,
    onetake_oldest_queued_age_seconds: 12.5,
    onetake_slots_in_use: 7,
    onetake_slots_limit: 20,
    'onetake_breaker_open{cause="account"}': 1,
    'onetake_breaker_open{cause="trouble"}': 0,
    onetake_submissions_paused: 1,
    onetake_records_overdue: 2,
    onetake_delivery_places_in_use: 7,
    onetake_deliveries_in_line: 9,
    onetake_destinations_open: 1,
    onetake_records_set_aside: 3,
    'onetake_queue_entries{stage="poll",state="delayed"}': 9,
    onetake_redis_memory_used_bytes: 1000,
    onetake_redis_memory_max_bytes: 2000,
    onetake_redis_aof_enabled: 1,
    onetake_redis_aof_last_write_ok: 0,
    onetake_redis_aof_delayed_fsyncs_total: 4,
    onetake_orphan_tasks_total: 0,
    nodejs_eventloop_lag_p99_seconds: expect.any(Number),
    process_resident_memory_bytes: expect.any(Number),
  });
});

test("the count of Redis' own falls, since it was started anew -> so does ours", async () => {
  let delayedFsyncs = 4;
  const write = open(async () => ({ ...overview, server: { ...server, delayedFsyncs } }));
  await write();
  delayedFsyncs = 1;
  expect(readSamples(await write())["onetake_redis_aof_delayed_fsyncs_total"]).toBe(1);
});

test("a Cluster, whose servers each speak for themselves -> nothing that is one server's", async () => {
  const answers = [overview, { ...overview, server: null }];
  const write = open(async () => answers.shift() ?? overview);
  const single = Object.keys(readSamples(await write()));
  const clustered = Object.keys(readSamples(await write()));
  expect(single.filter((name) => !clustered.includes(name)).sort()).toEqual([
    "onetake_redis_aof_delayed_fsyncs_total",
    "onetake_redis_aof_enabled",
    "onetake_redis_aof_last_write_ok",
    "onetake_redis_memory_max_bytes",
    "onetake_redis_memory_used_bytes",
  ]);
});

test.each([
  ["fails", () => Promise.reject(new Error("away"))],
  ["does not answer", () => new Promise<Overview>(() => undefined)],
])("Redis %s -> down, and none of its numbers, old or empty, pass for true", async (_how, fail) => {
  const reads = [async () => overview, fail];
  const write = open(() => reads.shift()?.() ?? fail());
  await write();
  const samples = readSamples(await write());
  expect(samples).toMatchObject({ onetake_redis_up: 0, onetake_slots_limit: 20 });
  expect(
    Object.keys(samples).filter((name) => /onetake_(jobs\{|slots_in_use|redis_memory)/.test(name)),
  ).toEqual([]);
});

const promtool = program("promtool");
test.skipIf(promtool === null && !process.env["CI"])(
  "promtool -> finds nothing to say of names and units",
  async () => {
    const page = await open(async () => overview)();
    const { status, stderr, stdout } = spawnSync(promtool ?? "promtool", ["check", "metrics"], {
      input: page,
      encoding: "utf8",
    });
    const ours = `${stdout}${stderr}`.split("\n").filter((line) => line.startsWith("onetake_"));
    expect(ours).toEqual([]);
    expect([0, 3]).toContain(status);
  },
);
