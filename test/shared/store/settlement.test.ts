// Invariant 5: status, money, event and delivery of an end are one write.
import { once } from "node:events";
import { Redis } from "ioredis";
import { expect, onTestFinished, test } from "vitest";

import { isDeliveryId } from "../../../src/shared/ids.ts";
import { JobStore } from "../../../src/shared/store/jobs.ts";
import { recordLook } from "../../../src/worker/look.ts";
import { eventually } from "../../support/eventually.ts";
import { newRequest, processingJob } from "../../support/job.ts";
import { dumpKeys, openTestLedger, putJob } from "../../support/ledger.ts";
import type { TestLedger } from "../../support/ledger.ts";
import { redisUrl, startPrivateRedis } from "../../support/redis.ts";

const policy = {
  publicUrl: null,
  submitTimeoutMs: 60_000,
  deliveryTimeoutMs: 15_000,
  retentionMs: 60_000,
  dailyBudget: null,
  memoryPercent: null,
  maxQueued: null,
};
const video = { url: "https://v.example/1.mp4", type: "mp4", expiresAt: null };
const lookPolicy = { baseMs: 3000, maxMs: 15_000, recoveryMs: 300_000, lostGraceMs: 0 };
const context = { looksWorkElsewhere: true, random: 0.5 };
const webhook = { url: "https://hooks.example/in", events: null };

const wake = () => Promise.reject(new Error("the queue is away"));

/** A job whose end is about to be written by a store that cannot reach its queues. */
async function setUp(url = redisUrl()) {
  const ledger = openTestLedger({ url });
  const now = await ledger.jobs.readClock();
  const job = await putJob(ledger, processingJob(now, { request: newRequest({ webhook }) }));
  // Redis knows the scripts from here on, so that each is one command.
  await ledger.jobs.readJob(job.id);
  const jobs = new JobStore({ ...ledger, policy, motor: { ...ledger.motor, wake } });
  const settle = () =>
    jobs.changeJob(job.id, (each, at) =>
      recordLook(each, "task-1", { kind: "succeeded", video }, at, lookPolicy, context),
    );
  return { ledger, job, settle };
}

test("a job ends and its queues cannot be told -> status, event, delivery and when to look after it stand all the same", async () => {
  const { ledger, job, settle } = await setUp();
  await settle();
  const keys = await dumpKeys(ledger);
  const eventId = (keys.get(`job:${job.id}:outbox`) ?? []).find((id) => !isDeliveryId(id)) ?? "";
  const deliveryId = (keys.get(`job:${job.id}:outbox`) ?? []).find(isDeliveryId) ?? "";
  expect(keys.get(`job:${job.id}`)).toContain("succeeded");
  expect(keys.get(`event:${eventId}`)).toContain("job.succeeded");
  expect(keys.get(`delivery:${deliveryId}`)).toContain("pending");
  expect(keys.get("due")).toEqual([deliveryId, expect.any(String)]);
  expect(keys.get("purge")).toEqual([job.id, expect.any(String)]);
});

test("a job ends -> one script makes every write of it", async () => {
  // Nobody else may talk to it while the client turns into a monitor: ioredis stumbles over that.
  const own = await startPrivateRedis({ appendonly: false });
  onTestFinished(() => own.stop());
  const { ledger, job, settle } = await setUp(own.url);
  const commands = await watchCommands(ledger, own.url);
  await settle();
  const seen = await commands.stop();
  const sent = seen.filter(({ by }) => by !== "lua").map(({ words: [name = ""] }) => name.toLowerCase());
  const written = seen
    .filter(({ by }) => by === "lua")
    .map(({ words: [name = "", key = ""] }) => `${name} ${key}`);
  // The first script reads the job, the second the endpoints of its tenant, the third writes.
  expect(sent).toEqual(["evalsha", "evalsha", "evalsha"]);
  const prefix = ledger.keys.queues;
  for (const write of [
    `HSET ${ledger.keys.job(job.id)}`,
    `XADD ${ledger.keys.history(job.id)}`,
    `HSET ${prefix}:event:`,
    `SADD ${ledger.keys.outbox(job.id)}`,
    `HSET ${prefix}:delivery:`,
    `XADD ${ledger.keys.feed(job.tenant)}`,
    `ZADD ${ledger.keys.due}`,
    `ZADD ${ledger.keys.purge}`,
  ]) {
    expect(written).toContainEqual(expect.stringContaining(write));
  }
});

type Command = { words: string[]; by: string };

/** Everything that Redis is told about this ledger, scripts' own commands included. */
async function watchCommands(ledger: TestLedger, url: string): Promise<{ stop: () => Promise<Command[]> }> {
  const client = new Redis(url);
  onTestFinished(() => client.disconnect());
  await once(client, "ready");
  const monitor = await client.monitor();
  onTestFinished(() => monitor.disconnect());
  const seen: Command[] = [];
  monitor.on("monitor", (_time: string, words: string[], by: string) => {
    if (words.some((word) => word.includes(ledger.keys.queues))) seen.push({ words, by });
  });
  const stop = async () => {
    const end = `${ledger.keys.queues}:end-of-watch`;
    await ledger.redis.exists(end);
    await eventually(() => expect(seen.at(-1)?.words[1]).toBe(end));
    return seen.slice(0, -1);
  };
  return { stop };
}
