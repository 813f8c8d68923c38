// Workers that get a tenth of the processor: stopped for 450 ms, let go for 50, and again, so every timer is late and
// every answer waits. They are slow, and nothing worse.
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { eventually } from "../support/eventually.ts";
import { testPrefix } from "../support/redis.ts";
import { get, postJob, readHistory, readJob } from "./support/caller.ts";
import { openOwnApi } from "./support/own-processes.ts";
import { withTest } from "./support/on-end.ts";
import { type Program, startWorker } from "./support/program.ts";
import { startServers } from "./support/servers.ts";
import { settings } from "./support/settings.ts";
import { PATIENCE } from "./support/victim.ts";

const JOBS = 20;
const STARVED_MS = 30_000;
const [RUNS_MS, STANDS_MS] = [50, 450];
const TOLD_WITHIN_MS = 60_000;

test("two workers with a tenth of the processor for 30 s -> each job bought once and told, both well afterwards", async () => {
  const servers = await startServers();
  const { simulator } = servers;
  const prefix = testPrefix();
  const places = { redis: servers.redis.url, novita: simulator.url, prefix };
  const api = await openOwnApi(places, withTest);
  const environment = settings(places, PATIENCE);
  const workers = await Promise.all([startWorker(environment), startWorker(environment)]);
  await Promise.all(workers.map((worker) => worker.logged("worker.started")));
  const marks = Array.from({ length: JOBS }, (_, n) => `${prefix}-${n}`);
  const starved = starve(workers);
  const ids = await Promise.all(
    marks.map((mark, n) =>
      postJob(api, {
        input: { prompt: `[[job:${mark}]] [[sim:submit=accept-then-late:300]]` },
        webhook: { url: `${servers.receiver.url}/${mark}?answer=${answersOf(n).join(",")}` },
      }),
    ),
  );
  expect(await starved).toBeGreaterThan(50);
  const news = () => marks.map((mark) => servers.postbox.newsAt(`/${mark}`));
  await eventually(() => {
    const enough = (told: ReturnType<typeof news>[number], n: number) =>
      (told.get("job.succeeded")?.count ?? 0) >= answersOf(n).length;
    expect(news().filter((told, n) => !enough(told, n))).toEqual([]);
  }, TOLD_WITHIN_MS);

  expect(marks.map((mark) => simulator.ledger.tasksOf(mark).length)).toEqual(marks.map(() => 1));
  const jobs = await Promise.all(ids.map((id) => readJob(api, id)));
  expect(jobs.map(({ status, tasks }) => [status, tasks.length])).toEqual(ids.map(() => ["succeeded", 1]));
  for (const told of news())
    for (const { ids: events, bodies } of told.values()) expect([events.size, bodies.size]).toEqual([1, 1]);
  // At most one purchase was begun for each.
  const begins = await Promise.all(
    ids.map(
      async (id) => (await readHistory(api, id)).filter(({ transition }) => transition === "begin").length,
    ),
  );
  expect(begins.every((count) => count >= 1)).toBe(true);
  expect(await Promise.all(workers.map(async ({ url }) => (await get(`${url}/livez`)).status))).toEqual([
    200, 200,
  ]);
  for (const worker of workers) await worker.kill("SIGTERM");
  const ends = await Promise.all(workers.map(({ ended }) => ended));
  expect(ends).toEqual(workers.map(() => ({ code: 0, signal: null })));
  const late = jobs.filter((_, n) => news()[n]?.has("job.unconfirmed")).length;
  process.stdout.write(`\nStarved: ${JOBS} jobs, ${late} given up and then found to be bought\n`);
});

/** So few fail at first that the receiver is not left alone for failing five times in a row. */
const answersOf = (n: number): number[] => (n % 5 === 0 ? [500, 204] : [204]);

/** Returns how often they were stopped. */
async function starve(workers: Program[]): Promise<number> {
  let stops = 0;
  const endAt = performance.now() + STARVED_MS;
  while (performance.now() < endAt) {
    for (const worker of workers) await worker.kill("SIGSTOP");
    stops += 1;
    await sleep(STANDS_MS);
    for (const worker of workers) await worker.kill("SIGCONT");
    await sleep(RUNS_MS);
  }
  return stops;
}
