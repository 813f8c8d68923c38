// What Redis writes when it has no memory left: all of a script or nothing, nothing that is new, and everything that must
// be remembered of what exists.
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { commitRecord } from "../../../src/shared/store/record.ts";
import type { RedisClient } from "../../../src/shared/store/redis.ts";
import { runScript } from "../../../src/shared/store/scripts.ts";
import type { Command } from "../../../src/shared/store/scripts.ts";
import { dumpKeys, openTestLedger, type TestLedger } from "../../support/ledger.ts";
import { type PrivateRedis, startPrivateRedis } from "../../support/redis.ts";

const KIB = 1024;
const written = { as: "written" };

let server: PrivateRedis;
beforeAll(async () => {
  server = await startPrivateRedis({ appendonly: false });
});
afterAll(() => server.stop());

test("memory that runs out within a script -> all of its commands are written, or none", async () => {
  const ledger = await open();
  const results: string[] = [];
  let crossed = 0;
  for (let room = 0; room <= 300; room += 20) {
    const names = Array.from({ length: 20 }, (_, n) => `${ledger.keys.job(`r${room}`)}:${n}`);
    const commands = names.map((name): Command => ["SET", name, "x".repeat(10 * KIB)]);
    await leave(ledger.redis, room * KIB);
    const result = await commit(ledger, ledger.keys.job(`r${room}`), 0, commands);
    const isOver = (await memoryOf(ledger.redis)).used > (await memoryOf(ledger.redis)).most;
    const there = await ledger.redis.exists(...names);
    results.push(`${result} ${there}`);
    if (there > 0 && isOver) crossed += 1;
  }
  expect(new Set(results)).toEqual(new Set(["OOM 0", "written 20"]));
  // Some began below the limit and ended above it.
  expect(crossed).toBeGreaterThan(0);
});

test("no memory left -> a record that exists is changed, with all that belongs to it", async () => {
  const ledger = await open();
  const key = ledger.keys.job("job_1");
  const history = ledger.keys.history("job_1");
  const change = (version: number): Command[] => [
    ["HSET", key, "status", "pending", "version", version, "state", "x".repeat(20 * KIB)],
    ["XADD", history, "*", "fact", "x".repeat(20 * KIB)],
  ];
  expect(await commit(ledger, key, 0, change(1))).toBe("written");
  await leave(ledger.redis, -100 * KIB);
  await expect(ledger.redis.set("any", "x")).rejects.toThrow(/^OOM /);
  expect(await commit(ledger, key, 1, change(2))).toBe("written");
  expect(await ledger.redis.hget(key, "version")).toBe("2");
  expect(await ledger.redis.xlen(history)).toBe(2);
});

test("no memory left -> a new record is refused, and not one key has changed", async () => {
  const ledger = await open();
  await leave(ledger.redis, -100 * KIB);
  const before = await dumpKeys(ledger);
  expect(await commit(ledger, ledger.keys.job("job_2"), 0, [["SET", ledger.keys.job("job_2:x"), 1]])).toBe(
    "OOM",
  );
  expect(await dumpKeys(ledger)).toEqual(before);
});

test("no memory left -> rescue still claims, and what Novita has said of the road is heard", async () => {
  const ledger = await open();
  const { keys, redis } = ledger;
  await redis.zadd(keys.due, 1, "job_1");
  await leave(redis, -100 * KIB);
  expect(await ledger.due.claimOverdue(10)).toEqual({ ids: ["job_1"], remain: 0 });
  const words = ["open", "account", Date.now(), 3, 0, 1000];
  const road = [keys.breaker, keys.probe, keys.pace("m")];
  expect(await runScript(redis, "breaker", road, words, z.string())).toBe("account");
});

test.each([
  [79, 80, written],
  [81, 80, { as: "memory", found: "81" }],
  [120, 100, { as: "memory", found: "120" }],
])("memory: %d percent used of at most %d -> %j", async (used, most, result) => {
  const ledger = await open();
  const { redis, keys } = ledger;
  // One percent is more than what comes and goes.
  await redis.setrange(keys.job("ballast"), 20 * KIB * KIB, "x");
  await redis.config("SET", "maxmemory", Math.round((await memoryOf(redis)).used / ((used + 0.5) / 100)));
  const guard = { key: keys.job("job_1"), version: 0, sources: [] };
  const condition = ["memory", keys.job("job_1"), most] as const;
  expect(await commitRecord(redis, { ...guard, conditions: [[...condition]] }, [])).toEqual(result);
});

test("memory: a Redis without a limit -> written, however low the condition", async () => {
  const ledger = await open();
  const key = ledger.keys.job("job_1");
  const guard = {
    key,
    version: 0,
    sources: [],
    conditions: [["memory", key, 1] as ["memory", string, number]],
  };
  expect(await commitRecord(ledger.redis, guard, [])).toEqual(written);
});

async function open(): Promise<TestLedger> {
  const ledger = openTestLedger({ url: server.url });
  await ledger.redis.config("SET", "maxmemory", 0);
  await ledger.redis.flushall();
  return ledger;
}

/** Sets the limit so far above what is used; below, if negative. */
async function leave(redis: RedisClient, bytes: number): Promise<void> {
  await redis.config("SET", "maxmemory", 0);
  await redis.config("SET", "maxmemory", Math.max(1, (await memoryOf(redis)).used + bytes));
}

async function memoryOf(redis: RedisClient): Promise<{ used: number; most: number }> {
  const info = await redis.info("memory");
  const read = (name: string) => Number(new RegExp(`^${name}:(\\d+)`, "m").exec(info)?.[1]);
  return { used: read("used_memory"), most: read("maxmemory") };
}

async function commit(
  ledger: TestLedger,
  key: string,
  version: number,
  commands: Command[],
): Promise<string> {
  try {
    return (await commitRecord(ledger.redis, { key, version, sources: ["pending"] }, commands)).as;
  } catch (error) {
    return String(error).includes("OOM ") ? "OOM" : String(error);
  }
}
