// Redis goes away while deliveries are under way. What a receiver took meanwhile is written down when Redis is back, or
// comes again with the same id; the workers go on by themselves.
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { eventually } from "../support/eventually.ts";
import { testPrefix } from "../support/redis.ts";
import { get, untilReady } from "./support/caller.ts";
import { expectWhole, openDeliveries, sortArrivals } from "./support/deliveries.ts";
import { type Program, startWorker } from "./support/program.ts";
import { openRedisLine } from "./support/redis-line.ts";
import { type Servers, startServers } from "./support/servers.ts";
import { settings } from "./support/settings.ts";

const JOBS = 100;
const TENANTS = ["acme", "umbra"];
const CUT_MS = 10_000;
const RESTARTS = 3;
/** Entries whose locks ran out meanwhile are found within 45 s. */
const DELIVERED_WITHIN_MS = 90_000;

test(`Redis cut off for ${CUT_MS / 1000} s in mid-run -> unready meanwhile, then all delivered, by the same workers`, async () => {
  const servers = await startServers();
  const line = await openRedisLine(servers.redis.url);
  const { deliveries, workers } = await startRun(servers, line.url);
  const { received } = servers.receiver;
  await eventually(() => expect(received.length).toBeGreaterThan(JOBS / 4), 30_000);
  line.cut();
  await eventually(async () => {
    const answers = await Promise.all(workers.map(({ url }) => get(`${url}/readyz`)));
    expect(answers.map(({ status }) => status)).toEqual(workers.map(() => 503));
  });
  expect(received.length).toBeLessThan(2 * JOBS);
  await sleep(CUT_MS);
  line.mend();
  await Promise.all(workers.map(({ url }) => untilReady(url)));
  await expectNoneLost(servers, deliveries, workers);
});

test(`Redis killed and restarted ${RESTARTS} times in mid-run -> all delivered, by the same workers`, async () => {
  const servers = await startServers();
  const { deliveries, workers } = await startRun(servers, servers.redis.url);
  const { received } = servers.receiver;
  for (let restart = 1; restart <= RESTARTS; restart++) {
    await eventually(() => expect(received.length).toBeGreaterThan(restart * 25), DELIVERED_WITHIN_MS);
    expect(received.length).toBeLessThan(2 * JOBS);
    await servers.redis.kill("SIGKILL");
    await servers.redis.restart();
  }
  await expectNoneLost(servers, deliveries, workers);
});

async function startRun(servers: Servers, redis: string) {
  const prefix = testPrefix();
  const environment = settings({ redis, novita: servers.simulator.url, prefix });
  const deliveries = openDeliveries(servers, prefix, "answer=204&delay=300");
  for (const tenant of TENANTS) await deliveries.addEndpoint(tenant);
  const workers = await Promise.all([startWorker(environment), startWorker(environment)]);
  await Promise.all(workers.map(({ url }) => untilReady(url)));
  await Promise.all(
    Array.from({ length: JOBS }, (_, n) => deliveries.endJob(TENANTS[n % TENANTS.length] ?? "")),
  );
  return { deliveries, workers };
}

async function expectNoneLost(
  { receiver }: Servers,
  deliveries: ReturnType<typeof openDeliveries>,
  workers: Program[],
): Promise<void> {
  const all = await deliveries.untilDelivered(DELIVERED_WITHIN_MS);
  expect(all).toHaveLength(2 * JOBS);
  expectWhole(all, sortArrivals(receiver.received));
  await deliveries.untilPlacesFree();
  for (const worker of workers) await worker.kill("SIGTERM");
  const ends = await Promise.all(workers.map(({ ended }) => ended));
  // A rejection that nobody handles makes it end by itself, and not with 0.
  expect(ends).toEqual(workers.map(() => ({ code: 0, signal: null })));
  expect(workers.flatMap(({ log }) => log.filter(({ level }) => level === "fatal"))).toEqual([]);
}
