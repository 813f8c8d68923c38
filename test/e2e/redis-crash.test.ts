// Redis dies and comes back with its append-only file: what was acknowledged is still there, and what was bought is not
// bought again.
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { eventually } from "../support/eventually.ts";
import { testPrefix } from "../support/redis.ts";
import { get, post, postJob, readJob, untilReady } from "./support/caller.ts";
import { startApi, startWorker } from "./support/program.ts";
import { type Servers, startServers } from "./support/servers.ts";
import { settings } from "./support/settings.ts";

const JOBS = 60;
const CRASHES = 3;

/** So few fail at first that the receiver is not left alone for failing five times in a row. */
const answersOf = (n: number): number[] => (n % 5 === 0 ? [500, 204] : [204]);

test("Redis killed with SIGKILL three times in mid-run -> 60 jobs: none lost, none paid twice, all told", async () => {
  const servers = await startServers();
  const { redis, simulator } = servers;
  const prefix = testPrefix();
  const places = { redis: redis.url, novita: simulator.url, prefix };
  // A POST that is under way when Redis goes is answered when it is back, long before its time is up.
  const environment = settings(places, { SUBMIT_TIMEOUT_MS: "10000", SHUTDOWN_TIMEOUT_MS: "20000" });
  const api = await startApi(environment);
  await untilReady(api.url);
  const marks = Array.from({ length: JOBS }, (_, n) => `${prefix}-${n}`);
  const ids = await Promise.all(
    marks.map((mark, n) =>
      postJob(api.url, {
        input: { prompt: `[[job:${mark}]] [[sim:gen=1500]] [[sim:submit=accept-then-late:300]]` },
        webhook: { url: `${servers.receiver.url}/${mark}?answer=${answersOf(n).join(",")}` },
      }),
    ),
  );
  await Promise.all([startWorker(environment), startWorker(environment)]);

  for (let crash = 1; crash <= CRASHES; crash++) {
    // In the middle of it: some are bought since the last crash, and some are not yet.
    await eventually(() => {
      const sold = simulator.ledger.tasks.length;
      if (sold < crash * 12) throw new Error(`only ${sold} sold`);
    }, 30_000);
    const { submits } = simulator.ledger.counters;
    expect(submits).toBeLessThan(JOBS);
    await redis.kill("SIGKILL");
    await sleep(300);
    await redis.restart();
  }

  const jobs = await eventually(async () => {
    const now = await Promise.all(ids.map((id) => readJob(api.url, id)));
    expect(now.filter(({ status }) => status !== "succeeded").map(({ status }) => status)).toEqual([]);
    expect(marks.filter((mark, n) => servers.postbox.countAt(`/${mark}`) < answersOf(n).length)).toEqual([]);
    return now;
  }, 120_000);

  expect(marks.map((mark) => simulator.ledger.tasksOf(mark).length)).toEqual(marks.map(() => 1));
  expect(jobs.map(({ tasks }) => tasks.length)).toEqual(marks.map(() => 1));
  expect(newsOf(servers, marks)).toEqual(marks.map(() => [["job.succeeded", 1, 1]]));
});

test("Redis down at the start, there, lost and back -> the API says so at once, the worker waits, the work goes on", async () => {
  const servers = await startServers();
  const { redis, simulator } = servers;
  const environment = settings({ redis: redis.url, novita: simulator.url, prefix: testPrefix() });
  await redis.kill("SIGKILL");
  const [api, worker] = await Promise.all([startApi(environment), startWorker(environment)]);

  const isDown = async () => {
    expect(await statusOf(`${api.url}/livez`)).toBe(200);
    expect(await statusOf(`${worker.url}/livez`)).toBe(200);
    expect(await statusOf(`${api.url}/readyz`)).toBe(503);
    expect(await statusOf(`${worker.url}/readyz`)).toBe(503);
    const askedAt = performance.now();
    const answer = await post(api.url, job(servers, "never"));
    expect(answer.status).toBe(503);
    expect(answer.headers["retry-after"]).toBeDefined();
    expect(performance.now() - askedAt).toBeLessThan(2000);
  };
  const isUp = async (name: string) => {
    await redis.restart();
    await Promise.all([untilReady(api.url), untilReady(worker.url)]);
    expect(await statusOf(`${worker.url}/livez`)).toBe(200);
    await postJob(api.url, job(servers, name));
    await servers.receiver.waitFor(({ path }) => path === `/${name}`, 30_000);
    expect(newsOf(servers, [name])).toEqual([[["job.succeeded", 1, 1]]]);
    expect(simulator.ledger.tasksOf(name)).toHaveLength(1);
  };

  await isDown();
  await isUp("first");
  await redis.kill("SIGKILL");
  await eventually(isDown);
  await isUp("second");
  expect([api.hasEnded, worker.hasEnded]).toEqual([false, false]);
  expect(simulator.ledger.tasksOf("never")).toEqual([]);
});

const job = ({ receiver }: Servers, name: string) => ({
  input: { prompt: `[[job:${name}]]` },
  webhook: { url: `${receiver.url}/${name}` },
});

const statusOf = async (url: string): Promise<number> => (await get(url)).status;

/** For each path the types that came, with how many ids and bodies each has. */
const newsOf = ({ postbox }: Servers, paths: string[]) =>
  paths.map((path) =>
    [...postbox.newsAt(`/${path}`)].map(([type, { ids, bodies }]) => [type, ids.size, bodies.size]),
  );
