// Whatever comes in whatever order, with workers that die and wake-ups that are lost: no cap is passed, no place leaks, and
// nobody stands in line for ever.
import * as fc from "fast-check";
import { expect, test } from "vitest";

import { makeKeys } from "../../../src/shared/store/keys.ts";
import { createPlaces } from "../../../src/shared/store/places.ts";
import type { Report } from "../../../src/shared/store/places.ts";
import { destination, holders } from "../../support/places.ts";
import { openTestLedger } from "../../support/ledger.ts";
import type { TestLedger } from "../../support/ledger.ts";
import { testPrefix } from "../../support/redis.ts";

const SHARE = 20;
const hosts = [0, 1, 2, 3, 4, 5].map((n) => destination(`host${n}.example`));

const reports: Report[] = [
  { road: "up", pace: "fast" },
  { road: "up", pace: "slow" },
  { road: "down", pace: "less" },
  { road: "down", pace: "same" },
  { road: "silent", pace: "same" },
];

type Step =
  | { does: "come"; host: number; count: number }
  | { does: "leave"; host: number; report: Report }
  | { does: "look"; host: number }
  | { does: "die"; host: number }
  | { does: "wait"; host: number };

const host = fc.nat({ max: hosts.length - 1 });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ does: fc.constant("come" as const), host, count: fc.integer({ min: 1, max: 9 }) }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ does: fc.constant("leave" as const), host, report: fc.constantFrom(...reports) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ does: fc.constantFrom("look" as const, "die" as const, "wait" as const), host }),
  },
);

async function take(ledger: TestLedger, one: Step, come: () => string): Promise<void> {
  const { redis, keys, places } = ledger;
  const to = hosts[one.host] ?? "";
  switch (one.does) {
    case "come":
      for (let n = 0; n < one.count; n++) await places.enter({ entry: come(), to });
      return;
    case "leave": {
      const [entry] = await holders(ledger, to);
      if (entry) await places.leave({ entry, to }, one.report);
      return;
    }
    case "look":
      return void (await places.lookAfter(to));
    case "die":
      return die(ledger, to);
    case "wait":
      return void (await redis.hset(keys.road(to), "openUntil", 1));
  }
}

/** All attempts that are under way there have begun, and are never heard of again. */
async function die({ redis, keys, ...ledger }: TestLedger, to: string): Promise<void> {
  for (const entry of await holders({ redis, keys, ...ledger }, to)) {
    await redis.zrem(keys.line(to), entry);
    for (const owner of [to, "acme"]) await redis.zadd(keys.places(owner), 1, entry);
  }
  if ((await redis.zcard(keys.line(to))) === 0) await redis.zrem(keys.lines, to);
}

async function checkCaps(ledger: TestLedger): Promise<void> {
  const { redis, keys } = ledger;
  expect((await holders(ledger, "acme")).length).toBeLessThanOrEqual(SHARE);
  for (const to of hosts) {
    expect((await holders(ledger, to)).length).toBeLessThanOrEqual(SHARE);
    const inLine = await redis.zcard(keys.line(to));
    expect((await redis.zscore(keys.lines, to)) !== null).toBe(inLine > 0);
  }
}

/** Everybody goes, and is followed: each look at the lines brings some of those who wait. */
async function serveAll(ledger: TestLedger, served: Set<string>): Promise<void> {
  const { redis, keys, places } = ledger;
  for (let round = 0; round < 200; round++) {
    for (const to of hosts) {
      await redis.hset(keys.road(to), "openUntil", 1);
      await places.lookAfter(to);
      for (const entry of await holders(ledger, to)) {
        served.add(entry);
        await places.leave({ entry, to }, { road: "up", pace: "fast" });
      }
    }
    if ((await redis.zcard(keys.lines)) === 0) return;
  }
}

test("any order of comings, goings, deaths and lost wake-ups -> no cap is passed, and all who stand in line are served", async () => {
  const shared = openTestLedger();
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60 }), async (steps) => {
      const keys = makeKeys(testPrefix());
      const places = createPlaces({ redis: shared.redis, keys, deliveryTimeoutMs: 15_000 });
      const ledger = { ...shared, keys, places };
      let count = 0;
      for (const each of steps) {
        await take(ledger, each, () => `dlv${1000 + count++}-1`);
        await checkCaps(ledger);
      }
      const { redis } = ledger;
      const waiting = (await Promise.all(hosts.map((to) => redis.zrange(keys.line(to), "0", "-1")))).flat();
      const served = new Set<string>();
      await serveAll(ledger, served);
      expect(waiting.filter((entry) => !served.has(entry))).toEqual([]);
      expect(await redis.zcard(keys.lines)).toBe(0);
      expect(await redis.exists(keys.ring("acme"))).toBe(0);
      expect(await holders(ledger, "acme")).toEqual([]);
    }),
    { numRuns: 25 },
  );
}, 60_000);
