/**
 * Connections to Redis. A producer (the API) must say no quickly when Redis is away; a worker waits for it, however long
 * that takes; a listener (the API's too) hears what is published; on another connection the API has its writes proven. No
 * two of them share a connection.
 */
import { Cluster, Redis } from "ioredis";
import { within } from "../within.ts";
import type { Logger } from "../logger.ts";
import type { RedisTarget } from "./redis-url.ts";
import { slotOf } from "./slot.ts";

export type RedisClient = Redis | Cluster;

/** How long a request to the API waits for Redis before it answers 503, in ms. */
const PRODUCER_TIMEOUT_MS = 1500;

/** How long the API waits for the proof of a write, in ms: an append-only file that is synced each second needs up to two. */
export const PROOF_WAIT_MS = 3000;

const impatient = {
  enableOfflineQueue: false,
  maxRetriesPerRequest: 1,
  commandTimeout: PRODUCER_TIMEOUT_MS,
  connectTimeout: PRODUCER_TIMEOUT_MS,
  autoResendUnfulfilledCommands: false,
};

/** A primary of a Cluster that is frozen tells nobody that another has its slots: the others are asked this often, in ms. */
const SLOTS_REFRESH_MS = 2000;

const reconnect = {
  retryStrategy: (times: number) => Math.min(times * 100, 1000),
  // A primary that has become a replica: connect again, to the new one, and send the command there.
  reconnectOnError: (error: Error) => (error.message.startsWith("READONLY") ? (2 as const) : false),
};

const patient = { maxRetriesPerRequest: null, connectTimeout: 5000 };

/** The names show in `CLIENT LIST`. */
const roles = {
  producer: { ...impatient, connectionName: "onetake-api" },
  // It subscribes by itself whenever it is connected again, since it must know from when on it hears.
  listener: { ...impatient, connectionName: "onetake-api-changes", autoResubscribe: false },
  proof: {
    ...impatient,
    commandTimeout: PROOF_WAIT_MS + PRODUCER_TIMEOUT_MS,
    connectionName: "onetake-api-proof",
  },
  worker: { ...patient, connectionName: "onetake-worker" },
  // Beside a worker's own, for one submission at a time.
  lent: { ...patient, connectionName: "onetake-worker-submit" },
};

/** Connects in the background and again whenever the connection is lost. `role` decides how its commands fail. */
export function connectRedis(target: RedisTarget, role: keyof typeof roles, log: Logger): RedisClient {
  const redis = open(target, role);
  if (redis instanceof Cluster) redis.on("+node", batchWrites);
  else batchWrites(redis);
  // Who listens tells whether it hears, and a process' first connection tells of those beside it.
  if (role === "producer" || role === "worker") logOutages(redis, log);
  else redis.on("error", (error: Error) => log.tell("redis.error", { err: error }));
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
        slotsRefreshInterval: SLOTS_REFRESH_MS,
      });
    case "sentinel": {
      const { kind: _kind, ...sentinel } = target;
      return keepTrying(new Redis({ ...options, ...reconnect, ...sentinel, failoverDetector: true }));
    }
  }
}

/**
 * Sends the commands of one turn of the event loop to the socket together: ioredis makes a system call for each, which is
 * half of what a command costs this process.
 */
function batchWrites(redis: Redis): void {
  const send = redis.sendCommand.bind(redis);
  redis.sendCommand = (...command) => {
    if (redis.status === "ready") holdBack(redis.stream);
    return send(...command);
  };
}

function holdBack(stream: Redis["stream"]): void {
  if (stream.writableCorked > 0) return;
  stream.cork();
  process.nextTick(() => stream.uncork());
}

const REVIVE_AFTER_MS = 100;
/** Those that are closed on purpose. */
const closing = new WeakSet<RedisClient>();

/**
 * A Sentinel's news of a failover makes ioredis drop its connection. When that is lost already and another is being made,
 * the news ends the attempt instead, and ioredis never tries again.
 */
function keepTrying(redis: Redis): Redis {
  const revive = () => {
    if (!closing.has(redis)) redis.connect().catch(() => undefined);
  };
  redis.on("end", () => setTimeout(revive, REVIVE_AFTER_MS));
  return redis;
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

export const isCluster = (redis: RedisClient): redis is Cluster => redis instanceof Cluster;

/** The servers that may be written to, each with its address: the primaries of a Cluster, or the only one there is (''). */
export const primariesOf = (redis: RedisClient): { address: string; server: RedisClient }[] =>
  isCluster(redis)
    ? redis.nodes("master").map((server) => ({ address: addressOf(server), server }))
    : [{ address: "", server: redis }];

/**
 * The connection to the server that holds `key`: on a Cluster, to the primary of its slot. Rejects when that is not known
 * at present.
 */
export async function serverOf(redis: RedisClient, key: string): Promise<RedisClient> {
  if (!isCluster(redis)) return redis;
  // Only what the Cluster's client sends itself teaches it where the slot has gone.
  await redis.exists(key);
  const [holder] = redis.slots[slotOf(key)] ?? [];
  const found = primariesOf(redis).find(({ address }) => address === holder);
  if (!found) throw new Error(`CLUSTERDOWN No primary is known that holds ${key}.`);
  return found.server;
}

const addressOf = ({ options }: Redis): string => `${options.host}:${options.port}`;

/** A Redis that is away cannot be told goodbye. */
const GOODBYE_MS = 2000;

/** Closes a connection: gracefully if the server answers, at once if it does not. */
export async function closeRedis(redis: RedisClient): Promise<void> {
  closing.add(redis);
  if (isConnected(redis))
    await within(
      GOODBYE_MS,
      redis.quit().catch(() => undefined),
    );
  redis.disconnect();
}

/** Whether commands can be expected to be answered now. */
export const isConnected = (redis: RedisClient): boolean => redis.status === "ready";

/** Whether an error says that Redis takes no writes for now (no memory, a full disk, no replica) and can be read. */
export const isReadable = (error: Error): boolean => /^(OOM|MISCONF|NOREPLICAS) /.test(error.message);

/** Redis' own words for "not now". */
const passing = /^(LOADING|CLUSTERDOWN|MASTERDOWN|READONLY|NOREPLICAS|TRYAGAIN|OOM|BUSY|MISCONF) /;
const broken =
  /Connection is closed|Command timed out|isn't (?:writeable|ready)|max retries per request|Failed to refresh slots|Too many Cluster redirections|ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOTFOUND/i;

/** Whether an error says that Redis could not be asked, so that a repeat may succeed. A write may have happened all the same. */
export const isUnavailable = (error: Error): boolean =>
  error.name === "MaxRetriesPerRequestError" || passing.test(error.message) || broken.test(error.message);
