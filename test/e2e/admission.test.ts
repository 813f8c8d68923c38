import { expect, test } from "vitest";
import { eventually } from "../support/eventually.ts";
import { testPrefix } from "../support/redis.ts";
import { post, postJob, readJob, untilReady } from "./support/caller.ts";
import { startApi, startWorker } from "./support/program.ts";
import { startServers } from "./support/servers.ts";
import { settings } from "./support/settings.ts";

test("50 equal POSTs with one Idempotency-Key at once -> one job, one paid task, one event", async () => {
  const servers = await startServers();
  const { redis, simulator, receiver } = servers;
  const prefix = testPrefix();
  const environment = settings({ redis: redis.url, novita: simulator.url, prefix });
  const apis = await Promise.all([startApi(environment), startApi(environment)]);
  await Promise.all([startWorker(environment), ...apis.map((api) => untilReady(api.url))]);

  const body = {
    input: { prompt: `[[job:${prefix}]]` },
    webhook: { url: `${receiver.url}/equal` },
  };
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, n) => post(apis[n % 2]?.url ?? "", body, { idempotencyKey: "one key" })),
  );

  expect(answers.filter(({ status }) => status === 202)).toHaveLength(1);
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(49);
  const replays = answers.filter(({ headers }) => headers["idempotent-replayed"] === "true");
  expect(replays).toHaveLength(49);
  const locations = new Set(
    answers.map(({ headers, body: job }) => headers["location"] ?? JSON.stringify(job)),
  );
  expect(locations.size).toBe(1);
  await receiver.waitFor(({ path }) => path === "/equal", 20_000);
  expect(simulator.ledger.tasksOf(prefix)).toHaveLength(1);
  expect(simulator.ledger.counters.submits).toBe(1);
  expect(servers.postbox.newsAt("/equal").get("job.succeeded")?.ids.size).toBe(1);
});

test("40 jobs, MAX_IN_FLIGHT=5, two workers -> never more than 5 tasks at Novita, and all of them finish", async () => {
  const { redis, simulator } = await startServers();
  const prefix = testPrefix();
  const environment = settings({ redis: redis.url, novita: simulator.url, prefix }, { MAX_IN_FLIGHT: "5" });
  const api = await startApi(environment);
  await untilReady(api.url);
  const marks = Array.from({ length: 40 }, (_, n) => `${prefix}-${n}`);
  const ids = await Promise.all(
    marks.map((mark) => postJob(api.url, { input: { prompt: `[[job:${mark}]] [[sim:gen=400]]` } })),
  );
  await Promise.all([startWorker(environment), startWorker(environment)]);

  const jobs = await eventually(async () => {
    const now = await Promise.all(ids.map((id) => readJob(api.url, id)));
    expect(now.filter(({ status }) => status !== "succeeded")).toEqual([]);
    return now;
  }, 60_000);

  expect(jobs.map(({ attempts }) => attempts)).toEqual(ids.map(() => 1));
  expect(marks.map((mark) => simulator.ledger.tasksOf(mark).length)).toEqual(marks.map(() => 1));
  // The cap is used to the full, and not passed.
  expect(simulator.ledger.counters.maxInFlight).toBe(5);
  expect(simulator.ledger.refusals).toEqual([]);
});
