// Workers are killed in the middle of their deliveries, over and over. What a receiver took before its worker could write
// it down comes again, with the same id and the same bytes; nothing else shows.
import { randomInt } from "node:crypto";
import { expect, test } from "vitest";
import { eventually } from "../support/eventually.ts";
import { testPrefix } from "../support/redis.ts";
import { expectWhole, openDeliveries, sortArrivals } from "./support/deliveries.ts";
import { type Program, startWorker } from "./support/program.ts";
import { startServers } from "./support/servers.ts";
import { settings } from "./support/settings.ts";

const TENANTS = ["acme", "umbra", "hooli", "initech", "tyrell"];
const KILLS = 20;
/** Jobs that end before each kill; each is told twice. */
const BATCH = 25;
const DELIVERIES = 2 * BATCH * KILLS;
/** Entries that a dead worker has in hand are found within 45 s. */
const DELIVERED_WITHIN_MS = 120_000;

test(`${KILLS} SIGKILLs during ${DELIVERIES} deliveries -> all delivered, with one id and one body each, no place leaked`, async () => {
  const servers = await startServers();
  const prefix = testPrefix();
  const places = { redis: servers.redis.url, novita: servers.simulator.url, prefix };
  const environment = settings(places);
  const deliveries = openDeliveries(servers, prefix, "answer=204&delay=100");
  for (const tenant of TENANTS) await deliveries.addEndpoint(tenant);
  const { received } = servers.receiver;

  const ends: (NodeJS.Signals | null)[] = [];
  let [victim, other] = await Promise.all([startWorker(environment), startWorker(environment)]);
  for (let kill = 0; kill < KILLS; kill++) {
    const wanted = received.length + randomInt(5, BATCH);
    const batch = Array.from({ length: BATCH }, (_, n) =>
      deliveries.endJob(TENANTS[n % TENANTS.length] ?? ""),
    );
    await eventually(() => expect(received.length).toBeGreaterThanOrEqual(wanted), DELIVERED_WITHIN_MS);
    await victim.kill("SIGKILL");
    await Promise.all(batch);
    ends.push((await victim.ended).signal);
    [victim, other] = [other, await startWorker(environment)];
  }
  const atLastKill = (await deliveries.read()).filter(({ record }) => record.status !== "delivered").length;

  const startedAt = performance.now();
  const all = await deliveries.untilDelivered(DELIVERED_WITHIN_MS);
  const restMs = performance.now() - startedAt;
  expect(ends).toEqual(Array.from({ length: KILLS }, () => "SIGKILL"));
  // They died in the middle of it.
  expect(atLastKill).toBeGreaterThan(0);
  const interrupted = all.filter(({ record }) => record.attempt > 1).length;
  expect(interrupted).toBeGreaterThan(KILLS / 2);
  expect(all).toHaveLength(DELIVERIES);
  const arrivals = sortArrivals(received);
  expectWhole(all, arrivals);
  await deliveries.untilPlacesFree();
  expectAlive([victim, other]);
  process.stdout.write(
    `\n${KILLS} kills: ${atLastKill} of ${all.length} were left after the last one, all delivered ${(restMs / 1000).toFixed(1)} s ` +
      `later; ${interrupted} took more than one attempt, ${received.length - all.length} came again\n`,
  );
});

const expectAlive = (workers: Program[]): void =>
  expect(workers.map(({ hasEnded }) => hasEnded)).toEqual([false, false]);
