// Every worker is killed while deliveries have places and others stand in line: both are held by Redis alone.
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { putDelivery } from "../support/delivery.ts";
import { eventually } from "../support/eventually.ts";
import { openInbox } from "../support/isolation.ts";
import { openTestLedger } from "../support/ledger.ts";
import { testPrefix } from "../support/redis.ts";
import { startWorker } from "./support/program.ts";
import { startServers } from "./support/servers.ts";
import { settings } from "./support/settings.ts";

const COUNT = 40;
const CAP = 5;
/** The lease of a place: WEBHOOK_TIMEOUT_MS here and the margin; then the next look at the line. */
const GOES_ON_WITHIN_MS = 17_000 + 5000 + 5000;
/** What a worker had in hand when it died is found when its lock has run out. */
const ALL_WITHIN_MS = 60_000;

test("all workers are killed with five attempts open and 35 in line -> another one goes on when the places run out, and all arrive", async () => {
  const { redis, simulator } = await startServers();
  const prefix = testPrefix();
  const environment = settings({ redis: redis.url, novita: simulator.url, prefix });
  const ledger = openTestLedger({ prefix, url: redis.url });
  let isSlow = true;
  const inbox = await openInbox(async () => {
    await sleep(isSlow ? 1500 : 20);
    return 204;
  });
  const workers = await Promise.all([startWorker(environment), startWorker(environment)]);
  await Promise.all(workers.map((worker) => worker.logged("worker.started")));
  await Promise.all(
    Array.from({ length: COUNT }, (_, n) => putDelivery({ ledger }, {}, { url: `${inbox.url}/${n}` })),
  );
  await eventually(() => expect(inbox.count).toBe(CAP));
  await Promise.all(workers.map((worker) => worker.kill("SIGKILL")));
  expect(inbox.arrivedAt.size).toBe(CAP);
  isSlow = false;
  await startWorker(environment);
  await eventually(() => expect(inbox.arrivedAt.size).toBeGreaterThan(CAP), GOES_ON_WITHIN_MS);
  await eventually(() => expect(inbox.arrivedAt.size).toBe(COUNT), ALL_WITHIN_MS);
  const { keys } = ledger;
  await eventually(async () => {
    expect(await ledger.redis.zcard(keys.deliveriesBy("acme", "delivered"))).toBe(COUNT);
    expect(await ledger.redis.zcard(keys.lines)).toBe(0);
  }, ALL_WITHIN_MS);
  expect(inbox.count).toBeLessThanOrEqual(COUNT + CAP);
}, 180_000);
