// Errors carry their circumstances: ioredis adds the command that failed with all its words, passwords and prompts among
// them, and JSON.parse quotes what it could not read. All of it went to the log.
import { Redis } from "ioredis";
import { expect, onTestFinished, test } from "vitest";

import { rescueOverdue } from "../../src/worker/rescue.ts";
import { closeRedis } from "../../src/shared/store/redis.ts";
import { newJob, newRequest } from "../support/job.ts";
import { connectTestRedis, openTestLedger, putJob, SUBMIT_TIMEOUT_MS } from "../support/ledger.ts";
import { openLogBook } from "../support/log-book.ts";
import { startPrivateRedis } from "../support/redis.ts";

test("REDIS_URL has the wrong password -> the log says that Redis is away, and no line holds the password", async () => {
  const server = await startPrivateRedis();
  const operator = new Redis(server.url);
  await operator.config("SET", "requirepass", "the-right-one");
  const logs = openLogBook("api", "trace");
  const redis = connectTestRedis(server.url.replace("//", "//:wrong-hunter2@"), logs.log);
  onTestFinished(async () => {
    operator.disconnect();
    await closeRedis(redis);
    await server.stop();
  });
  const line = await logs.waitFor({ msg: "redis.away" });
  expect(line["err"]).toMatchObject({ message: expect.stringContaining("WRONGPASS") });
  expect(JSON.stringify(logs.lines)).not.toContain("hunter2");
});

test("a record cannot be read -> the log names its key and the kind of fault, and quotes none of it", async () => {
  const ledger = openTestLedger();
  const now = await ledger.jobs.readClock();
  const job = await putJob(ledger, newJob(now, { request: newRequest({ input: { prompt: "moonlight" } }) }));
  const key = ledger.keys.job(job.id);
  await ledger.redis.hset(key, "request", "moonlight over the bay");
  await ledger.redis.zadd(ledger.keys.due, 1, job.id);
  const policy = { pollFirstMs: 0, recoveryMs: 0, holdMs: 0 };
  await rescueOverdue({ ...ledger, policy, submitTimeoutMs: SUBMIT_TIMEOUT_MS, scheduleS: [5] });
  expect(ledger.logs.named("record.set_aside")).toMatchObject([
    { id: job.id, message: `The record ${key} cannot be understood: it is no JSON.` },
  ]);
  expect(JSON.stringify(ledger.logs.lines)).not.toContain("moonlight");
});
