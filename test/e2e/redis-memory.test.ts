// Redis runs out of memory. New jobs are refused while there is still room to finish those that are accepted; and when
// there is none left, nothing is bought, what was bought is written down all the same, and everything goes on by itself
// when there is memory again.
import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import { expect, onTestFinished, test } from "vitest";
import { eventually } from "../support/eventually.ts";
import { testPrefix } from "../support/redis.ts";
import { get, post, postJob, readJob, untilReady } from "./support/caller.ts";
import { type Program, startApi, startWorker } from "./support/program.ts";
import { type Servers, startServers } from "./support/servers.ts";
import { settings } from "./support/settings.ts";

/** Longer than BullMQ waits after an error before it tries again. */
const STARVED_MS = 20_000;
/** What two workers may say in that time: each loop says each error once in ten seconds. */
const MOST_LINES = 150;
const GOES_ON_WITHIN_MS = 60_000;

test("memory used to 85 % -> new jobs are 503 memory_full, repeats are answered, work under way is finished and told", async () => {
  const { servers, prefix, api } = await startAll(1);
  const accepted = { body: jobOf(servers, `${prefix}-first`, "[[sim:gen=3000]]"), idempotencyKey: "first" };
  const id = await made(await post(api.url, accepted.body, accepted));
  await setMemory(servers, (used) => used / 0.85);

  const refused = await post(api.url, jobOf(servers, `${prefix}-second`, ""), { idempotencyKey: "second" });
  expect(refused.status).toBe(503);
  expect(refused.headers["retry-after"]).toBe("30");
  expect(refused.body).toMatchObject({
    code: "memory_full",
    detail: expect.stringMatching(
      /^Redis has used 8\d % of its memory, and from 80 % on new jobs are refused/,
    ),
  });
  const repeat = await post(api.url, accepted.body, accepted);
  expect([repeat.status, repeat.body]).toEqual([200, expect.objectContaining({ id })]);
  expect((await get(`${api.url}/readyz`)).status).toBe(200);
  await eventually(
    async () => expect(told(servers, `${prefix}-first`)).toEqual([["job.succeeded", 1, 1]]),
    30_000,
  );

  await setMemory(servers, () => 0);
  await made(await post(api.url, jobOf(servers, `${prefix}-second`, ""), { idempotencyKey: "second" }));
  await eventually(
    async () => expect(told(servers, `${prefix}-second`)).toEqual([["job.succeeded", 1, 1]]),
    30_000,
  );
  expect(servers.simulator.ledger.tasksOf(`${prefix}-second`)).toHaveLength(1);
});

test("no memory left in mid-run -> nothing more is bought, what was bought is written down, few words; with memory again all go on", async () => {
  const { servers, prefix, api, workers } = await startAll(2);
  const { ledger } = servers.simulator;
  const marks = Array.from({ length: 40 }, (_, n) => `${prefix}-${n}`);
  const orders = "[[sim:gen=1500]] [[sim:submit=accept-then-late:1500]]";
  const ids = await Promise.all(marks.map((mark) => postJob(api.url, jobOf(servers, mark, orders))));
  // In the middle of it: requests that buy are under way, and others wait.
  await eventually(() => expect(ledger.tasks.length).toBeGreaterThan(8), 30_000);
  await setMemory(servers, () => 1);
  const before = workers.map(({ log }) => log.length);
  const soldAt = performance.now();

  const bought = () => marks.filter((mark) => ledger.tasksOf(mark).length > 0);
  await eventually(async () => {
    const known = await Promise.all(ids.map((id) => readJob(api.url, id)));
    expect(known.filter(({ tasks }) => tasks.length > 0)).toHaveLength(bought().length);
    expect(known.filter(({ status }) => status === "submitting")).toEqual([]);
  });
  const sold = ledger.tasks.length;
  await sleep(STARVED_MS - (performance.now() - soldAt));
  expect(ledger.tasks).toHaveLength(sold);
  expect(sold).toBeLessThan(marks.length);
  const said = workers.flatMap(({ log }, n) => log.slice(before[n]));
  const counts = Map.groupBy(said, ({ msg }) => msg);
  process.stdout.write(
    `\nOut of memory for ${STARVED_MS / 1000} s, two workers said: ${[...counts].map(([msg, lines]) => `${lines.length} ${msg}`).join(", ")}\n`,
  );
  expect(said.length).toBeLessThan(MOST_LINES);
  expect((await post(api.url, jobOf(servers, "never", ""))).status).toBe(503);
  expect(await Promise.all(workers.map(livezOf))).toEqual([200, 200]);

  await setMemory(servers, () => 0);
  const raisedAt = performance.now();
  await eventually(() => expect(ledger.tasks.length).toBeGreaterThan(sold), GOES_ON_WITHIN_MS);
  const goesOnMs = performance.now() - raisedAt;
  await eventually(() => {
    expect(marks.map((mark) => told(servers, mark))).toEqual(marks.map(() => [["job.succeeded", 1, 1]]));
  }, GOES_ON_WITHIN_MS);
  process.stdout.write(
    `With memory again: buying after ${(goesOnMs / 1000).toFixed(1)} s, all told after ${((performance.now() - raisedAt) / 1000).toFixed(1)} s\n`,
  );
  expect(marks.map((mark) => ledger.tasksOf(mark).length)).toEqual(marks.map(() => 1));
  expect(ledger.tasksOf("never")).toEqual([]);
});

async function startAll(count: number) {
  const servers = await startServers();
  const prefix = testPrefix();
  const places = { redis: servers.redis.url, novita: servers.simulator.url, prefix };
  const environment = settings(places, { SUBMIT_TIMEOUT_MS: "10000", SHUTDOWN_TIMEOUT_MS: "20000" });
  const api = await startApi(environment);
  const workers = await Promise.all(Array.from({ length: count }, () => startWorker(environment)));
  await Promise.all([untilReady(api.url), ...workers.map(({ url }) => untilReady(url))]);
  return { servers, prefix, api, workers };
}

/** `most`: from what is used now, in bytes. */
async function setMemory({ redis }: Servers, most: (used: number) => number): Promise<void> {
  const client = new Redis(redis.url);
  onTestFinished(() => client.disconnect());
  const used = Number(/used_memory:(\d+)/.exec(await client.info("memory"))?.[1]);
  await client.config("SET", "maxmemory", String(Math.ceil(most(used))));
}

const jobOf = ({ receiver }: Servers, mark: string, orders: string) => ({
  input: { prompt: `[[job:${mark}]] ${orders}` },
  webhook: { url: `${receiver.url}/${mark}` },
});

async function made(answer: Awaited<ReturnType<typeof post>>): Promise<string> {
  expect(answer).toMatchObject({ status: 202, body: { id: expect.any(String) } });
  return String(new URL(String(answer.headers["location"]), "http://x").pathname.split("/").at(-1));
}

const told = ({ postbox }: Servers, mark: string) =>
  [...postbox.newsAt(`/${mark}`)].map(([type, { ids, bodies }]) => [type, ids.size, bodies.size]);

const livezOf = async ({ url }: Program): Promise<number> => (await get(`${url}/livez`)).status;
