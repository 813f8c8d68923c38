import { onTestFinished } from "vitest";
import { z } from "zod";

import type { Job } from "../../src/shared/job.ts";
import { withReservations } from "../../src/shared/store/budget.ts";
import { openLedger } from "../../src/shared/store/ledger.ts";
import type { Ledger } from "../../src/shared/store/ledger.ts";
import { closeRedis, connectRedis } from "../../src/shared/store/redis.ts";
import { parseRedisUrl } from "../../src/shared/store/redis-url.ts";
import type { RedisClient } from "../../src/shared/store/redis.ts";
import type { Logger } from "../../src/shared/logger.ts";
import { within } from "../../src/shared/within.ts";
import { createDueStore } from "../../src/worker/due.ts";
import type { DueStore } from "../../src/worker/due.ts";
import { createDoorman } from "../../src/worker/doorman.ts";
import type { Doorman } from "../../src/worker/doorman.ts";
import { setAside } from "../../src/worker/aside.ts";
import type { Lender } from "../../src/worker/lender.ts";
import type { StageDeps } from "../../src/worker/stages.ts";
import { openLogBook } from "./log-book.ts";
import type { LogBook } from "./log-book.ts";
import { redisUrl, testPrefix } from "./redis.ts";

/** A ledger of the test's own on a connection of its own, as one worker has it, and what was logged. */
export type TestLedger = Ledger & {
  due: DueStore;
  hurry: DueStore["hurry"];
  doorman: Doorman;
  setAside: StageDeps["setAside"];
  /** One connection serves everybody. */
  connections: Pick<Lender, "lend">;
  log: Logger;
  logs: LogBook;
  prefix: string;
};

export const SUBMIT_TIMEOUT_MS = 60_000;
export const DELIVERY_TIMEOUT_MS = 15_000;
export const RETENTION_S = 3600;

/** What a tenant may have: micro-dollars a day, and queued jobs. */
type Limits = { DAILY_BUDGET_USD?: number; MAX_QUEUED_PER_TENANT?: number };
type Opening = { prefix?: string; url?: string; limits?: Limits };

/** Two with one `prefix` are two workers on one ledger. Closed when the test ends. */
export function openTestLedger({
  prefix = testPrefix(),
  url = redisUrl(),
  limits = {},
}: Opening = {}): TestLedger {
  const logs = openLogBook("worker", "debug");
  const { log } = logs;
  const redis = connectTestRedis(url, log);
  const settings = {
    KEY_PREFIX: prefix,
    SUBMIT_TIMEOUT_MS,
    WEBHOOK_TIMEOUT_MS: DELIVERY_TIMEOUT_MS,
    RETENTION_S,
    ...limits,
  };
  const ledger = openLedger(redis, settings, log);
  onTestFinished(async () => {
    await within(2000, ledger.motor.close());
    await closeRedis(redis);
  });
  const due = createDueStore(redis, ledger.keys);
  const aside: StageDeps["setAside"] = (id, error) => setAside({ due, log }, id, error);
  const connections: Pick<Lender, "lend"> = { lend: (use) => use(redis) };
  const doorman = createDoorman({ ...ledger, log });
  return { ...ledger, doorman, due, hurry: due.hurry, setAside: aside, connections, log, logs, prefix };
}

export function connectTestRedis(url: string, log: Logger): RedisClient {
  const target = parseRedisUrl(url);
  if (!target) throw new Error(`${url} is no Redis URL`);
  return connectRedis(target, "worker", log);
}

/** Writes a record in whatever state, with the books that belong to it, and returns it as it was written. */
export async function putJob(ledger: Pick<Ledger, "jobs">, job: Job): Promise<Job> {
  const change = { transition: null, job, fact: { kind: job.status }, event: null };
  const bar = await ledger.jobs.createJob(change);
  if (bar) throw new Error(`The job ${job.id} was not written: ${bar.as}.`);
  return withReservations(null, change, job.createdAt).job;
}

/** The record as it stands. */
export async function readJob(ledger: TestLedger, id: string): Promise<Job> {
  const found = await ledger.jobs.readJob(id);
  if (!found) throw new Error(`There is no job ${id}.`);
  return found.record;
}

const DUMP = `
local out = {}
local names = redis.call('KEYS', ARGV[1])
table.sort(names)
for _, name in ipairs(names) do
  local kind = redis.call('TYPE', name).ok
  local value
  if kind == 'string' then value = { redis.call('GET', name) }
  elseif kind == 'hash' then
    value = {}
    local fields = redis.call('HKEYS', name)
    table.sort(fields)
    for _, field in ipairs(fields) do
      value[#value + 1] = field
      value[#value + 1] = redis.call('HGET', name, field)
    end
  elseif kind == 'set' then
    value = redis.call('SMEMBERS', name)
    table.sort(value)
  elseif kind == 'zset' then value = redis.call('ZRANGE', name, 0, -1, 'WITHSCORES')
  elseif kind == 'list' then value = redis.call('LRANGE', name, 0, -1)
  else
    value = {}
    for _, entry in ipairs(redis.call('XRANGE', name, '-', '+')) do
      value[#value + 1] = entry[1]
      for _, word in ipairs(entry[2]) do value[#value + 1] = word end
    end
  end
  out[#out + 1] = { name, value }
end
return out`;

const Dump = z.array(z.tuple([z.string(), z.array(z.string())]));

/** Every key of the ledger and its motor at one moment, by its name without the prefix, with all that it holds. */
export async function dumpKeys(ledger: Pick<Ledger, "redis" | "keys">): Promise<Map<string, string[]>> {
  const tag = ledger.keys.queues;
  const found = Dump.parse(await ledger.redis.eval(DUMP, 0, `${tag}:*`));
  return new Map(found.map(([name, value]) => [name.slice(tag.length + 1), value]));
}

/** A sorted set's members by score, in ms. */
export async function readZset(ledger: TestLedger, key: string): Promise<Record<string, number>> {
  const words = await ledger.redis.zrange(key, "0", "-1", "WITHSCORES");
  const pairs: Record<string, number> = {};
  for (let at = 0; at < words.length; at += 2) pairs[words[at] ?? ""] = Number(words[at + 1]);
  return pairs;
}

/** The ids of the entries that a queue holds alive: waiting, prioritized, delayed or active. */
export async function liveEntries(
  ledger: Pick<Ledger, "motor">,
  stage: "submit" | "poll" | "deliver",
): Promise<string[]> {
  const queue = ledger.motor.queues[stage];
  const found = await queue.getJobs(["waiting", "prioritized", "delayed", "active"]);
  return found.map((entry) => entry.id ?? "").sort();
}

/** Takes every entry out of all queues: wake-ups that were lost. */
export async function loseWakeUps(ledger: Pick<Ledger, "motor">): Promise<void> {
  const { submit, poll, deliver } = ledger.motor.queues;
  await Promise.all([submit, poll, deliver].map((queue) => queue.obliterate({ force: true })));
}
