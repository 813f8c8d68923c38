import { Redis } from "ioredis";
import { expect, onTestFinished, test } from "vitest";
import { findRedisEight, startRedisEight } from "../support/redis-eight.ts";

const eight = await findRedisEight();

test.skipIf(eight === null && !process.env["CI"])(
  "Redis 8, killed and restarted -> WAITAOF confirms, and the data is kept",
  async () => {
    const server = await startRedisEight({ appendfsync: "everysec" });
    onTestFinished(() => server.stop());
    const redis = new Redis(server.url);
    onTestFinished(() => redis.disconnect());
    expect(await redis.info("server")).toMatch(/redis_version:[89]/);
    await redis.set("kept", "yes");
    expect(await redis.call("WAITAOF", 1, 0, 5000)).toEqual([1, 0]);
    await server.kill();
    await server.restart();
    expect(await redis.get("kept")).toBe("yes");
  },
);
