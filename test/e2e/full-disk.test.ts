// The disk of the append-only file is full: Redis takes no more writes. Nothing is bought that could not be written down;
// what was bought just before is told of until it can be written; and all goes on by itself when there is room again.
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { buildReceiver } from "../../src/simulator/receiver.ts";
import { buildSimulator } from "../../src/simulator/simulator.ts";
import { eventually } from "../support/eventually.ts";
import { testPrefix } from "../support/redis.ts";
import { get, post, postJob, readJob, untilReady } from "./support/caller.ts";
import { prlimit, startRedisOnFullDisk } from "./support/full-disk.ts";
import { withTest } from "./support/on-end.ts";
import { openPostbox } from "./support/postbox.ts";
import { startApi, startWorker } from "./support/program.ts";
import { settings } from "./support/settings.ts";

const JOBS = 40;
const FULL_MS = 12_000;
/** What two workers may say meanwhile, beside what they have bought. */
const MOST_LINES = 250;
const GOES_ON_WITHIN_MS = 60_000;

test.skipIf(prlimit === null && !process.env["CI"])(
  "the disk fills up in mid-run -> 503, nothing more is bought; with room again none is lost, none paid twice, all told",
  async () => {
    const { redis, fillUp, freeUp } = await startRedisOnFullDisk();
    const simulator = buildSimulator({ settings: { generationMs: 1500 } });
    const receiver = buildReceiver();
    withTest(() => simulator.close());
    withTest(() => receiver.close());
    await Promise.all([simulator.listen(), receiver.listen()]);
    const postbox = openPostbox(receiver);
    const { ledger } = simulator;
    const prefix = testPrefix();
    const places = { redis: redis.url, novita: simulator.url, prefix };
    const environment = settings(places, {
      SUBMIT_TIMEOUT_MS: "10000",
      SHUTDOWN_TIMEOUT_MS: "20000",
      MAX_IN_FLIGHT: "8",
    });
    const [api, ...workers] = await Promise.all([
      startApi(environment),
      startWorker(environment),
      startWorker(environment),
    ]);
    await untilReady(api.url);
    const jobOf = (mark: string) => ({
      input: { prompt: `[[job:${mark}]] [[sim:submit=accept-then-late:1500]]` },
      webhook: { url: `${receiver.url}/${mark}` },
    });
    const marks = Array.from({ length: JOBS }, (_, n) => `${prefix}-${n}`);
    const ids = await Promise.all(marks.map((mark) => postJob(api.url, jobOf(mark))));
    await eventually(() => expect(ledger.tasks.length).toBeGreaterThan(8), 30_000);
    await fillUp(4096);
    const never = await eventually(async () => {
      const answer = await post(api.url, jobOf("never"));
      expect(answer.status).toBe(503);
      return answer;
    }, 20_000);
    expect(never.body).toMatchObject({ detail: expect.stringContaining("takes no writes") });
    const before = workers.map(({ log }) => log.length);
    const refusedAt = performance.now();
    // What is under way at this moment is answered within 1.5 s.
    await sleep(3000);
    const sold = ledger.tasks.length;
    await sleep(FULL_MS - (performance.now() - refusedAt));
    expect(ledger.tasks).toHaveLength(sold);
    expect(sold).toBeLessThan(JOBS);
    // It can still be read; but Redis itself says that it is not well, even to a PING.
    expect((await readJob(api.url, ids[0] ?? "")).status).toBeDefined();
    expect((await get(`${api.url}/readyz`)).status).toBe(503);
    for (const { url } of workers) expect((await get(`${url}/livez`)).status).toBe(200);
    const said = workers.flatMap(({ log }, n) => log.slice(before[n]));
    const counts = [...Map.groupBy(said, ({ msg }) => msg)].map(([msg, lines]) => `${lines.length} ${msg}`);
    expect(said.length).toBeLessThan(MOST_LINES);
    const unrecorded = said.filter(({ msg }) => msg === "submit.unrecorded");

    await freeUp();
    const freedAt = performance.now();
    await eventually(() => expect(ledger.tasks.length).toBeGreaterThan(sold), GOES_ON_WITHIN_MS);
    const buyingMs = performance.now() - freedAt;
    const newsAt = (mark: string) =>
      [...postbox.newsAt(`/${mark}`)].map(([type, news]) => [type, news.ids.size, news.bodies.size]);
    await eventually(
      () => expect(marks.map(newsAt)).toEqual(marks.map(() => [["job.succeeded", 1, 1]])),
      GOES_ON_WITHIN_MS,
    );
    const doneMs = performance.now() - freedAt;
    expect(marks.map((mark) => ledger.tasksOf(mark).length)).toEqual(marks.map(() => 1));
    const jobs = await Promise.all(ids.map((id) => readJob(api.url, id)));
    expect(jobs.map(({ tasks }) => tasks.length)).toEqual(ids.map(() => 1));
    // Should a worker have died meanwhile, its lines would have been all that is left of what it bought.
    expect(
      unrecorded.every((line) => line["outcome"] !== "accepted" || typeof line["task_id"] === "string"),
    ).toBe(true);
    process.stdout.write(
      `\nDisk full for ${FULL_MS / 1000} s, two workers said: ${counts.join(", ")}\n` +
        `With room again: buying after ${(buyingMs / 1000).toFixed(1)} s, all told after ${(doneMs / 1000).toFixed(1)} s\n`,
    );
  },
);
