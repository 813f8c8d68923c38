// What a server offers changes without any connection being lost, and so does what it is set to.
import { describe, expect, onTestFinished, test, vi } from "vitest";

import { checkDurability } from "../../../src/shared/store/durability.ts";
import { keepContact } from "../../../src/shared/store/contact.ts";
import type { Judge } from "../../../src/shared/store/contact.ts";
import { closeRedis } from "../../../src/shared/store/redis.ts";
import { eventually } from "../../support/eventually.ts";
import { connectTestRedis } from "../../support/ledger.ts";
import { openLogBook } from "../../support/log-book.ts";
import { startPrivateRedis } from "../../support/redis.ts";
import { redisCommand } from "../../support/redis-command.ts";
import { follow, quickPrimary, withTest } from "../../support/replica.ts";
import { startSentinels } from "../../support/sentinels.ts";

const OFTEN_MS = 50;
const NEVER_MS = 600_000;

function openContact(url: string, lookAgainMs: number, judge: Judge = () => undefined) {
  const logs = openLogBook("worker");
  const redis = connectTestRedis(url, logs.log);
  const contact = keepContact({ redis, log: logs.log, judge, key: "proof", lookAgainMs });
  onTestFinished(async () => {
    contact.stop();
    await closeRedis(redis);
  });
  return { contact, logs, redis };
}

const startPair = () =>
  Promise.all([withTest(startPrivateRedis(quickPrimary)), withTest(startPrivateRedis(quickPrimary))]);

describe("a replica", () => {
  test("comes and goes -> offered, and no longer offered", async () => {
    const [primary, replica] = await startPair();
    const { contact } = openContact(primary.url, OFTEN_MS);
    await contact.made;
    expect(contact.offered()?.replicas).toBe(0);
    await follow(replica, primary.port);
    await eventually(() => expect(contact.offered()?.replicas).toBe(1));
    await replica.kill();
    await eventually(() => expect(contact.offered()?.replicas).toBe(0));
  });

  test("comes, and somebody has the server looked at -> offered, long before the next look", async () => {
    const [primary, replica] = await startPair();
    const { contact } = openContact(primary.url, NEVER_MS);
    await contact.made;
    await follow(replica, primary.port);
    expect(contact.offered()?.replicas).toBe(0);
    contact.lookAgain();
    await eventually(() => expect(contact.offered()?.replicas).toBe(1));
  });

  test("of a primary that Sentinels name, before and after a failover -> offered", async () => {
    const sentinels = await startSentinels(quickPrimary);
    onTestFinished(() => sentinels.stop());
    const { contact } = openContact(sentinels.url, OFTEN_MS);
    await contact.made;
    await eventually(() => expect(contact.offered()?.replicas).toBe(1));
    const now = await sentinels.failOver();
    await redisCommand(now.port, "CONFIG", "SET", "appendfsync", "always");
    await eventually(
      () => expect(contact.offered()).toMatchObject({ replicas: 1, fsyncsAlways: true }),
      30_000,
    );
  }, 60_000);
});

describe("settings", () => {
  test("become risky -> told once; another risk -> told again; none -> silence", async () => {
    const server = await withTest(startPrivateRedis({ settings: { maxmemory: "100mb" } }));
    const { contact, logs, redis } = openContact(server.url, OFTEN_MS);
    await contact.made;
    const asked = vi.spyOn(redis, "info");
    const looks = async (count: number) => {
      const before = asked.mock.calls.length;
      await eventually(() => expect(asked.mock.calls.length).toBeGreaterThanOrEqual(before + count));
    };
    const told = () => logs.named("redis.at_risk").map(({ risks }) => risks);
    await looks(3);
    expect(told()).toEqual([]);
    await redis.config("SET", "appendfsync", "no");
    await looks(3);
    expect(told()).toEqual([[expect.stringContaining("appendfsync no")]]);
    await redis.config("SET", "maxmemory", "0");
    await looks(3);
    expect(told()).toHaveLength(2);
    await redis.config("SET", "appendonly", "no");
    await looks(3);
    expect(logs.named("redis.no_aof")).toHaveLength(1);
  });

  test("fsync is wanted, and the file is turned off while work is under way -> unfit until it is on again", async () => {
    const server = await withTest(startPrivateRedis());
    const logs = openLogBook("api");
    const judge = checkDurability("INTAKE_DURABILITY", "fsync", logs.log);
    const exit = vi.spyOn(process, "exit").mockImplementation(() => {
      throw new Error("the process ends");
    });
    onTestFinished(() => exit.mockRestore());
    const { contact, redis } = openContact(server.url, OFTEN_MS, judge);
    await contact.made;
    await redis.config("SET", "appendonly", "no");
    await eventually(() => expect(contact.offered()).toBeNull());
    await redis.config("SET", "appendonly", "yes");
    await eventually(() => expect(contact.offered()).not.toBeNull());
    expect(exit).not.toHaveBeenCalled();
  });
});
