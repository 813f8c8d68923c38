// Once a test run: the Redis that all test files share.
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RedisContainer } from "@testcontainers/redis";
import { Redis } from "ioredis";
import type { TestProject } from "vitest/node";
import { canRunContainers } from "../../tools/redis-container.ts";
import { startRedis } from "../../tools/redis.ts";

type SharedRedis = { url: string; from: string; stop(): Promise<void> };

declare module "vitest" {
  interface ProvidedContext {
    redisUrl: string;
    testRunId: string;
  }
}

export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const testRunId = randomBytes(3).toString("hex");
  const { logger } = project.vitest;
  const redis = await pickRedis(testRunId, (warning) => logger.warn(warning));
  logger.log(`Redis for the tests: ${redis.from}`);
  project.provide("redisUrl", redis.url);
  project.provide("testRunId", testRunId);
  return () => redis.stop();
}

async function pickRedis(testRunId: string, warn: (text: string) => void): Promise<SharedRedis> {
  const url = process.env["REDIS_URL"] ?? "";
  if (url !== "") return { url, from: "REDIS_URL", stop: () => removeKeys(url, testRunId) };
  return (await startContainer(warn)) ?? startLocal();
}

async function startContainer(warn: (text: string) => void): Promise<SharedRedis | undefined> {
  if (!(await canRunContainers())) return undefined;
  try {
    const container = await new RedisContainer("redis:8-alpine").start();
    return {
      url: container.getConnectionUrl(),
      from: "a container (Testcontainers)",
      stop: async () => void (await container.stop()),
    };
  } catch (error) {
    warn(`A Docker engine answers, but Redis does not start in it: ${String(error)}`);
    return undefined;
  }
}

async function startLocal(): Promise<SharedRedis> {
  const dir = await mkdtemp(join(tmpdir(), "onetake-redis-"));
  const redis = await startRedis({ dir, appendonly: false });
  return {
    url: redis.url,
    from: redis.from,
    stop: async () => {
      await redis.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** A Redis that is not ours is left as it was found: every key of a test carries the run's id. */
async function removeKeys(url: string, testRunId: string): Promise<void> {
  const redis = new Redis(url);
  try {
    for await (const keys of redis.scanStream({ match: `*test-${testRunId}-*`, count: 1000 })) {
      if (Array.isArray(keys) && keys.length > 0) await redis.unlink(...keys.map(String));
    }
  } finally {
    redis.disconnect();
  }
}
