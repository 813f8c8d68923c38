// Proofs of durability, on real servers that can and cannot give them.
import { describe, expect, onTestFinished, test } from "vitest";

import { checkDurability, createProver } from "../../../src/shared/store/durability.ts";
import type { Wanted } from "../../../src/shared/store/durability.ts";
import { checkRedis } from "../../../src/shared/store/redis-check.ts";
import type { Durability } from "../../../src/shared/store/redis-check.ts";
import { closeRedis } from "../../../src/shared/store/redis.ts";
import type { RedisClient } from "../../../src/shared/store/redis.ts";
import { eventually } from "../../support/eventually.ts";
import { connectTestRedis } from "../../support/ledger.ts";
import { openLogBook } from "../../support/log-book.ts";
import { findRedisEight, startRedisEight } from "../../support/redis-eight.ts";
import { startPrivateRedis } from "../../support/redis.ts";
import { redisCommand } from "../../support/redis-command.ts";
import { quickPrimary, startReplica, withTest } from "../../support/replica.ts";

const eight = await findRedisEight();
const KEY = "proof";
const WAIT_MS = 300;

function connect(url: string): RedisClient {
  const redis = connectTestRedis(url, openLogBook("worker").log);
  onTestFinished(() => closeRedis(redis));
  return redis;
}

/** A connection of its own, and what a proof on it says of the value at `x`. */
async function openProver(url: string, wanted: Wanted, offered?: Durability | null) {
  const redis = connect(url);
  const found = (await checkRedis(redis, KEY)).offered;
  let failures = 0;
  const prove = createProver({
    wanted,
    offered: () => (offered === undefined ? found : offered),
    key: KEY,
    waitMs: WAIT_MS,
    onFailure: () => failures++,
  });
  return { redis, prove, proveX: () => prove(redis, (server) => server.get("x")), failures: () => failures };
}

describe("what is judged", () => {
  const offered = { fsyncsAlways: false, canWaitForFsync: true, replicas: 0 };

  test.each([
    ["replica", 0, 1],
    ["replica", 1, 0],
    ["auto", 0, 0],
    ["memory", 0, 0],
  ] as const)(
    "%s is wanted, %i replicas are there at two looks -> warned of %i times",
    (wanted, replicas, times) => {
      const logs = openLogBook("worker");
      const judge = checkDurability("SUBMIT_DURABILITY", wanted, logs.log);
      judge({ ...offered, replicas });
      judge({ ...offered, replicas });
      expect(logs.named("redis.no_replica")).toHaveLength(times);
    },
  );

  test("fsync is wanted, and there is no file to wait for -> a fault that names the variable", () => {
    const judge = checkDurability("INTAKE_DURABILITY", "fsync", openLogBook("api").log);
    judge(offered);
    judge({ ...offered, fsyncsAlways: true, canWaitForFsync: false });
    expect(() => judge({ ...offered, canWaitForFsync: false })).toThrow("INTAKE_DURABILITY=fsync needs");
  });
});

describe("a replica", () => {
  test("has it -> confirmed; is frozen -> not confirmed, though this connection has written nothing; goes on -> confirmed", async () => {
    const primary = await withTest(startPrivateRedis(quickPrimary));
    const replica = await startReplica(primary);
    const writer = connect(primary.url);
    const { proveX, failures } = await openProver(primary.url, "replica");
    await writer.set("x", "1");
    expect(await proveX()).toEqual({ isConfirmed: true, found: "1" });
    await replica.kill("SIGSTOP");
    await writer.set("x", "2");
    expect(await proveX()).toEqual({ isConfirmed: false, found: "2" });
    expect(failures()).toBe(1);
    await replica.kill("SIGCONT");
    await eventually(async () => expect(await proveX()).toEqual({ isConfirmed: true, found: "2" }));
  });

  test("there is none -> replica: not confirmed; auto: what the file gives is enough", async () => {
    const alone = await withTest(startPrivateRedis());
    expect((await (await openProver(alone.url, "replica")).proveX()).isConfirmed).toBe(false);
    expect((await (await openProver(alone.url, "auto")).proveX()).isConfirmed).toBe(true);
  });

  test("auto, one is there and frozen -> not confirmed: it is waited for beside the file", async () => {
    const primary = await withTest(startPrivateRedis(quickPrimary));
    const replica = await startReplica(primary);
    const { proveX } = await openProver(primary.url, "auto");
    expect((await proveX()).isConfirmed).toBe(true);
    await replica.kill("SIGSTOP");
    expect((await proveX()).isConfirmed).toBe(false);
  });
});

describe("the append-only file", () => {
  test("appendfsync always, before 7.2 -> an answer is a proof", async () => {
    const { url } = await withTest(startPrivateRedis({ appendfsync: "always" }));
    const offered = { fsyncsAlways: true, canWaitForFsync: false, replicas: 0 };
    const { redis, proveX } = await openProver(url, "fsync", offered);
    await redis.set("x", "1");
    expect(await proveX()).toEqual({ isConfirmed: true, found: "1" });
    expect(await redis.get(KEY)).toBe("1");
  });

  test("nobody knows what the server offers, or it offers no file -> not confirmed", async () => {
    const { url } = await withTest(startPrivateRedis());
    const none = { fsyncsAlways: false, canWaitForFsync: false, replicas: 0 };
    expect((await (await openProver(url, "fsync", null)).proveX()).isConfirmed).toBe(false);
    expect((await (await openProver(url, "fsync", none)).proveX()).isConfirmed).toBe(false);
  });

  test.skipIf(eight === null && !process.env["CI"])(
    "Redis 8 -> waited for with everysec and always; with appendfsync no, and with the file off, not confirmed",
    async () => {
      const server = await withTest(startRedisEight({ appendfsync: "everysec" }));
      const { redis, proveX } = await openProver(server.url, "fsync");
      const slow = await openProver(server.url, "fsync");
      await redis.set("x", "1");
      await eventually(async () => expect(await proveX()).toEqual({ isConfirmed: true, found: "1" }));
      await redis.config("SET", "appendfsync", "always");
      expect(await proveX()).toEqual({ isConfirmed: true, found: "1" });
      await redis.config("SET", "appendfsync", "no");
      await redis.set("x", "2");
      expect(await slow.proveX()).toEqual({ isConfirmed: false, found: "2" });
      await redis.config("SET", "appendonly", "no");
      expect(await slow.proveX()).toEqual({ isConfirmed: false, found: "2" });
    },
  );
});

describe("a connection that does not stand", () => {
  test("lost between the confirmation and the look -> not confirmed, though found", async () => {
    const { url } = await withTest(startPrivateRedis());
    const operator = connect(url);
    const { redis, prove } = await openProver(url, "fsync");
    await redis.set("x", "1");
    const proof = await prove(redis, async (server) => {
      const isBack = new Promise((resolve) => server.once("ready", resolve));
      await operator.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
      await isBack;
      return server.get("x");
    });
    expect(proof).toEqual({ isConfirmed: false, found: "1" });
  });

  test("another server has taken over that knows of nothing -> confirmed, and nothing found", async () => {
    const { url } = await withTest(startPrivateRedis());
    const { proveX } = await openProver(url, "fsync");
    expect(await proveX()).toEqual({ isConfirmed: true, found: null });
  });

  test("the server has become a replica -> not confirmed", async () => {
    const [server, other] = await Promise.all([withTest(startPrivateRedis()), withTest(startPrivateRedis())]);
    const { proveX } = await openProver(server.url, "fsync");
    expect((await proveX()).isConfirmed).toBe(true);
    await redisCommand(server.port, "REPLICAOF", "127.0.0.1", other.port);
    // The small write is tried again over new connections for as long as the server refuses it.
    const asked = proveX();
    await eventually(async () =>
      expect(await redisCommand(server.port, "INFO", "errorstats")).toContain("READONLY"),
    );
    await redisCommand(server.port, "REPLICAOF", "NO", "ONE");
    expect((await asked).isConfirmed).toBe(false);
  });
});

test("memory -> nothing is written or waited for", async () => {
  const { url } = await withTest(startPrivateRedis());
  const { redis, proveX } = await openProver(url, "memory", null);
  expect(await proveX()).toEqual({ isConfirmed: true, found: null });
  expect(await redis.exists(KEY)).toBe(0);
});
