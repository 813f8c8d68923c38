// All submissions of a worker used to share one connection: the proof of one, which may wait for seconds, held up every
// begin script behind it, some beyond their deadline.
import { expect, onTestFinished, test, vi } from "vitest";

import type { RedisClient } from "../../src/shared/store/redis.ts";
import { createLender } from "../../src/worker/lender.ts";
import { submitJob } from "../../src/worker/submit.ts";
import { eventually } from "../support/eventually.ts";
import { newJob } from "../support/job.ts";
import { connectTestRedis, openTestLedger, putJob, readJob } from "../support/ledger.ts";
import { fakeNovita } from "../support/novita.ts";
import { redisUrl } from "../support/redis.ts";
import { confirming, submitDeps } from "../support/stage.ts";

/** A lender of real connections, and all that it has opened. */
function openLender() {
  const { log } = openTestLedger();
  const opened: RedisClient[] = [];
  const lender = createLender(() => {
    const redis = connectTestRedis(redisUrl(), log);
    opened.push(redis);
    return redis;
  });
  onTestFinished(() => lender.close());
  return { lender, opened };
}

test("8 submissions at once, one of whose proofs waits -> the others are posted meanwhile, and so is it in the end", async () => {
  const ledger = openTestLedger();
  const { lender, opened } = openLender();
  const now = await ledger.jobs.readClock();
  const jobs = await Promise.all(Array.from({ length: 8 }, () => putJob(ledger, newJob(now))));
  const confirmed = `${ledger.keys.queues}:confirmed`;
  let isFirst = true;
  const prove = confirming(async (redis) => {
    if (isFirst) {
      isFirst = false;
      // Waits in Redis, as WAITAOF does, and whatever else travels on this connection with it.
      await redis.blpop(confirmed, 0);
    }
    return true;
  });
  const novita = fakeNovita();
  const deps = submitDeps(ledger, { novita, connections: lender, prove });
  const all = jobs.map(({ id }) => submitJob(deps, { id, n: 1 }));
  const statuses = async () =>
    (await Promise.all(jobs.map(({ id }) => readJob(ledger, id)))).map(({ status }) => status).sort();
  const seven = Array.from({ length: 7 }, () => "processing");
  await eventually(async () => expect(await statuses()).toEqual([...seven, "submitting"]));
  expect(novita.submits).toHaveLength(7);
  await ledger.redis.rpush(confirmed, "yes");
  expect(await Promise.all(all)).toEqual(jobs.map(() => ({ as: "done" })));
  expect(novita.submits).toHaveLength(8);
  expect(opened.length).toBeLessThanOrEqual(8);
});

test("lent one after the other, a use that fails among them -> one connection serves all; two at once -> one each", async () => {
  const { lender, opened } = openLender();
  const seen = new Set<RedisClient>();
  const use = async (redis: RedisClient) => void seen.add(redis);
  await lender.lend(use);
  await expect(lender.lend(async () => Promise.reject(new Error("no")))).rejects.toThrow("no");
  await lender.lend(use);
  expect(opened).toHaveLength(1);
  expect(seen.size).toBe(1);
  await lender.lend(async (outer) => lender.lend(async (inner) => expect(inner).not.toBe(outer)));
  expect(opened).toHaveLength(2);
});

test("closed -> every connection that it has opened is closed", async () => {
  const { lender, opened } = openLender();
  await lender.lend((one) => lender.lend((two) => Promise.all([one.ping(), two.ping()])));
  const quits = opened.map((redis) => vi.spyOn(redis, "quit"));
  await lender.close();
  expect(opened).toHaveLength(2);
  for (const quit of quits) expect(quit).toHaveBeenCalledOnce();
  await eventually(() => expect(opened.map(({ status }) => status)).toEqual(["end", "end"]));
});
