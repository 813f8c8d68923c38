// A worker dies, stands still or leaves with attempts in its hands. Others make them again, and what it does late counts
// for nothing.
import { expect, test } from "vitest";
import { eventually } from "../support/eventually.ts";
import { testPrefix } from "../support/redis.ts";
import { postJob } from "./support/caller.ts";
import {
  type Deliveries,
  expectWhole,
  nameOf,
  openDeliveries,
  sortArrivals,
  type Told,
} from "./support/deliveries.ts";
import { withTest } from "./support/on-end.ts";
import { openOwnApi } from "./support/own-processes.ts";
import { startWorker } from "./support/program.ts";
import type { Words } from "./support/redis-gate.ts";
import { type Servers, startServers } from "./support/servers.ts";
import { settings } from "./support/settings.ts";
import { makeVersion } from "./support/version.ts";
import { kill, PATIENCE, startVictim } from "./support/victim.ts";
import { wakeUp } from "./support/writes.ts";

const WOKEN_WITHIN_MS = 30_000;
/** Entries of a worker that is gone are found within 45 s. */
const TAKEN_OVER_WITHIN_MS = 60_000;
const STALLS = 3;

const quickLocks = [
  { file: "src/worker/stages.ts", from: "lockDuration: 30_000", to: "lockDuration: 1000" },
  { file: "src/worker/stages.ts", from: "stalledInterval: 5000", to: "stalledInterval: 300" },
];

/** The first thing that Redis is asked about the places of a destination. */
const asksForPlace = (words: Words, prefix: string): boolean =>
  words.some((word) => word.startsWith(`{${prefix}}:places:`));

test.each([
  { name: "a place is asked for", write: asksForPlace },
  { name: "the queue is told", write: wakeUp("deliver") },
])(
  "SIGKILL after a job's end is written, before $name -> told at both addresses within 30 s",
  async ({ write }) => {
    const servers = await startServers();
    const { simulator, receiver } = servers;
    const prefix = testPrefix();
    const places = { redis: servers.redis.url, novita: simulator.url, prefix };
    const deliveries = openDeliveries(servers, prefix);
    await deliveries.addEndpoint("acme");
    const api = await openOwnApi(places, withTest);
    const stop = { when: "before", at: { write } } as const;
    const victim = await startVictim(servers, { stop, prefix, act: kill }, withTest);
    const id = await postJob(api, {
      input: { prompt: `[[job:${prefix}]]` },
      webhook: { url: `${receiver.url}/own-acme` },
    });
    await victim.sprung();
    expect((await victim.program.ended).signal).toBe("SIGKILL");
    expect(receiver.received).toEqual([]);
    const pending = await deliveries.ledger.deliveries.deliveriesOf(id);
    expect(pending.map(({ status, attempt }) => [status, attempt])).toEqual([
      ["pending", 0],
      ["pending", 0],
    ]);

    const rescuer = await startWorker(settings(places, PATIENCE));
    await rescuer.logged("worker.started");
    const startedAt = performance.now();
    await eventually(() => expect(sortArrivals(receiver.received).size).toBe(2), WOKEN_WITHIN_MS);
    expect(performance.now() - startedAt).toBeLessThan(WOKEN_WITHIN_MS);
    expect(receiver.received).toHaveLength(2);
    expect(simulator.ledger.tasksOf(prefix)).toHaveLength(1);
  },
);

test(`killed in each of ${STALLS} attempts in a row -> BullMQ has failed nothing, both deliveries arrive, numbered on`, async () => {
  const servers = await startServers();
  const { receiver } = servers;
  const { prefix, environment, deliveries, root } = await startQuick(servers, "answer=hang,hang,hang,204");
  await deliveries.endJob("acme");
  for (let stall = 1; stall <= STALLS; stall++) {
    const victim = await startWorker(environment, withTest, root);
    await eventually(() => expect(receiver.received).toHaveLength(2 * stall), TAKEN_OVER_WITHIN_MS);
    await victim.kill("SIGKILL");
  }
  await startWorker(environment, withTest, root);
  const all = await deliveries.untilDelivered(TAKEN_OVER_WITHIN_MS);
  expectWhole(all, sortArrivals(receiver.received));
  expect(all.map(({ record, attempts }) => [record.attempt, attempts.map(({ n }) => n)])).toEqual([
    [STALLS + 1, [STALLS + 1]],
    [STALLS + 1, [STALLS + 1]],
  ]);
  const { redis } = deliveries.ledger;
  for (const { record } of all) {
    const stalls = await redis.hget(`{${prefix}}:deliver:${record.id}-1`, "stc");
    expect(Number(stalls)).toBeGreaterThanOrEqual(STALLS);
  }
  expect(await redis.zcard(`{${prefix}}:deliver:failed`)).toBe(0);
  await deliveries.untilPlacesFree();
});

test("frozen in mid-attempt -> another worker delivers; thawed, its late results are not written", async () => {
  const servers = await startServers();
  const { receiver } = servers;
  const { environment, deliveries, root } = await startQuick(servers, "answer=hang,204");
  const frozen = await startWorker(environment, withTest, root);
  await deliveries.endJob("acme");
  await eventually(() => expect(receiver.received).toHaveLength(2));
  await frozen.kill("SIGSTOP");
  const other = await startWorker(environment, withTest, root);
  const delivered = await deliveries.untilDelivered(TAKEN_OVER_WITHIN_MS);
  // Whoever comes back finds nobody else at work.
  await other.kill("SIGTERM");
  await other.ended;

  await frozen.kill("SIGCONT");
  const late = await eventually(() => {
    const lines = frozen.log.filter(({ msg }) => msg === "delivery.attempted");
    expect(lines).toHaveLength(2);
    return lines;
  });
  expect(late.map((line) => [line["attempt"], line["status"]])).toEqual([
    [1, "superseded"],
    [1, "superseded"],
  ]);
  expect(await deliveries.read()).toEqual(delivered);
  expect(delivered.map(({ attempts }) => attempts.map(({ n, error_code: code }) => [n, code]))).toEqual([
    [[2, null]],
    [[2, null]],
  ]);
  expectWhole(delivered, sortArrivals(receiver.received));
});

const SHUTDOWN_TIMEOUT_MS = 15_000;

test.each([
  {
    name: "that end in time -> they are awaited, none comes twice",
    plan: "answer=204&delay=3500",
    timeoutMs: 5000,
    again: 0,
  },
  {
    name: "that do not end -> cut short, they alone come again",
    plan: "answer=hang,204",
    timeoutMs: 60_000,
    again: 1,
  },
])("SIGTERM with attempts under way $name; exit 0 in time", async ({ plan, timeoutMs, again }) => {
  const servers = await startServers();
  const { receiver } = servers;
  const prefix = testPrefix();
  const places = { redis: servers.redis.url, novita: servers.simulator.url, prefix };
  const environment = settings(places, {
    SHUTDOWN_TIMEOUT_MS: String(SHUTDOWN_TIMEOUT_MS),
    WEBHOOK_TIMEOUT_MS: String(timeoutMs),
  });
  const deliveries = openDeliveries(servers, prefix);
  const leaving = await startWorker(environment);
  // As many as a destination has places at first.
  await Promise.all(Array.from({ length: 5 }, () => deliveries.endJob("acme", plan)));
  await eventually(() => expect(receiver.received.length).toBe(5));
  await Promise.all(Array.from({ length: 25 }, () => deliveries.endJob("acme")));
  const askedAt = performance.now();
  await leaving.kill("SIGTERM");
  expect(await leaving.ended).toEqual({ code: 0, signal: null });
  expect(performance.now() - askedAt).toBeLessThan(SHUTDOWN_TIMEOUT_MS);
  const interrupted = await underWay(deliveries);
  expect(interrupted.length > 0).toBe(again > 0);
  expect((await deliveries.read()).filter(({ record }) => record.status === "pending")).not.toEqual([]);

  await startWorker(environment);
  const all = await deliveries.untilDelivered(TAKEN_OVER_WITHIN_MS);
  const arrivals = sortArrivals(receiver.received);
  expectWhole(all, arrivals);
  // Given back by whoever had them, long before they would have run out.
  await deliveries.untilPlacesFree(5000);
  const twice = all.filter(({ record }) => arrivals.get(nameOf(record))?.length !== 1);
  expect(twice.map(idOf).every((id) => interrupted.includes(id))).toBe(true);
});

const underWay = async (deliveries: Deliveries): Promise<string[]> =>
  (await deliveries.read()).filter(({ record }) => record.status === "delivering").map(idOf);

const idOf = ({ record }: Told): string => record.id;

async function startQuick(servers: Servers, plan: string) {
  const root = await makeVersion(quickLocks);
  const prefix = testPrefix();
  const places = { redis: servers.redis.url, novita: servers.simulator.url, prefix };
  // Without rescue, which would repair what BullMQ has failed.
  const environment = settings(places, { RESCUE_INTERVAL_S: "3600" });
  const deliveries = openDeliveries(servers, prefix, plan);
  await deliveries.addEndpoint("acme");
  return { root, prefix, environment, deliveries };
}
