// Proofs on a Redis Cluster of three primaries with a replica each: only the server that holds the data can give one.
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";

import { createProver } from "../../../src/shared/store/durability.ts";
import { checkRedis } from "../../../src/shared/store/redis-check.ts";
import { closeRedis } from "../../../src/shared/store/redis.ts";
import { slotOf } from "../../../src/shared/store/slot.ts";
import { eventually } from "../../support/eventually.ts";
import { connectTestRedis } from "../../support/ledger.ts";
import { openLogBook } from "../../support/log-book.ts";
import { startCluster } from "../../support/redis-cluster.ts";
import type { RedisCluster } from "../../support/redis-cluster.ts";
import { redisCommand } from "../../support/redis-command.ts";
import type { PrivateRedis } from "../../support/redis.ts";

const KEY = "{a-tag}:proof";
const X = "{a-tag}:x";
const WAIT_MS = 500;

let cluster: RedisCluster;

beforeAll(async () => {
  cluster = await startCluster({ settings: { "repl-diskless-sync-delay": "0" } });
}, 60_000);

afterAll(() => cluster.stop());

async function openProver() {
  const redis = connectTestRedis(cluster.url, openLogBook("worker").log);
  onTestFinished(() => closeRedis(redis));
  const { offered } = await eventually(() => checkRedis(redis, KEY));
  const prove = createProver({
    wanted: "replica",
    offered: () => offered,
    key: KEY,
    waitMs: WAIT_MS,
    onFailure: () => undefined,
  });
  return { redis, offered, prove, proveX: () => prove(redis, (server) => server.get(X)) };
}

/** The primary that holds the data, and its replica. */
async function holders(): Promise<{ primary: PrivateRedis; replica: PrivateRedis }> {
  const primary = await cluster.ownerOf(slotOf(KEY));
  const replica = await eventually(async () => {
    const info = String(await redisCommand(primary.port, "INFO", "replication"));
    const port = Number(/port=(\d+),state=online/.exec(info)?.[1]);
    const found = cluster.servers.find((server) => server.port === port);
    if (!found) throw new Error("the owner has no replica");
    return found;
  }, 30_000);
  return { primary, replica };
}

test("where a key is kept -> as the servers reckon", async () => {
  expect(slotOf(KEY)).toBe(await cluster.slotOf(KEY));
});

test("its replica has it -> confirmed; frozen, while those of others are there -> not confirmed", async () => {
  const { redis, offered, proveX } = await openProver();
  expect(offered.replicas).toBe(1);
  await redis.set(X, "1");
  expect(await proveX()).toEqual({ isConfirmed: true, found: "1" });
  const { replica } = await holders();
  await replica.kill("SIGSTOP");
  onTestFinished(() => replica.kill("SIGCONT"));
  await redis.set(X, "2");
  expect(await proveX()).toEqual({ isConfirmed: false, found: "2" });
  await replica.kill("SIGCONT");
  await eventually(async () => expect(await proveX()).toEqual({ isConfirmed: true, found: "2" }));
});

test("resharded -> the new owner is found and confirms, on the same connection", async () => {
  const { redis, proveX } = await openProver();
  await redis.set(X, "3");
  expect(await proveX()).toEqual({ isConfirmed: true, found: "3" });
  const { primary } = await holders();
  expect(await cluster.reshard(slotOf(KEY))).toBeGreaterThan(0);
  const after = await cluster.ownerOf(slotOf(KEY));
  expect(after.port).not.toBe(primary.port);
  await eventually(async () => expect(await proveX()).toEqual({ isConfirmed: true, found: "3" }));
});

test("any primary evicts, whoever holds the data -> a fault that names it", async () => {
  const { redis } = await openProver();
  const { primary } = await holders();
  const owners = await Promise.all([0, 6000, 12_000].map((slot) => cluster.ownerOf(slot)));
  const other = owners.find(({ port }) => port !== primary.port);
  if (!other) throw new Error("there is no other primary");
  await redisCommand(other.port, "CONFIG", "SET", "maxmemory-policy", "allkeys-lru");
  onTestFinished(
    async () => void (await redisCommand(other.port, "CONFIG", "SET", "maxmemory-policy", "noeviction")),
  );
  await expect(checkRedis(redis, KEY)).rejects.toThrow(
    new RegExp(`127\\.0\\.0\\.1:${other.port}: .*allkeys-lru`),
  );
});

test("a write that only the primary had, which dies -> its replica takes over, confirms, and knows of nothing", async () => {
  const { redis, prove, proveX } = await openProver();
  const { primary, replica } = await holders();
  await replica.kill("SIGSTOP");
  onTestFinished(() => replica.kill("SIGCONT"));
  // Else the write would wait in its socket.
  await redisCommand(primary.port, "CLIENT", "KILL", "TYPE", "replica");
  await redis.set(X, "lost");
  // The proof is under way when its server dies.
  const during = prove(redis, (server) => server.get(X)).catch((error: unknown) => error);
  await eventually(async () =>
    expect(await redisCommand(primary.port, "INFO", "clients")).toMatch(/blocked_clients:[1-9]/),
  );
  await primary.kill();
  await replica.kill("SIGCONT");
  expect(await during).not.toMatchObject({ isConfirmed: true, found: "lost" });
  await cluster.untilReplaced(primary, slotOf(KEY));
  await eventually(async () => expect((await proveX()).found).not.toBe("lost"), 30_000);
  // The new primary has no replica until the old one is back.
  expect((await proveX()).isConfirmed).toBe(false);
  await primary.restart();
  await eventually(async () => {
    const { isConfirmed, found } = await proveX();
    expect(found).not.toBe("lost");
    expect(isConfirmed).toBe(true);
  }, 30_000);
}, 90_000);
