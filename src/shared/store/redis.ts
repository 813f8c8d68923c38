/**
 * Connections to Redis. A producer (the API) must say no quickly when Redis is away; a worker waits for it, however long
 * that takes; a listener (the API's too) hears what is published. No two of them share a connection.
 */
import { Cluster, Redis } from "ioredis";
import { within } from "../within.ts";
import type { Logger } from "../logger.ts";
import type { RedisTarget } from "./redis-url.ts";

export type RedisClient = Redis | Cluster;

/** How long a request to the API waits for Redis before it answers 503, in ms. */
const PRODUCER_TIMEOUT_MS = 1500;

const impatient = {
  enableOfflineQueue: false,
  maxRetriesPerRequest: 1,
  commandTimeout: PRODUCER_TIMEOUT_MS,
  connectTimeout: PRODUCER_TIMEOUT_MS,
  autoResendUnfulfilledCommands: false,
};

const patient = { maxRetriesPerRequest: null, connectTimeout: 5000 };

/** The names show in `CLIENT LIST`. */
const roles = {
  producer: { ...impatient, connectionName: "onetake-api" },
  // It subscribes by itself whenever it is connected again, since it must know from when on it hears.
  listener: { ...impatient, connectionName: "onetake-api-changes", autoResubscribe: false },
  worker: { ...patient, connectionName: "onetake-worker" },
  // Beside a worker's own, for one submission at a time.
  lent: { ...patient, connectionName: "onetake-worker-submit" },
};

const reconnect = {
  retryStrategy: (times: number) => Math.min(times * 100, 1000),
  // A primary that has become a replica: connect again, to the new one, and send the command there.
  reconnectOnError: (error: Error) => (error.message.startsWith("READONLY") ? (2 as const) : false),
};

/** Connects in the background and again whenever the connection is lost. `role` decides how its commands fail. */
export function connectRedis(target: RedisTarget, role: keyof typeof roles, log: Logger): RedisClient {
  const redis = open(target, role);
  // Who listens tells whether it hears, and a worker's own connection tells of those beside it.
  if (role === "listener" || role === "lent")
    redis.on("error", (error: Error) => log.tell("redis.error", { err: error }));
  else logOutages(redis, log);
  return redis;
}

function open(target: RedisTarget, role: keyof typeof roles): RedisClient {
  const options = roles[role];
  switch (target.kind) {
    case "single":
      return new Redis(target.url, { ...options, ...reconnect });
    case "cluster":
      return new Cluster(target.seeds, {
        redisOptions: options,
        enableOfflineQueue: role === "worker" || role === "lent",
        clusterRetryStrategy: reconnect.retryStrategy,
      });
    case "sentinel": {
      const { kind: _kind, ...sentinel } = target;
      return new Redis({ ...options, ...reconnect, ...sentinel, failoverDetector: true });
    }
  }
}

/** One line when Redis goes away and one when it is back, however often ioredis tries in between. */
function logOutages(redis: RedisClient, log: Logger): void {
  let away = false;
  redis.on("error", (error: Error) => {
    if (!away) log.tell("redis.away", { err: error });
    away = true;
  });
  redis.on("ready", () => {
    if (away) log.tell("redis.back", {});
    away = false;
  });
}

export const isCluster = (redis: RedisClient): boolean => redis instanceof Cluster;

/** A Redis that is away cannot be told goodbye. */
const GOODBYE_MS = 2000;

/** Closes a connection: gracefully if the server answers, at once if it does not. */
export async function closeRedis(redis: RedisClient): Promise<void> {
  if (isConnected(redis))
    await within(
      GOODBYE_MS,
      redis.quit().catch(() => undefined),
    );
  redis.disconnect();
}

/** Whether commands can be expected to be answered now. */
export const isConnected = (redis: RedisClient): boolean => redis.status === "ready";

/** Redis' own words for "not now". */
const passing = /^(LOADING|CLUSTERDOWN|MASTERDOWN|READONLY|NOREPLICAS|TRYAGAIN|OOM|BUSY|MISCONF) /;
const broken =
  /Connection is closed|Command timed out|isn't (?:writeable|ready)|max retries per request|Failed to refresh slots|ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOTFOUND/i;

/** Whether an error says that Redis could not be asked, so that a repeat may succeed. A write may have happened all the same. */
export const isUnavailable = (error: Error): boolean =>
  error.name === "MaxRetriesPerRequestError" || passing.test(error.message) || broken.test(error.message);
