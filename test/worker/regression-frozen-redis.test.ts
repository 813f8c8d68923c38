// A worker called itself ready while Redis was frozen, since its connection stood; and each of its connections told of an outage.
import { request } from "undici";
import { expect, onTestFinished, test } from "vitest";

import { loadWorkerConfig } from "../../src/shared/config.ts";
import { connectRedis } from "../../src/shared/store/redis.ts";
import { createProbe } from "../../src/worker/probe.ts";
import { startWorker } from "../../src/worker/worker.ts";
import { apiEnvironment } from "../support/api.ts";
import { eventually } from "../support/eventually.ts";
import { openLogBook } from "../support/log-book.ts";
import { startPrivateRedis } from "../support/redis.ts";

async function startAll() {
  const redis = await startPrivateRedis();
  onTestFinished(() => redis.stop());
  const settings = apiEnvironment({ REDIS_URL: redis.url, NOVITA_API_KEY: "any", WORKER_PORT: "0" });
  const config = loadWorkerConfig(settings);
  const logs = openLogBook("worker");
  const worker = await startWorker(config, logs.log);
  onTestFinished(() => worker.close());
  const ask = async () => {
    const { statusCode, body } = await request(`${worker.url}/readyz`);
    await body.dump();
    return statusCode;
  };
  await eventually(async () => expect(await ask()).toBe(200));
  return { redis, config, logs, ask };
}

test("Redis is frozen -> the worker is not ready; it thaws -> ready again", async () => {
  const { redis, ask } = await startAll();
  await redis.kill("SIGSTOP");
  expect(await ask()).toBe(503);
  await redis.kill("SIGCONT");
  await eventually(async () => expect(await ask()).toBe(200));
});

test("asked often while Redis is frozen -> one question is under way, however many wait for it", async () => {
  const { redis, config, logs } = await startAll();
  const connection = connectRedis(config.REDIS_URL, "worker", logs.log);
  onTestFinished(() => connection.disconnect());
  await eventually(() => connection.ping());
  const probe = createProbe(connection);
  await redis.kill("SIGSTOP");
  const answers = await Promise.all(Array.from({ length: 50 }, probe));
  expect(new Set(answers)).toEqual(new Set([false]));
  await redis.kill("SIGCONT");
  await eventually(async () => expect(await probe()).toBe(true));
  const { 1: calls } = /cmdstat_ping:calls=(\d+)/.exec(await connection.info("commandstats")) ?? [];
  expect(Number(calls)).toBeLessThan(50);
});

test("a connection beside the worker's own is lost -> it says nothing of its own", async () => {
  const { redis, config } = await startAll();
  const book = openLogBook("worker");
  const lent = connectRedis(config.REDIS_URL, "lent", book.log);
  onTestFinished(() => lent.disconnect());
  const closed = new Promise((resolve) => lent.once("close", resolve));
  await eventually(() => lent.ping());
  await redis.kill();
  await closed;
  await eventually(() => expect(lent.listenerCount("error")).toBeGreaterThan(0));
  expect(book.lines).toEqual([]);
});
