// A graceful shutdown: what is under way is finished or handed back, so that nobody has to ask what became of it.
import { expect, test } from "vitest";
import { eventually } from "../support/eventually.ts";
import { testPrefix } from "../support/redis.ts";
import { get, postJob, readJob, untilReady } from "./support/caller.ts";
import { type Program, startApi, startWorker } from "./support/program.ts";
import { startServers } from "./support/servers.ts";
import { settings } from "./support/settings.ts";

const SUBMIT_TIMEOUT_MS = 5000;
const SHUTDOWN_TIMEOUT_MS = 15_000;
const times = {
  SUBMIT_TIMEOUT_MS: String(SUBMIT_TIMEOUT_MS),
  SHUTDOWN_TIMEOUT_MS: String(SHUTDOWN_TIMEOUT_MS),
};

test.each(["SIGTERM", "SIGINT"] as const)(
  "%s while POSTs are under way -> exit 0 in time, their answers are awaited, another worker does the rest",
  async (signal) => {
    const { redis, simulator, receiver, postbox } = await startServers();
    const prefix = testPrefix();
    const environment = settings({ redis: redis.url, novita: simulator.url, prefix }, times);
    const [api, leaving] = await Promise.all([startApi(environment), startWorker(environment)]);
    await Promise.all([untilReady(api.url), untilReady(leaving.url)]);
    const marks = Array.from({ length: 30 }, (_, n) => `${prefix}-${n}`);
    const ids = await Promise.all(
      marks.map((mark) =>
        postJob(api.url, {
          input: { prompt: `[[job:${mark}]] [[sim:submit=accept-then-late:1500]]` },
          webhook: { url: `${receiver.url}/${mark}?delay=200` },
        }),
      ),
    );
    // A second round is under way, while tasks of the first are looked at and told.
    await eventually(() => expect(simulator.ledger.tasks.length).toBeGreaterThan(8));
    const soldAtSignal = simulator.ledger.tasks.length;

    const { code, tookMs } = await stop(leaving, signal);
    expect(code).toBe(0);
    expect(tookMs).toBeLessThan(SHUTDOWN_TIMEOUT_MS);
    // Nothing new was begun, and whatever was has its answer.
    expect(simulator.ledger.tasks.length).toBeLessThan(soldAtSignal + 8);
    const left = await Promise.all(ids.map((id) => readJob(api.url, id)));
    const statuses = left.map(({ status }) => status);
    expect(statuses).toContain("queued");
    expect(statuses).not.toContain("submitting");
    expect(statuses).not.toContain("unconfirmed");

    await startWorker(environment);
    await eventually(async () => {
      const jobs = await Promise.all(ids.map((id) => readJob(api.url, id)));
      expect(jobs.filter(({ status }) => status !== "succeeded")).toEqual([]);
      expect(marks.map((mark) => [...postbox.newsAt(`/${mark}`).keys()])).toEqual(
        marks.map(() => ["job.succeeded"]),
      );
    }, 60_000);
    expect(marks.map((mark) => simulator.ledger.tasksOf(mark).length)).toEqual(marks.map(() => 1));
  },
);

test("SIGTERM while Redis is down -> worker and API end in time all the same", async () => {
  const { redis, simulator } = await startServers();
  const environment = settings({ redis: redis.url, novita: simulator.url, prefix: testPrefix() }, times);
  const programs = await Promise.all([startApi(environment), startWorker(environment)]);
  await Promise.all(programs.map(({ url }) => untilReady(url)));
  await redis.kill("SIGKILL");
  await eventually(async () => {
    for (const { url } of programs) expect((await get(`${url}/readyz`)).status).toBe(503);
  });

  for (const { code, tookMs } of await Promise.all(programs.map((program) => stop(program, "SIGTERM")))) {
    expect(code).toBe(0);
    expect(tookMs).toBeLessThan(SHUTDOWN_TIMEOUT_MS);
  }
});

test("SIGTERM while a POST hangs -> exit 0 in time, and the job is told to be unconfirmed, never bought again", async () => {
  const { redis, simulator, receiver, postbox } = await startServers();
  const prefix = testPrefix();
  const environment = settings({ redis: redis.url, novita: simulator.url, prefix }, times);
  const [api, leaving] = await Promise.all([startApi(environment), startWorker(environment)]);
  await Promise.all([untilReady(api.url), untilReady(leaving.url)]);
  const id = await postJob(api.url, {
    input: { prompt: `[[job:${prefix}]] [[sim:submit=accept-then-hang]]` },
    webhook: { url: `${receiver.url}/hung` },
  });
  await eventually(() => expect(simulator.ledger.counters.submits).toBe(1));

  const { code, tookMs } = await stop(leaving, "SIGTERM");
  expect(code).toBe(0);
  expect(tookMs).toBeLessThan(SHUTDOWN_TIMEOUT_MS);
  expect((await readJob(api.url, id)).status).toBe("unconfirmed");
  await startWorker(environment);
  await receiver.waitFor(({ path }) => path === "/hung", 30_000);
  expect([...postbox.newsAt("/hung").keys()]).toEqual(["job.unconfirmed"]);
  expect(simulator.ledger.counters.submits).toBe(1);
});

async function stop(program: Program, signal: "SIGTERM" | "SIGINT") {
  const askedAt = performance.now();
  await program.kill(signal);
  const { code } = await program.ended;
  return { code, tookMs: performance.now() - askedAt };
}
