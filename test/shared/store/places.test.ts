// Who gets a place: decided by scripts on a real Redis, by its clock.
import { describe, expect, test } from "vitest";

import { nothingLearnt, SLOTS } from "../../../src/shared/store/places.ts";
import type { Report, Seat } from "../../../src/shared/store/places.ts";
import { muster as musterAs } from "../../../src/worker/crew.ts";
import { destination, enterAll, holders, runOut, seatsAt, waitOut } from "../../support/places.ts";
import { openTestLedger } from "../../support/ledger.ts";
import type { TestLedger } from "../../support/ledger.ts";

const slow = destination("slow.example");
const quick = destination("quick.example");
const SHARE = SLOTS * 0.4;

const fast: Report = { road: "up", pace: "fast" };
const slowly: Report = { road: "up", pace: "slow" };
const refused: Report = { road: "up", pace: "same" };
const overloaded: Report = { road: "down", pace: "less" };
const failed: Report = { road: "down", pace: "same" };

const names = (seats: Seat[]): string[] => seats.map(({ entry }) => entry);

/** A worker says that it is there. */
const muster = (ledger: TestLedger, worker: string) =>
  musterAs({ ...ledger, doorman: { lookAfter: async () => undefined } }, worker);

/** Comes, and comes back with this. */
async function visit({ places }: TestLedger, to: string, report: Report, entry = "visitor-1") {
  await places.enter({ entry, to });
  return places.leave({ entry, to }, report);
}

async function visits(ledger: TestLedger, to: string, ...reports: Report[]): Promise<string[]> {
  const turns: string[] = [];
  for (const report of reports) turns.push((await visit(ledger, to, report)).turned);
  return turns;
}

const capOf = async ({ redis, keys }: TestLedger, to: string) =>
  Number((await redis.hget(keys.road(to), "cap")) ?? 5);

const openMsOf = async ({ redis, keys }: TestLedger, to: string) =>
  Number(await redis.hget(keys.road(to), "openMs"));

describe("a destination", () => {
  test("eight come -> five get a place; each that leaves is followed by the one that has waited longest", async () => {
    const ledger = openTestLedger();
    const seats = seatsAt(slow, 8);
    expect(await enterAll(ledger, seats)).toEqual(names(seats.slice(0, 5)));
    const followers: Seat[] = [];
    for (const seat of seats.slice(0, 3)) followers.push(...(await ledger.places.leave(seat)).told);
    expect(followers).toEqual(seats.slice(5));
    expect(await holders(ledger, slow)).toHaveLength(5);
  });

  test("it is full -> another destination of the tenant, and the same host of another tenant, are not", async () => {
    const ledger = openTestLedger();
    await enterAll(ledger, seatsAt(slow, 30));
    const others = [
      ...seatsAt(quick, 5, "quick"),
      ...seatsAt(destination("slow.example", "globex"), 5, "foreign"),
    ];
    expect(await enterAll(ledger, others)).toEqual(names(others));
  });

  test("whoever asks again -> keeps the place that it has, and its turn in line", async () => {
    const ledger = openTestLedger();
    const [first, ...others] = seatsAt(slow, 8);
    if (!first) throw new Error("nobody");
    await enterAll(ledger, [first, ...others]);
    expect(await enterAll(ledger, [first, ...others])).toEqual(names([first, ...others.slice(0, 4)]));
    expect((await ledger.places.leave(first)).told).toEqual(others.slice(4, 5));
  });

  test.each([
    ["is overloaded again and again", [overloaded, overloaded, overloaded], 1],
    ["is overloaded once", [overloaded], 2],
    ["answers 429", [{ road: "up", pace: "less" } as const], 2],
    ["takes two events after that", [overloaded, slowly, fast], 4],
    ["takes six events slowly", Array.from({ length: 6 }, () => slowly), 5],
    ["takes six events quickly", Array.from({ length: 6 }, () => fast), 11],
    ["takes a hundred events quickly", Array.from({ length: 100 }, () => fast), SHARE],
    ["gets slow", [...Array.from({ length: 6 }, () => fast), slowly], 5],
    ["refuses", [refused, failed, nothingLearnt], 5],
  ])("it %s -> so many places: %#", async (_, reports, cap) => {
    const ledger = openTestLedger();
    await visits(ledger, slow, ...reports);
    expect(await capOf(ledger, slow)).toBe(cap);
    expect(await enterAll(ledger, seatsAt(slow, 40))).toHaveLength(cap);
  });

  test("a place has run out -> whoever is next in line gets it when the line is looked after", async () => {
    const ledger = openTestLedger();
    const seats = seatsAt(slow, 12);
    await enterAll(ledger, seats);
    // Their attempts have begun, so they are in line no more.
    await ledger.redis.zrem(ledger.keys.line(slow), ...names(seats.slice(0, 5)));
    expect(await ledger.places.lookAfter(slow)).toEqual([]);
    await runOut(ledger, slow, "acme");
    expect(await ledger.places.lookAfter(slow)).toEqual(seats.slice(5, 10));
  });

  test("whoever got a place was not told -> is told again when the line is looked after", async () => {
    const ledger = openTestLedger();
    const seats = seatsAt(slow, 7);
    await enterAll(ledger, seats);
    expect(await ledger.places.lookAfter(slow)).toEqual([]);
    for (const owner of [slow, "acme"]) {
      for (const { entry } of seats.slice(0, 5)) {
        await ledger.redis.zincrby(ledger.keys.places(owner), -4000, entry);
      }
    }
    expect(await ledger.places.lookAfter(slow)).toEqual(seats.slice(0, 5));
  });

  test("nobody comes any more -> its keys go by themselves", async () => {
    const ledger = openTestLedger();
    const seats = seatsAt(slow, 9);
    await enterAll(ledger, seats);
    for (const seat of seats) await ledger.places.leave(seat, failed);
    const { redis, keys } = ledger;
    await redis.zadd(keys.openRoads, 1, slow);
    await redis.zadd(keys.served, 1, "acme");
    await muster(ledger, "a");
    await redis.del(keys.crew);
    const left = await redis.keys(`${keys.queues}:*`);
    expect(left.filter((key) => !key.endsWith(":meta"))).toEqual([keys.road(slow)]);
    expect(await redis.ttl(keys.road(slow))).toBeGreaterThan(3500);
  });
});

describe("a tenant", () => {
  const hosts = Array.from({ length: 6 }, (_, n) => destination(`host${n}.example`));

  test("comes to six destinations -> 40 % of one worker's slots, and another tenant gets as many", async () => {
    const ledger = openTestLedger();
    const seats = hosts.flatMap((to, n) => seatsAt(to, 5, `dlv${n}_`));
    expect(await enterAll(ledger, seats)).toHaveLength(SHARE);
    const foreign = hosts.flatMap((_, n) =>
      seatsAt(destination(`host${n}.example`, "globex"), 5, `for${n}_`),
    );
    expect(await enterAll(ledger, foreign)).toHaveLength(SHARE);
  });

  test("three workers are there -> the share is one of their slots; those not heard of for ten seconds do not count", async () => {
    const ledger = openTestLedger();
    const { redis, keys } = ledger;
    for (const worker of ["a", "b", "c"]) {
      await muster(ledger, worker);
    }
    await redis.zadd(keys.crew, 1, "a");
    const many = Array.from({ length: 20 }, (_, n) =>
      seatsAt(destination(`many${n}.example`), 5, `dlv${n}_`),
    );
    expect(await enterAll(ledger, many.flat())).toHaveLength(2 * SHARE);
  });

  test("is at its share -> its destinations take turns, however long one's line is", async () => {
    const ledger = openTestLedger();
    const [hog = "", ...others] = hosts;
    await visits(ledger, hog, ...Array.from({ length: 30 }, () => fast));
    const first = seatsAt(hog, 60, "hog");
    await enterAll(ledger, first);
    expect(await holders(ledger, hog)).toHaveLength(SHARE);
    const late = others.slice(0, 2).flatMap((to, n) => seatsAt(to, 2, `late${n}_`));
    expect(await enterAll(ledger, late)).toEqual([]);
    const called: string[] = [];
    for (const seat of first.slice(0, 6)) {
      called.push(
        ...names((await ledger.places.leave(seat, fast)).told).map((name) => name.replace(/\d+-1$/, "")),
      );
    }
    expect(called.toSorted()).toEqual(["hog", "hog", "late0_", "late0_", "late1_", "late1_"]);
  });
});

describe("a breaker", () => {
  test("five failures in a row -> it opens for 30 s: whoever comes stands in line", async () => {
    const ledger = openTestLedger();
    expect(await visits(ledger, slow, failed, failed, failed, failed)).toEqual(["", "", "", ""]);
    expect(await visit(ledger, slow, failed)).toMatchObject({ turned: "opened", openMs: 30_000 });
    expect(await enterAll(ledger, seatsAt(slow, 3))).toEqual([]);
    expect(await enterAll(ledger, seatsAt(quick, 3, "quick"))).toHaveLength(3);
  });

  test.each<[string, Report]>([
    ["an answer that it is not there", refused],
    ["an event that it takes", fast],
  ])("four failures, %s, four failures -> it stays closed", async (_, between) => {
    const ledger = openTestLedger();
    const four = [failed, failed, failed, failed];
    expect((await visits(ledger, slow, ...four, between, ...four)).join("")).toBe("");
    expect(await visits(ledger, slow, failed)).toEqual(["opened"]);
  });

  test("what says nothing of the destination -> neither counts nor ends a row", async () => {
    const ledger = openTestLedger();
    const mixed = [failed, nothingLearnt, failed, nothingLearnt, failed, failed, nothingLearnt];
    expect((await visits(ledger, slow, ...mixed)).join("")).toBe("");
    expect(await visits(ledger, slow, failed)).toEqual(["opened"]);
  });

  test("its time is over -> exactly one probe, and when that is answered all who may", async () => {
    const ledger = openTestLedger();
    await visits(ledger, slow, failed, failed, failed, failed, failed);
    const seats = seatsAt(slow, 8);
    await enterAll(ledger, seats);
    await waitOut(ledger, slow);
    expect(await ledger.places.lookAfter(slow)).toEqual(seats.slice(0, 1));
    expect(await ledger.places.lookAfter(slow)).toEqual([]);
    expect(await enterAll(ledger, [{ entry: "newcomer-1", to: slow }])).toEqual([]);
    const [probe] = seats;
    if (!probe) throw new Error("nobody");
    expect(await ledger.places.leave(probe, refused)).toEqual({
      turned: "closed",
      openMs: 0,
      told: seats.slice(1, 6),
    });
  });

  test("probe after probe fails -> twice as long each time, ten minutes at most", async () => {
    const ledger = openTestLedger();
    await visits(ledger, slow, failed, failed, failed, failed, failed);
    const opened: number[] = [await openMsOf(ledger, slow)];
    for (let n = 0; n < 6; n++) {
      await waitOut(ledger, slow);
      expect(await visit(ledger, slow, failed)).toMatchObject({ turned: "opened" });
      opened.push(await openMsOf(ledger, slow));
    }
    expect(opened.map((ms) => ms / 1000)).toEqual([30, 60, 120, 240, 480, 600, 600]);
    await waitOut(ledger, slow);
    expect(await visits(ledger, slow, fast, failed)).toEqual(["closed", ""]);
  });

  test("a failure of an attempt that began before it opened -> opens it for no longer", async () => {
    const ledger = openTestLedger();
    const [late, ...seats] = seatsAt(slow, 2);
    if (!late) throw new Error("nobody");
    await enterAll(ledger, [late, ...seats]);
    await visits(ledger, slow, failed, failed, failed, failed, failed);
    expect((await ledger.places.leave(late, failed)).turned).toBe("");
    expect(await openMsOf(ledger, slow)).toBe(30_000);
  });

  test("its probe says nothing -> the next one is sent at once", async () => {
    const ledger = openTestLedger();
    await visits(ledger, slow, failed, failed, failed, failed, failed);
    const seats = seatsAt(slow, 3);
    await enterAll(ledger, seats);
    await waitOut(ledger, slow);
    const [probe] = await ledger.places.lookAfter(slow);
    if (!probe) throw new Error("no probe");
    expect((await ledger.places.leave(probe)).told).toEqual(seats.slice(1, 2));
  });

  test("it is opened -> its line is looked after again when it may be probed, not before", async () => {
    const ledger = openTestLedger();
    await visits(ledger, slow, failed, failed, failed, failed, failed);
    await enterAll(ledger, seatsAt(slow, 1));
    await ledger.places.lookAfter(slow);
    const until = Number(await ledger.redis.hget(ledger.keys.road(slow), "openUntil"));
    expect(Number(await ledger.redis.zscore(ledger.keys.lines, slow))).toBe(until);
  });
});

describe("Redis' clock was set back by an hour", () => {
  const HOUR_MS = 3_600_000;

  test("all who hold places seem to hold them for an hour -> whoever is in line gets one all the same", async () => {
    const ledger = openTestLedger();
    const seats = seatsAt(slow, 6);
    await enterAll(ledger, seats);
    await ledger.redis.zrem(ledger.keys.line(slow), ...names(seats.slice(0, 5)));
    for (const owner of [slow, "acme"]) {
      for (const { entry } of seats.slice(0, 5)) {
        await ledger.redis.zincrby(ledger.keys.places(owner), HOUR_MS, entry);
      }
    }
    expect(await ledger.places.lookAfter(slow)).toEqual(seats.slice(5));
  });

  test("one of them asks again -> it is given a place by the clock as it is", async () => {
    const ledger = openTestLedger();
    const { redis, keys } = ledger;
    const seats = seatsAt(slow, 1);
    await enterAll(ledger, seats);
    await redis.zincrby(keys.places(slow), HOUR_MS, "dlv1001-1");
    expect(await enterAll(ledger, seats)).toEqual(names(seats));
    const until = Number(await redis.zscore(keys.places(slow), "dlv1001-1"));
    expect(until - (await ledger.jobs.readClock())).toBeLessThanOrEqual(30_000);
  });

  test("a breaker seems to be open for an hour -> it is probed", async () => {
    const ledger = openTestLedger();
    await visits(ledger, slow, failed, failed, failed, failed, failed);
    await ledger.redis.hincrby(ledger.keys.road(slow), "openUntil", HOUR_MS);
    expect(await enterAll(ledger, seatsAt(slow, 3))).toEqual(["dlv1001-1"]);
  });

  test("a line seems to wait for an hour -> it is looked after", async () => {
    const ledger = openTestLedger();
    const { redis, keys } = ledger;
    await redis.zadd(keys.lines, (await ledger.jobs.readClock()) + HOUR_MS, slow);
    const seen: string[] = [];
    const lookAfter = async (to: string) => void seen.push(to);
    await musterAs({ ...ledger, doorman: { lookAfter } }, "a");
    expect(seen).toEqual([slow]);
  });
});
