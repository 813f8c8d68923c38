// Redis stands still (SIGSTOP: a swapped-out machine, a stalled disk) or answers slowly, in the middle of a run. Callers
// are told so in time, nobody buys twice, nothing is lost, and all goes on by itself.
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { eventually } from "../support/eventually.ts";
import { testPrefix } from "../support/redis.ts";
import { get, post, postJob, readJob, untilReady } from "./support/caller.ts";
import { type Program, startApi, startWorker } from "./support/program.ts";
import { type Servers, startServers } from "./support/servers.ts";
import { settings } from "./support/settings.ts";
import { openSlowRedis } from "./support/slow-redis.ts";

const JOBS = 30;
/** The API waits 1.5 s for Redis in each of the few things that it asks it for; a hang would be far beyond. */
const ANSWERED_WITHIN_MS = 5000;
const TOLD_WITHIN_MS = 90_000;

test.each([
  // Shorter than a submission may take, and than any lock.
  { frozenS: 10, submitTimeoutMs: 20_000, mayBeLate: false },
  // Longer than both: what was under way is given up, and what its worker learns later is kept.
  { frozenS: 40, submitTimeoutMs: 5000, mayBeLate: true },
])(
  "Redis frozen for $frozenS s in mid-run -> 503 in time, unready; then by itself: none lost, none paid twice, all told",
  async ({ frozenS, submitTimeoutMs, mayBeLate }) => {
    const { servers, api, workers, marks, ids } = await startRun(submitTimeoutMs);
    const { ledger } = servers.simulator;
    await eventually(() => expect(ledger.tasks.length).toBeGreaterThan(JOBS / 3), 30_000);
    expect(ledger.tasks.length).toBeLessThan(JOBS);
    const waitedMs = await freezeRedis(servers, api, workers, frozenS * 1000);
    const thawedAt = performance.now();
    await Promise.all([api, ...workers].map(({ url }) => untilReady(url)));
    const readyMs = performance.now() - thawedAt;
    const sold = ledger.tasks.length;
    await eventually(
      () => expect(ledger.tasks.length).toBeGreaterThan(Math.min(sold, JOBS - 1)),
      TOLD_WITHIN_MS,
    );
    const buyingMs = performance.now() - thawedAt;
    await untilTold(servers, marks);
    const doneMs = performance.now() - thawedAt;

    expect(waitedMs).toBeLessThan(ANSWERED_WITHIN_MS);
    const jobs = await Promise.all(ids.map((id) => readJob(api.url, id)));
    expect(jobs.map(({ status }) => status)).toEqual(ids.map(() => "succeeded"));
    expect(marks.map((mark) => ledger.tasksOf(mark).length)).toEqual(marks.map(() => 1));
    expect(jobs.map(({ tasks }) => tasks.length)).toEqual(ids.map(() => 1));
    for (const mark of marks) {
      const told = newsAt(servers, mark);
      const late = told.filter(([type]) => type !== "job.succeeded");
      expect(late.every(([type]) => mayBeLate && type === "job.unconfirmed")).toBe(true);
      expect(told.every(([, ids_, bodies]) => ids_ === 1 && bodies === 1)).toBe(true);
    }
    for (const { url } of [api, ...workers]) expect((await get(`${url}/livez`)).status).toBe(200);
    const lines = workers.map(({ log }) => log.length);
    process.stdout.write(
      `\nRedis frozen for ${frozenS} s: callers waited ${ms(waitedMs)} at most; ready after ${ms(readyMs)}, ` +
        `buying after ${ms(buyingMs)}, all told after ${ms(doneMs)}; lines of the workers: ${lines.join(", ")}\n`,
    );
  },
);

/** Returns how long callers had to wait for their 503 at most, in ms. */
async function freezeRedis(
  servers: Servers,
  api: Program,
  workers: Program[],
  forMs: number,
): Promise<number> {
  await servers.redis.kill("SIGSTOP");
  const frozenAt = performance.now();
  let waitedMs = 0;
  while (performance.now() - frozenAt < forMs) {
    const askedAt = performance.now();
    const answers = await Promise.all([post(api.url, jobOf(servers, "never", "")), get(`${api.url}/readyz`)]);
    expect(answers.map(({ status }) => status)).toEqual([503, 503]);
    expect(answers[0].headers["retry-after"]).toBeDefined();
    waitedMs = Math.max(waitedMs, performance.now() - askedAt);
    expect((await get(`${api.url}/livez`)).status).toBe(200);
    const asked = await Promise.all(
      workers.flatMap(({ url }) => [get(`${url}/readyz`), get(`${url}/livez`)]),
    );
    expect(asked.map(({ status }) => status)).toEqual(workers.flatMap(() => [503, 200]));
    await sleep(250);
  }
  await servers.redis.kill("SIGCONT");
  return waitedMs;
}

test("every command takes 200 ms longer -> jobs are accepted, bought once and told all the same", async () => {
  const servers = await startServers();
  const slow = await openSlowRedis(servers.redis.url, 200);
  const prefix = testPrefix();
  const places = { redis: slow, novita: servers.simulator.url, prefix };
  const environment = settings(places, { SUBMIT_TIMEOUT_MS: "10000", SHUTDOWN_TIMEOUT_MS: "20000" });
  const [api, ...workers] = await Promise.all([
    startApi(environment),
    startWorker(environment),
    startWorker(environment),
  ]);
  await untilReady(api.url);
  const marks = Array.from({ length: JOBS }, (_, n) => `${prefix}-${n}`);
  const startedAt = performance.now();
  const ids = await Promise.all(
    marks.map((mark) => postJob(api.url, jobOf(servers, mark, "[[sim:gen=1000]]"))),
  );
  const acceptedMs = performance.now() - startedAt;
  await untilTold(servers, marks);
  const doneMs = performance.now() - startedAt;

  const jobs = await Promise.all(ids.map((id) => readJob(api.url, id)));
  expect(jobs.map(({ status }) => status)).toEqual(ids.map(() => "succeeded"));
  expect(marks.map((mark) => servers.simulator.ledger.tasksOf(mark).length)).toEqual(marks.map(() => 1));
  expect(marks.map((mark) => newsAt(servers, mark))).toEqual(marks.map(() => [["job.succeeded", 1, 1]]));
  for (const worker of workers) await worker.kill("SIGTERM");
  expect(await Promise.all(workers.map(({ ended }) => ended))).toEqual(
    workers.map(() => ({ code: 0, signal: null })),
  );
  process.stdout.write(
    `\n200 ms more for each command: ${JOBS} jobs accepted in ${ms(acceptedMs)}, all told in ${ms(doneMs)}\n`,
  );
});

async function startRun(submitTimeoutMs: number) {
  const servers = await startServers();
  const prefix = testPrefix();
  const places = { redis: servers.redis.url, novita: servers.simulator.url, prefix };
  const environment = settings(places, {
    SUBMIT_TIMEOUT_MS: String(submitTimeoutMs),
    SHUTDOWN_TIMEOUT_MS: String(submitTimeoutMs + 15_000),
    MAX_IN_FLIGHT: "8",
  });
  const [api, ...workers] = await Promise.all([
    startApi(environment),
    startWorker(environment),
    startWorker(environment),
  ]);
  await untilReady(api.url);
  const marks = Array.from({ length: JOBS }, (_, n) => `${prefix}-${n}`);
  const orders = "[[sim:gen=1000]] [[sim:submit=accept-then-late:300]]";
  const ids = await Promise.all(marks.map((mark) => postJob(api.url, jobOf(servers, mark, orders))));
  return { servers, api, workers, marks, ids };
}

const untilTold = (servers: Servers, marks: string[]) =>
  eventually(() => {
    const untold = marks.filter((mark) => !newsAt(servers, mark).some(([type]) => type === "job.succeeded"));
    expect(untold).toEqual([]);
  }, TOLD_WITHIN_MS);

const jobOf = ({ receiver }: Servers, mark: string, orders: string) => ({
  input: { prompt: `[[job:${mark}]] ${orders}` },
  webhook: { url: `${receiver.url}/${mark}` },
});

/** The types that came, each with how many ids and bodies it has. */
const newsAt = ({ postbox }: Servers, mark: string): [string, number, number][] =>
  [...postbox.newsAt(`/${mark}`)].map(([type, { ids, bodies }]) => [type, ids.size, bodies.size]);

const ms = (duration: number): string => `${(duration / 1000).toFixed(1)} s`;
