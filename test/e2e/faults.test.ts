// 500 jobs meet every fault that the simulator knows, two workers share them, and receivers misbehave as well. What each
// job must come to is read from its fault, in a table that knows nothing of the product.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { seededRandom } from "../../src/simulator/random.ts";
import { eventually } from "../support/eventually.ts";
import { testPrefix } from "../support/redis.ts";
import { acme, postJob, readJob, type Tenant, umbra, untilReady, type WireJob } from "./support/caller.ts";
import { type FaultRow, faultTable, receiverPlans } from "./support/fault-table.ts";
import { collectUndos } from "./support/on-end.ts";
import type { News } from "./support/postbox.ts";
import { startApi, startWorker } from "./support/program.ts";
import { type Servers, startServers } from "./support/servers.ts";
import { settings } from "./support/settings.ts";
import { createTurns } from "./support/turns.ts";

const JOBS = 500;
/** Room for those whose slot is kept because nobody knows what became of them: some seventy of the table. */
const MAX_IN_FLIGHT = "160";
const DONE_WITHIN_MS = 150_000;

/** A job as it was ordered, and what became of it. */
type Case = { n: number; tenant: Tenant; row: FaultRow; plan: (typeof receiverPlans)[number] };
type Result = { job: WireJob; tasks: number; webhooks: News };

const table = faultTable(JOBS);
const cases: Case[] = shuffle(table.flatMap((row) => Array.from({ length: row.jobs }, () => row))).map(
  (row, n) => ({
    n,
    row,
    tenant: n % 3 === 0 ? umbra : acme,
    plan: receiverPlans[n % receiverPlans.length] ?? { answers: "204", atLeast: 1 },
  }),
);
const results = new Map<Case, Result>();
const { onEnd, undoAll } = collectUndos();
let servers: Servers;

beforeAll(async () => {
  servers = await startServers(onEnd, (path) => cases[Number(path.slice(1))]?.tenant ?? acme);
  const { redis, simulator } = servers;
  const environment = settings(
    { redis: redis.url, novita: simulator.url, prefix: testPrefix() },
    { MAX_IN_FLIGHT, TASK_LOST_GRACE_S: "1", RECOVERY_POLL_MS: "1000" },
  );
  const api = await startApi(environment, onEnd);
  await Promise.all([startWorker(environment, onEnd), startWorker(environment, onEnd), untilReady(api.url)]);
  const startedAt = performance.now();
  const takeTurn = createTurns(20);
  const ids = await Promise.all(cases.map((one) => takeTurn(() => submit(api.url, one))));
  await eventually(() => {
    const untold = cases.filter((one) => !isTold(one)).map(nameOf);
    if (untold.length > 0) throw new Error(`${untold.length} not told: ${untold.slice(0, 20).join(", ")}`);
  }, DONE_WITHIN_MS);
  const tookMs = performance.now() - startedAt;
  for (const [n, one] of cases.entries()) results.set(one, await read(api.url, ids[n] ?? "", one));
  printTable(tookMs);
}, 240_000);

afterAll(undoAll);

describe("500 jobs with mixed faults", () => {
  test("the table -> has 500 jobs, most of them with a fault", () => {
    expect(results.size).toBe(JOBS);
    expect(cases.filter(({ row }) => row.orders !== "no fault").length).toBeGreaterThan(JOBS / 2);
  });

  test.each(table)("$orders$choice -> $ends.status, $ends.code, $ends.tasks paid, $ends.events", (row) => {
    const own = [...results].filter(([one]) => one.row === row);
    expect(own).toHaveLength(row.jobs);
    const hasVideo = row.ends.status === "succeeded";
    for (const [, { job, tasks, webhooks }] of own) {
      const end = { status: job.status, code: job.error?.code ?? null, tasks, events: [...webhooks.keys()] };
      expect({ ...end, hasVideo: job.video !== null }).toEqual({ ...row.ends, hasVideo });
    }
  });

  test("paid tasks -> never more than one a job, each known to its job unless its answer was lost", () => {
    const sold = servers.simulator.ledger.tasks.map(({ job }) => job);
    expect(new Set(sold).size).toBe(sold.length);
    expect(sold.length).toBe(cases.reduce((sum, { row }) => sum + row.ends.tasks, 0));
    const succeeded = [...results.values()].filter(({ job }) => job.status === "succeeded");
    expect(succeeded.map(({ tasks, job }) => [tasks, job.tasks.length])).toEqual(succeeded.map(() => [1, 1]));
  });

  test("each event -> came until its receiver was content, with one id, one body and a good signature", () => {
    const told = [...results].map(([{ n, row, plan }, { webhooks }]) => {
      const all = [...webhooks.values()];
      const isEnough = servers.postbox.countAt(`/${n}`) >= row.ends.events.length + plan.atLeast - 1;
      return { n, isEnough, isOne: all.every(({ ids, bodies }) => ids.size === 1 && bodies.size === 1) };
    });
    expect(told.filter(({ isEnough, isOne }) => !isEnough || !isOne)).toEqual([]);
  });

  test("redirects of Novita -> never followed, least of all with the key", () => {
    expect(servers.simulator.ledger.counters.redirectsFollowed).toBe(0);
  });
});

const nameOf = ({ n, row }: Case): string => `${n}: ${row.orders}${row.choice}`;

function submit(api: string, { n, row, plan, tenant }: Case): Promise<string> {
  const prompt = `[[job:${n}]] ${row.orders}`;
  // Each job has a receiver of its own: one for all would be left alone for what some of them answer.
  const { port } = new URL(servers.receiver.url);
  const url = `http://receiver-${n}.localhost:${port}/${n}?answer=${plan.answers}`;
  return postJob(api, { input: { prompt }, webhook: { url }, ...row.body }, tenant);
}

/** The plan counts over all events of the URL: so many answers, and the last of them content. */
function isTold({ n, row, plan }: Case): boolean {
  const { newsAt, countAt } = servers.postbox;
  const isContent = countAt(`/${n}`) >= row.ends.events.length + plan.atLeast - 1;
  return isContent && row.ends.events.every((type) => newsAt(`/${n}`).has(type));
}

async function read(api: string, id: string, { n, tenant }: Case): Promise<Result> {
  return {
    job: await readJob(api, id, tenant),
    tasks: servers.simulator.ledger.tasksOf(String(n)).length,
    webhooks: servers.postbox.newsAt(`/${n}`),
  };
}

/** The same order each time. */
function shuffle<T>(items: T[]): T[] {
  const random = seededRandom(7);
  return items
    .map((item) => ({ item, place: random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item);
}

function printTable(tookMs: number): void {
  const ends = new Map<string, number>();
  for (const { job, tasks, webhooks } of results.values()) {
    const code = job.error ? `(${job.error.code})` : "";
    const end = `${job.status}${code}, ${tasks} paid, ${[...webhooks.keys()].join(" + ")}`;
    ends.set(end, (ends.get(end) ?? 0) + 1);
  }
  const lines = [...ends]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([end, count]) => `${String(count).padStart(4)}  ${end}`);
  const { submits } = servers.simulator.ledger.counters;
  const received = servers.receiver.received.length;
  const head = `${JOBS} jobs in ${Math.round(tookMs / 1000)} s: ${submits} POSTs to Novita, ${received} webhooks`;
  process.stdout.write(`\n${head}\n${lines.join("\n")}\n\n`);
}
