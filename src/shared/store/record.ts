/**
 * Records: a hash of `status` and `version`, which the scripts guard, the `format`, and the rest as JSON. Read with Redis'
 * clock, written only by way of a guard. One that cannot be read cannot be written either.
 */
import { randomUUID } from "node:crypto";

import { z } from "zod";

import { formats, upgraded } from "./format.ts";
import { isUnavailable } from "./redis.ts";
import type { RedisClient } from "./redis.ts";
import { keysOfLists, listWords, runScript } from "./scripts.ts";
import type { Command, Condition } from "./scripts.ts";

const ReadAnswer = z.array(z.string().nullable());

/** One of those who write at once wins each round, so the unluckiest of N needs N; more than this means that something is wrong. */
export const MAX_ROUNDS = 100;

export const movesTooOften = (what: string): Error =>
  new Error(`The ${what} could not be changed: it moved ${MAX_ROUNDS} times in a row.`);

/** A record as it was read, and Redis' clock from then on. `write`: the name of the write that made it, where it is known. */
export type Snapshot<T> = { record: T; now: () => number; write?: string | null };

/** A record that this process cannot read: it is left alone, and whoever met it must say so. */
export class UnreadableRecordError extends Error {}

/** One that nobody can understand. The reason quotes nothing of it. */
export class CorruptRecordError extends UnreadableRecordError {
  constructor(key: string, reason: string) {
    super(`The record ${key} cannot be understood: ${reason}.`);
    this.name = "CorruptRecordError";
  }
}

/** One that processes of a newer version understand. */
export class NewerRecordError extends UnreadableRecordError {
  constructor(key: string, format: number) {
    super(`The record ${key} is of format ${format}, which this version does not know.`);
    this.name = "NewerRecordError";
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
  const { record, now, write } = await read(redis, key, schema);
  return record === null ? null : { record, now, write };
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
): Promise<{ record: T | null; now: () => number; write: string | null }> {
  const askedAt = performance.now();
  const [time, ...fields] = await orCorrupt(key, runScript(redis, "read", [key], [], ReadAnswer));
  if (performance.now() - askedAt > LONGEST_WAY_MS) return read(redis, key, schema);
  const now = () => Math.round(Number(time) + performance.now() - askedAt);
  return { record: parseRecord(key, schema, fields), now, write: fields[5] ?? null };
}

/** The answer of a command on a key, unless something of another kind is kept there. */
export async function orCorrupt<T>(key: string, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof Error && /WRONGTYPE/.test(error.message))) throw error;
    throw new CorruptRecordError(key, "it is of another type");
  }
}

/**
 * Reads records in one round trip, without the clock. In the place of one that cannot be read stands its error, in that of
 * one that is not there null.
 */
export async function readRecords<T>(
  redis: RedisClient,
  keys: string[],
  schema: z.ZodType<T>,
): Promise<(T | UnreadableRecordError | null)[]> {
  const pipeline = redis.pipeline();
  for (const key of keys) pipeline.hmget(key, "status", "version", "state", "request", "format");
  const answers = (await pipeline.exec()) ?? [];
  return keys.map((key, index) => {
    const [error, words] = answers[index] ?? [null, []];
    if (error && isUnavailable(error)) throw error;
    return error ? new CorruptRecordError(key, error.message) : parseListed(key, schema, words);
  });
}

function parseListed<T>(key: string, schema: z.ZodType<T>, words: unknown): T | UnreadableRecordError | null {
  try {
    return parseRecord(key, schema, ReadAnswer.parse(words));
  } catch (error) {
    if (error instanceof UnreadableRecordError) return error;
    throw error;
  }
}

type Words = z.infer<typeof ReadAnswer>;

/** null: none of the fields is there. */
function parseRecord<T>(key: string, schema: z.ZodType<T>, words: Words): T | null {
  if (words.every((word) => word === null)) return null;
  const format = Number(words[4] ?? 1);
  if (format > formats.readable) throw new NewerRecordError(key, format);
  if (!Number.isInteger(format) || format < 1) throw new CorruptRecordError(key, "format is no number");
  try {
    return schema.parse(upgraded(fieldsOf(words), format));
  } catch (error) {
    throw new CorruptRecordError(key, reasonOf(error));
  }
}

const fieldsOf = ([status, version, state, request]: Words) => ({
  ...JSON.parse(state ?? ""),
  ...(request ? { request: JSON.parse(request) } : {}),
  status,
  version: Number(version),
});

/** Deeper paths may have names that a caller has chosen. */
const DEEPEST_TOLD = 2;

/** What is wrong, without a word of the record itself, which may be a prompt. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof z.ZodError)) return "it is no JSON";
  const [issue] = error.issues;
  return `${issue?.path.slice(0, DEEPEST_TOLD).join(".")}: ${issue?.message}`;
}

/** `format`: only of one that is beyond what this version writes; see `upgraded`. */
type Changing = { status: string; version: number; format?: number };

/** The command that writes a record's changing part. */
export function stateCommand(key: string, record: Changing): Command {
  const { status, version, format = formats.written, ...state } = record;
  return [
    "HSET",
    key,
    "status",
    status,
    "version",
    version,
    "format",
    format,
    "state",
    JSON.stringify(state),
  ];
}

export type Guard = {
  key: string;
  /** As it was read; 0 = the record must not exist yet. */
  version: number;
  /** As it was read: tells apart two histories with the same number, of which a takeover has forgotten one. */
  write?: string | null | undefined;
  /** The statuses that the change may start from. */
  sources: readonly string[];
  conditions?: Condition[] | undefined;
};

/** An Idempotency-Key, and what it is bound to by a write. */
export type Binding = { key: string; value: string };

/** A condition that does not hold, and what was found instead: the holder of a key, a count, the money spent, an owner. */
export type Bar = { as: "free" | "memory" | "room" | "budget" | "owner"; found: string };

export type Written = { as: "written" } | { as: "stale" } | Bar;

const CommitAnswer = z.tuple([
  z.enum(["written", "stale", "free", "memory", "room", "budget", "owner"]),
  z.string(),
]);

/**
 * Writes a change if nobody else moved the record since it was read, and all conditions hold. Each write has a name of its own, by which it is
 * recognised when a new connection sends it a second time.
 */
export async function commitRecord(redis: RedisClient, guard: Guard, commands: Command[]): Promise<Written> {
  const { key, sources, conditions = [] } = guard;
  const keys = [key, ...keysOfLists([...conditions, ...commands])];
  const name = randomUUID();
  const words = [
    revisionOf(guard),
    sources.join(","),
    name,
    ...listWords(conditions),
    ...listWords(commands),
  ];
  const [as, found] = await runScript(redis, "commit", keys, words, CommitAnswer);
  return as === "written" || as === "stale" ? { as } : { as, found };
}

/** As `mayChange` in prelude.lua takes it. */
export const revisionOf = ({ version, write }: Pick<Guard, "version" | "write">): string =>
  write ? `${version} ${write}` : String(version);
