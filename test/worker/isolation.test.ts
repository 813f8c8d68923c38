// One slow or dead receiver must not hold up the others: the real loop of a worker, real queues and real listeners.
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";

import { destinationOf } from "../../src/shared/destination.ts";
import { putDelivery, readDelivery } from "../support/delivery.ts";
import { eventually } from "../support/eventually.ts";
import { openInbox, p95, startDelivering } from "../support/isolation.ts";
import type { Inbox } from "../support/isolation.ts";
import { liveEntries, openTestLedger } from "../support/ledger.ts";
import type { TestLedger } from "../support/ledger.ts";

const SHARE = 20;
const FIRST_CAP = 5;
const SLOW_MS = 2000;
const LIMIT_MS = 250;

const at = (ms: number) => async () => {
  await sleep(ms);
  return 204;
};
const atOnce = async () => 204;

type Sending = { tenant?: string; count: number; urlOf?: (n: number) => string };

/** Raises so many events, all at once, and returns their deliveries. */
const raise = (ledger: TestLedger, inbox: Inbox, { tenant = "acme", count, urlOf }: Sending) =>
  Promise.all(
    Array.from({ length: count }, (_, n) =>
      putDelivery({ ledger }, {}, { tenant, url: `${inbox.url}/${urlOf ? urlOf(n) : "in"}` }),
    ),
  );

/** One event after the other, so many a second; returns how long each took from the moment before it was raised to its receipt. */
async function measure(ledger: TestLedger, inbox: Inbox, tenant: string, count: number): Promise<number[]> {
  const raisedAt = new Map<string, number>();
  for (let n = 0; n < count; n++) {
    const from = performance.now();
    raisedAt.set((await putDelivery({ ledger }, {}, { tenant, url: `${inbox.url}/in` })).eventId, from);
    await sleep(20);
  }
  await eventually(() => expect(inbox.arrivedAt.size).toBe(count));
  return [...raisedAt].map(([id, from]) => (inbox.arrivedAt.get(id) ?? Infinity) - from);
}

describe("500 deliveries to an endpoint that takes two seconds for each", () => {
  test.each([
    ["another tenant's", "globex"],
    ["the same tenant's, to another host,", "acme"],
  ])("%s deliveries -> 95 % within a quarter of a second", async (_, tenant) => {
    const ledger = openTestLedger();
    const [slow, other] = [await openInbox(at(SLOW_MS)), await openInbox(atOnce)];
    startDelivering(ledger);
    await raise(ledger, slow, { count: 500 });
    await eventually(() => expect(slow.count).toBe(FIRST_CAP));
    const latencies = await measure(ledger, other, tenant, 60);
    expect(p95(latencies)).toBeLessThan(LIMIT_MS);
    expect(slow.most).toBe(FIRST_CAP);
  });
});

describe("one slow host", () => {
  // 1,000 stand for 10,000: what counts is that there are many more than there are slots.
  test("1,000 deliveries to as many URLs of it -> one destination: never more than its cap at once, others are not slowed", async () => {
    const ledger = openTestLedger();
    const [slow, other] = [await openInbox(at(SLOW_MS)), await openInbox(atOnce)];
    startDelivering(ledger);
    await raise(ledger, slow, { count: 1000, urlOf: (n) => `hook/${n}?token=${n}` });
    expect((await liveEntries(ledger, "deliver")).length).toBeLessThanOrEqual(FIRST_CAP);
    expect(p95(await measure(ledger, other, "acme", 40))).toBeLessThan(LIMIT_MS);
    await eventually(() => expect(slow.count).toBeGreaterThan(2 * FIRST_CAP));
    expect(slow.most).toBe(FIRST_CAP);
  });

  test("it gets quick -> all that waits for it is delivered, once each, and at more at once than in the beginning", async () => {
    const ledger = openTestLedger();
    let ms = 300;
    const inbox = await openInbox(() => at(ms)());
    startDelivering(ledger);
    const deliveries = await raise(ledger, inbox, { count: 300 });
    await eventually(() => expect(inbox.count).toBeGreaterThan(0));
    ms = 10;
    await eventually(() => expect(inbox.arrivedAt.size).toBe(300));
    await eventually(async () => {
      for (const { id } of deliveries) expect((await readDelivery({ ledger }, id)).status).toBe("delivered");
    });
    expect(inbox.count).toBe(300);
    expect(inbox.most).toBeGreaterThan(FIRST_CAP);
    expect(inbox.most).toBeLessThanOrEqual(SHARE);
    const to = destinationOf("acme", inbox.url);
    expect(await ledger.redis.exists(ledger.keys.line(to), ledger.keys.places(to))).toBe(0);
  });
});

describe("a tenant", () => {
  test("eight slow hosts of one tenant -> 40 % of the worker's slots at once, and another tenant's deliveries are not slowed", async () => {
    const ledger = openTestLedger();
    const slow = await Promise.all(Array.from({ length: 8 }, () => openInbox(at(SLOW_MS))));
    const other = await openInbox(atOnce);
    startDelivering(ledger);
    for (const inbox of slow) await raise(ledger, inbox, { count: 20 });
    const openNow = async () => ledger.motor.queues.deliver.getActiveCount();
    await eventually(async () => expect(await openNow()).toBe(SHARE));
    expect(p95(await measure(ledger, other, "globex", 40))).toBeLessThan(LIMIT_MS);
    expect(slow.reduce((sum, { most }) => sum + most, 0)).toBeGreaterThanOrEqual(SHARE);
    await eventually(() => expect(Math.min(...slow.map(({ count }) => count))).toBeGreaterThan(0));
  });

  test("2,000 deliveries of one tenant, then ten of another -> those ten are delivered at once", async () => {
    const ledger = openTestLedger();
    const [many, few] = [await openInbox(at(50)), await openInbox(atOnce)];
    await raise(ledger, many, { count: 2000 });
    expect((await liveEntries(ledger, "deliver")).length).toBeLessThanOrEqual(SHARE);
    await raise(ledger, few, { tenant: "globex", count: 10 });
    startDelivering(ledger);
    await eventually(() => expect(few.arrivedAt.size).toBe(10));
    expect(many.count).toBeLessThan(100);
  });
});
