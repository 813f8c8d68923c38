// What is asked of a server before it is used, on real ones that are set up badly.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";

import { checkRedis } from "../../../src/shared/store/redis-check.ts";
import { closeRedis } from "../../../src/shared/store/redis.ts";
import type { RedisClient } from "../../../src/shared/store/redis.ts";
import { eventually } from "../../support/eventually.ts";
import { connectTestRedis } from "../../support/ledger.ts";
import { openLogBook } from "../../support/log-book.ts";
import { startPrivateRedis } from "../../support/redis.ts";
import { redisCommand } from "../../support/redis-command.ts";
import { quickPrimary, startReplica, withTest } from "../../support/replica.ts";

const KEY = "proof";

function connect(url: string): RedisClient {
  const redis = connectTestRedis(url, openLogBook("worker").log);
  onTestFinished(() => closeRedis(redis));
  return redis;
}

async function startWith(settings: Record<string, string>) {
  const { url } = await withTest(startPrivateRedis({ settings: { maxmemory: "100mb", ...settings } }));
  return connect(url);
}

const risksOf = async (redis: RedisClient) => (await checkRedis(redis, KEY)).risks;

/** What a managed server hides: fields of INFO, and CONFIG. */
async function hide(redis: RedisClient, ...fields: string[]): Promise<void> {
  const text = await redis.info();
  const shown = text.split("\r\n").filter((line) => !fields.some((field) => line.startsWith(`${field}:`)));
  vi.spyOn(redis, "info").mockResolvedValue(shown.join("\r\n"));
  vi.spyOn(redis, "config").mockRejectedValue(new Error("ERR unknown command 'CONFIG'"));
}

describe("risks", () => {
  test("as it should be -> none", async () => {
    expect(await risksOf(await startWith({}))).toEqual([]);
  });

  test.each<[string, Record<string, string>, string]>([
    ["neither a file nor dumps", { appendonly: "no", save: "" }, "set appendonly yes"],
    ["appendfsync no", { appendfsync: "no" }, "set everysec or always"],
    [
      "dumps alone, that may fail unseen",
      { appendonly: "no", save: "900 1", "stop-writes-on-bgsave-error": "no" },
      "stop-writes-on-bgsave-error yes",
    ],
    ["no limit of memory", { maxmemory: "0" }, "set maxmemory"],
  ])("%s -> one sentence with what to set", async (_, settings, advice) => {
    expect(await risksOf(await startWith(settings))).toEqual([expect.stringContaining(advice)]);
  });

  test("the last dump has failed, and writes are refused since -> said", async () => {
    const settings = { maxmemory: "100mb", save: "900 1", dbfilename: "taken" };
    const server = await withTest(startPrivateRedis({ settings }));
    const redis = connect(server.url);
    expect(await risksOf(redis)).toEqual([]);
    await mkdir(join(server.dir, "taken"));
    await redis.bgsave();
    await eventually(async () =>
      expect(await risksOf(redis)).toEqual([expect.stringContaining("last dump failed")]),
    );
  });

  test("dumps beside the file, that stop writes when they fail -> none", async () => {
    expect(await risksOf(await startWith({ save: "900 1" }))).toEqual([]);
  });
});

describe("what is offered", () => {
  test.each([
    ["always", { fsyncsAlways: true, replicas: 0 }],
    ["everysec", { fsyncsAlways: false, replicas: 0 }],
  ])("appendfsync %s -> that", async (appendfsync, offered) => {
    expect((await checkRedis(await startWith({ appendfsync }), KEY)).offered).toMatchObject(offered);
  });

  test("always, but without a file -> nothing", async () => {
    const { offered, hasAof } = await checkRedis(
      await startWith({ appendonly: "no", appendfsync: "always" }),
      KEY,
    );
    expect({ ...offered, hasAof }).toEqual({
      fsyncsAlways: false,
      canWaitForFsync: false,
      replicas: 0,
      hasAof: false,
    });
  });

  test("a replica -> one, once it is filled", async () => {
    const primary = await withTest(startPrivateRedis(quickPrimary));
    await startReplica(primary);
    const redis = connect(primary.url);
    expect((await checkRedis(redis, KEY)).offered.replicas).toBe(1);
    const text = await redis.info();
    vi.spyOn(redis, "info").mockResolvedValue(text.replace("state=online", "state=send_bulk"));
    expect((await checkRedis(redis, KEY)).offered.replicas).toBe(0);
  });

  test("a managed server that hides CONFIG and fields of INFO -> what is not said is not counted on", async () => {
    const redis = await startWith({ appendfsync: "always" });
    await hide(redis, "aof_enabled", "connected_slaves", "maxmemory_policy", "maxmemory");
    const { offered, risks } = await checkRedis(redis, KEY);
    expect(offered).toEqual({ fsyncsAlways: false, canWaitForFsync: false, replicas: 0 });
    expect(risks).toEqual([expect.stringContaining("does not say whether it evicts")]);
  });
});

describe("faults", () => {
  test("a replica, read-only or not -> its primary is to be named", async () => {
    const primary = await withTest(startPrivateRedis(quickPrimary));
    const replica = await startReplica(primary);
    const redis = connect(replica.url);
    await expect(checkRedis(redis, KEY)).rejects.toThrow("a read-only replica: name its primary");
    await redisCommand(replica.port, "CONFIG", "SET", "replica-read-only", "no");
    await expect(checkRedis(redis, KEY)).rejects.toThrow("loses what is written to it: name its primary");
  });

  test.each([
    ["redis_version:6.0.16", "a Redis 6.0.16: 6.2 or later"],
    ["", "a Redis of an unknown version"],
  ])("it says %j of its version -> refused", async (line, words) => {
    const redis = await startWith({});
    const text = await redis.info();
    vi.spyOn(redis, "info").mockResolvedValue(text.replace(/redis_version:[^\r]*/, line));
    await expect(checkRedis(redis, KEY)).rejects.toThrow(words);
  });

  test("it evicts -> refused", async () => {
    const redis = await startWith({ "maxmemory-policy": "volatile-lru" });
    await expect(checkRedis(redis, KEY)).rejects.toThrow("volatile-lru");
  });
});
