// The conditions under which commit.lua writes a change: each on its own, at its edge, and that nothing is written if one fails.
import { describe, expect, test } from "vitest";

import { commitRecord } from "../../../src/shared/store/record.ts";
import type { Command, Condition } from "../../../src/shared/store/scripts.ts";
import { dumpKeys, openTestLedger } from "../../support/ledger.ts";
import type { TestLedger } from "../../support/ledger.ts";

/** Tries to create a record under conditions. */
async function tryUnder(ledger: TestLedger, conditions: Condition[], also: Command[] = []) {
  const key = ledger.keys.job("job_1");
  const create: Command = ["HSET", key, "status", "queued", "version", 1, "state", "{}"];
  return commitRecord(ledger.redis, { key, version: 0, sources: [], conditions }, [create, ...also]);
}

const written = { as: "written" };

describe("free: nobody holds the key", () => {
  test("absent -> written; held -> its holder", async () => {
    const ledger = openTestLedger();
    const key = ledger.keys.idempotency("acme", "d");
    await ledger.redis.set(key, "job_0 print");
    expect(await tryUnder(ledger, [["free", key]])).toEqual({ as: "free", found: "job_0 print" });
    await ledger.redis.del(key);
    expect(await tryUnder(ledger, [["free", key]])).toEqual(written);
  });

  test("the record has moved as well -> still its holder: an equal request has won", async () => {
    const ledger = openTestLedger();
    const key = ledger.keys.idempotency("acme", "d");
    expect(await tryUnder(ledger, [["free", key]], [["SET", key, "job_1 print"]])).toEqual(written);
    expect(await tryUnder(ledger, [["free", key]])).toEqual({ as: "free", found: "job_1 print" });
  });
});

describe("version: another record is as it was read", () => {
  test.each([
    [{ version: "3" }, written],
    [{ version: "4" }, { as: "stale" }],
    [{}, { as: "stale" }],
  ])("%j, and 3 was read -> %j", async (stored, result) => {
    const ledger = openTestLedger();
    const other = ledger.keys.delivery("dlv_1");
    await ledger.redis.hset(other, { status: "pending", ...stored });
    expect(await tryUnder(ledger, [["version", other, 3]])).toEqual(result);
  });
});

describe("room: the set has fewer members", () => {
  test.each([
    [0, 1, written],
    [4, 5, written],
    [5, 5, { as: "room", found: "5" }],
    [6, 5, { as: "room", found: "6" }],
  ])("%d members of at most %d -> %j", async (count, most, result) => {
    const ledger = openTestLedger();
    const key = ledger.keys.jobsBy("acme", "status", "queued");
    for (let n = 0; n < count; n++) await ledger.redis.zadd(key, n, `job_${n}`);
    expect(await tryUnder(ledger, [["room", key, most]])).toEqual(result);
  });
});

describe("budget: the counter, so much higher, is not above the limit", () => {
  test.each([
    [null, 5, 5, written],
    [null, 6, 5, { as: "budget", found: "0" }],
    ["999999999999", 1, 1_000_000_000_000, written],
    ["1000000000000", 1, 1_000_000_000_000, { as: "budget", found: "1000000000000" }],
    ["-5", 10, 5, written],
  ])("%s spent, %d more of at most %d -> %j", async (spent, amount, most, result) => {
    const ledger = openTestLedger();
    const key = ledger.keys.spent("acme", 20_000);
    if (spent !== null) await ledger.redis.set(key, spent);
    expect(await tryUnder(ledger, [["budget", key, amount, most]])).toEqual(result);
  });
});

describe("owner: the field is absent, or says who it is", () => {
  test.each([
    [null, written],
    ["job_1", written],
    ["job_2", { as: "owner", found: "job_2" }],
  ])("the task belongs to %s -> %j", async (owner, result) => {
    const ledger = openTestLedger();
    if (owner !== null) await ledger.redis.hset(ledger.keys.tasks, "task-1", owner);
    expect(await tryUnder(ledger, [["owner", ledger.keys.tasks, "task-1", "job_1"]])).toEqual(result);
  });
});

describe("several conditions", () => {
  test("one of them fails -> it is named, and not one key has changed", async () => {
    const ledger = openTestLedger();
    const { redis, keys } = ledger;
    await redis.hset(keys.tasks, "task-1", "job_2");
    const before = await dumpKeys(ledger);
    const conditions: Condition[] = [
      ["free", keys.idempotency("acme", "d")],
      ["room", keys.jobsBy("acme", "status", "queued"), 1],
      ["budget", keys.spent("acme", 1), 1, 1],
      ["owner", keys.tasks, "task-1", "job_1"],
    ];
    const also: Command[] = [
      ["INCRBY", keys.spent("acme", 1), 1],
      ["SET", keys.idempotency("acme", "d"), "job_1 print"],
    ];
    expect(await tryUnder(ledger, conditions, also)).toEqual({ as: "owner", found: "job_2" });
    expect(await dumpKeys(ledger)).toEqual(before);
  });

  test("two of them fail -> the first is named", async () => {
    const ledger = openTestLedger();
    const { keys } = ledger;
    const first: Condition = ["budget", keys.spent("acme", 1), 2, 1];
    const second: Condition = ["room", keys.jobs("acme"), 0];
    expect(await tryUnder(ledger, [first, second])).toMatchObject({ as: "budget" });
    expect(await tryUnder(ledger, [second, first])).toMatchObject({ as: "room" });
  });

  test("all hold, but the record has moved -> stale, whatever the others would say", async () => {
    const ledger = openTestLedger();
    expect(await tryUnder(ledger, [])).toEqual(written);
    expect(await tryUnder(ledger, [["room", ledger.keys.jobs("acme"), 0]])).toEqual({ as: "stale" });
  });
});

test("50 changes at once under one limit -> exactly as many are written as there is room", async () => {
  const ledger = openTestLedger();
  const spent = ledger.keys.spent("acme", 1);
  const spend = (n: number) => {
    const key = ledger.keys.job(`job_${n}`);
    return commitRecord(
      ledger.redis,
      { key, version: 0, sources: [], conditions: [["budget", spent, 300, 1000]] },
      [
        ["HSET", key, "status", "queued", "version", 1],
        ["INCRBY", spent, 300],
      ],
    );
  };
  const results = await Promise.all(Array.from({ length: 50 }, (_, n) => spend(n)));
  expect(results.filter(({ as }) => as === "written")).toHaveLength(3);
  expect(await ledger.redis.get(spent)).toBe("900");
});
