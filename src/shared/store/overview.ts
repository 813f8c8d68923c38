/** The installation as a whole, as Redis knows it: what dashboards and alarms look at. */
import { jobStatuses } from "../job.ts";
import type { JobStatus } from "../job.ts";
import { keysOf } from "../keys-of.ts";
import { stages } from "../queues.ts";
import type { Motor, Stage } from "../queues.ts";
import { everyone } from "./keys.ts";
import type { Keys } from "./keys.ts";
import { readClock } from "./record.ts";
import { readInfo } from "./redis-info.ts";
import { isCluster, isConnected } from "./redis.ts";
import type { RedisClient } from "./redis.ts";

/** What BullMQ's entries do while they are alive. */
const entryStates = ["waiting", "prioritized", "delayed", "active"] as const;

type EntryCount = { stage: Stage; state: string; count: number };

/** What the server says of itself, memory in bytes (`memoryMax` 0: no limit). */
type Server = {
  memoryUsed: number;
  memoryMax: number;
  hasAof: boolean;
  isAofWritten: boolean;
  delayedFsyncs: number;
};

/**
 * Ages in ms, since the intake. `breakerCause`: what stops submissions; '' is nothing. `server`: null on a Cluster, whose
 * servers each speak for themselves alone.
 */
export type Overview = {
  jobs: { status: JobStatus; count: number }[];
  oldestQueuedMs: number;
  slotsInUse: number;
  breakerCause: string;
  isPaused: boolean;
  overdue: number;
  aside: number;
  /** Of deliveries: places in use, those who stand in line, receivers that nothing is sent to but a probe. */
  places: number;
  inLine: number;
  openDestinations: number;
  entries: EntryCount[];
  server: Server | null;
};

type Deps = { redis: RedisClient; keys: Keys; motor: Motor };

/** Costs a handful of commands, whatever the backlog. Rejects when Redis is away: a worker's connection would wait for it. */
export async function readOverview(deps: Deps): Promise<Overview> {
  if (!isConnected(deps.redis)) throw new Error("Redis is away.");
  const now = await readClock(deps.redis);
  const [jobs, road, places, entries, server] = await Promise.all([
    readJobs(deps, now),
    readRoad(deps, now),
    readPlaces(deps, now),
    Promise.all(stages.map((stage) => countEntries(deps.motor, stage))),
    isCluster(deps.redis) ? null : readServer(deps.redis),
  ]);
  return { ...jobs, ...road, ...places, entries: entries.flat(), server };
}

async function readJobs({ redis, keys }: Deps, now: number) {
  const indexOf = (status: JobStatus) => keys.jobsBy(everyone, "status", status);
  const count = async (status: JobStatus) => ({ status, count: await redis.zcard(indexOf(status)) });
  const [jobs, oldest] = await Promise.all([
    Promise.all(keysOf(jobStatuses).map(count)),
    redis.zrange(indexOf("queued"), "0", "0", "WITHSCORES"),
  ]);
  const queuedAt = oldest[1] === undefined ? now : Number(oldest[1]);
  return { jobs, oldestQueuedMs: Math.max(0, now - queuedAt) };
}

async function readRoad({ redis, keys }: Deps, now: number) {
  const [slotsInUse, cause, submissions, overdue, aside] = await Promise.all([
    redis.zcount(keys.slots, `(${now}`, "+inf"),
    redis.hget(keys.breaker, "cause"),
    redis.hget(keys.submissions, "status"),
    redis.zcount(keys.due, "-inf", `${now}`),
    redis.zcard(keys.aside),
  ]);
  return { slotsInUse, breakerCause: cause ?? "", isPaused: submissions === "paused", overdue, aside };
}

/** Beyond so many tenants, or lines, the rest is left out: a scrape must stay cheap. */
const MOST_COUNTED = 1000;

async function readPlaces({ redis, keys }: Deps, now: number) {
  const [tenants, lines, openDestinations] = await Promise.all([
    redis.zrange(keys.served, `${now}`, "+inf", "BYSCORE", "LIMIT", 0, MOST_COUNTED),
    redis.zrange(keys.lines, "0", `${MOST_COUNTED - 1}`),
    redis.zcount(keys.openRoads, `(${now}`, "+inf"),
  ]);
  const [held, waiting] = await Promise.all([
    Promise.all(tenants.map((tenant) => redis.zcount(keys.places(tenant), `(${now}`, "+inf"))),
    Promise.all(lines.map((line) => redis.zcard(keys.line(line)))),
  ]);
  return { places: sum(held), inLine: sum(waiting), openDestinations };
}

const sum = (counts: number[]): number => counts.reduce((total, count) => total + count, 0);

async function countEntries(motor: Motor, stage: Stage): Promise<EntryCount[]> {
  const counts = await motor.queues[stage].getJobCounts(...entryStates);
  return entryStates.map((state) => ({ stage, state, count: counts[state] ?? 0 }));
}

async function readServer(redis: RedisClient): Promise<Server> {
  const info = await readInfo(redis);
  return {
    memoryUsed: Number(info["used_memory"] ?? 0),
    memoryMax: Number(info["maxmemory"] ?? 0),
    hasAof: info["aof_enabled"] === "1",
    isAofWritten: info["aof_last_write_status"] !== "err",
    delayedFsyncs: Number(info["aof_delayed_fsync"] ?? 0),
  };
}
