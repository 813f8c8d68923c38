/**
 * Records: a hash of `status` and `version`, which the scripts guard, and the rest as JSON. Read with Redis' clock,
 * written only by way of a guard.
 */
import { randomUUID } from "node:crypto";

import { z } from "zod";

import { isUnavailable } from "./redis.ts";
import type { RedisClient } from "./redis.ts";
import { keysOfLists, listWords, runScript } from "./scripts.ts";
import type { Command, Condition } from "./scripts.ts";

const ReadAnswer = z.array(z.string().nullable());

/** One of those who write at once wins each round, so the unluckiest of N needs N; more than this means that something is wrong. */
export const MAX_ROUNDS = 100;

export const movesTooOften = (what: string): Error =>
  new Error(`The ${what} could not be changed: it moved ${MAX_ROUNDS} times in a row.`);

/** A record as it was read, and Redis' clock from then on. */
export type Snapshot<T> = { record: T; now: () => number };

/** A record that cannot be understood: it is left alone, and whoever met it must say so. */
export class CorruptRecordError extends Error {
  constructor(key: string, cause: unknown) {
    super(`The record ${key} cannot be read.`, { cause });
    this.name = "CorruptRecordError";
  }
}

/**
 * The time may run ahead by as long as the request was on its way, which is the length of an outage when a connection was
 * lost: with such a clock a live submission would look lost. So it is asked for again.
 */
const LONGEST_WAY_MS = 5000;

/** Reads and parses a record; null when there is none. `now` is Redis' time, carried on by this process' monotonic clock. */
export async function readRecord<T>(
  redis: RedisClient,
  key: string,
  schema: z.ZodType<T>,
): Promise<Snapshot<T> | null> {
  const { record, now } = await read(redis, key, schema);
  return record === null ? null : { record, now };
}

/** The same for a record that is `initial` until somebody writes it. */
export async function readRecordOr<T>(
  redis: RedisClient,
  key: string,
  schema: z.ZodType<T>,
  initial: T,
): Promise<Snapshot<T>> {
  const { record, now } = await read(redis, key, schema);
  return { record: record ?? initial, now };
}

/** Redis' clock in ms: deadlines that cross processes are reckoned by it. */
export async function readClock(redis: RedisClient): Promise<number> {
  const [seconds, micros] = await redis.time();
  return Number(seconds) * 1000 + Math.floor(Number(micros) / 1000);
}

async function read<T>(
  redis: RedisClient,
  key: string,
  schema: z.ZodType<T>,
): Promise<{ record: T | null; now: () => number }> {
  const askedAt = performance.now();
  const [time, status, version, state, request] = await runScript(redis, "read", [key], [], ReadAnswer);
  if (performance.now() - askedAt > LONGEST_WAY_MS) return read(redis, key, schema);
  const now = () => Math.round(Number(time) + performance.now() - askedAt);
  if (status === null || status === undefined) return { record: null, now };
  return { record: parseRecord(key, schema, { status, version, state, request }), now };
}

/**
 * Reads records in one round trip, without the clock. In the place of one that cannot be understood stands its error, in
 * that of one that is not there null.
 */
export async function readRecords<T>(
  redis: RedisClient,
  keys: string[],
  schema: z.ZodType<T>,
): Promise<(T | CorruptRecordError | null)[]> {
  const pipeline = redis.pipeline();
  for (const key of keys) pipeline.hmget(key, "status", "version", "state", "request");
  const answers = (await pipeline.exec()) ?? [];
  return keys.map((key, index) => {
    const [error, words] = answers[index] ?? [null, []];
    if (error && isUnavailable(error)) throw error;
    return error ? new CorruptRecordError(key, error) : parseListed(key, schema, words);
  });
}

function parseListed<T>(key: string, schema: z.ZodType<T>, words: unknown): T | CorruptRecordError | null {
  const [status, version, state, request] = ReadAnswer.parse(words);
  if (status === null || status === undefined) return null;
  try {
    return parseRecord(key, schema, { status, version, state, request });
  } catch (error) {
    if (error instanceof CorruptRecordError) return error;
    throw error;
  }
}

type Stored = Record<"status" | "version" | "state" | "request", string | null | undefined>;

function parseRecord<T>(key: string, schema: z.ZodType<T>, stored: Stored): T {
  try {
    return schema.parse({
      ...JSON.parse(stored.state ?? ""),
      ...(stored.request ? { request: JSON.parse(stored.request) } : {}),
      status: stored.status,
      version: Number(stored.version),
    });
  } catch (error) {
    throw new CorruptRecordError(key, error);
  }
}

/** The command that writes a record's changing part. */
export function stateCommand(key: string, record: { status: string; version: number }): Command {
  const { status, version, ...state } = record;
  return ["HSET", key, "status", status, "version", version, "state", JSON.stringify(state)];
}

export type Guard = {
  key: string;
  /** As it was read; 0 = the record must not exist yet. */
  version: number;
  /** The statuses that the change may start from. */
  sources: readonly string[];
  conditions?: Condition[] | undefined;
};

/** An Idempotency-Key, and what it is bound to by a write. */
export type Binding = { key: string; value: string };

/** A condition that does not hold, and what was found instead: the holder of a key, a count, the money spent, an owner. */
export type Bar = { as: "free" | "room" | "budget" | "owner"; found: string };

export type Written = { as: "written" } | { as: "stale" } | Bar;

const CommitAnswer = z.tuple([z.enum(["written", "stale", "free", "room", "budget", "owner"]), z.string()]);

/**
 * Writes a change if nobody else moved the record since it was read, and all conditions hold. Each write has a name of its own, by which it is
 * recognised when a new connection sends it a second time.
 */
export async function commitRecord(redis: RedisClient, guard: Guard, commands: Command[]): Promise<Written> {
  const { key, version, sources, conditions = [] } = guard;
  const keys = [key, ...keysOfLists([...conditions, ...commands])];
  const name = randomUUID();
  const words = [version, sources.join(","), name, ...listWords(conditions), ...listWords(commands)];
  const [as, found] = await runScript(redis, "commit", keys, words, CommitAnswer);
  return as === "written" || as === "stale" ? { as } : { as, found };
}
