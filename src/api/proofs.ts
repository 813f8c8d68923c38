/**
 * Proofs of what the API has written, for `INTAKE_DURABILITY`. They are made in rounds, on one connection: requests that
 * come while a round is under way share the next, so a disk that takes its time is waited for once by all of them.
 *
 * While rounds fail there is nothing to be promised: who asks is told before anything is written, and a round without
 * requests is tried every second until one succeeds.
 */
import { setTimeout as sleep } from "node:timers/promises";

import type { Logger } from "../shared/logger.ts";
import type { Prove } from "../shared/store/durability.ts";
import { closeRedis } from "../shared/store/redis.ts";
import type { RedisClient } from "../shared/store/redis.ts";
import { resultWithin } from "../shared/within.ts";

/** How long one request waits, in ms: for the round that is under way, and for its own. */
const PATIENCE_MS = 5000;
const TRY_AGAIN_MS = 1000;

/** Whether `server`, after a write there was confirmed, knows of what is to be proven. */
export type Look = (server: RedisClient) => Promise<boolean>;

export type Proofs = {
  /** Whether proofs can be hoped for. */
  isWorking: () => boolean;
  /** Whether what `look` finds is proven, in time. Rejects when the look fails. */
  isProven: (look: Look) => Promise<boolean>;
  close: () => Promise<void>;
};

/** `INTAKE_DURABILITY=memory`: a write that Redis has answered is good enough. */
export const noProofs: Proofs = {
  isWorking: () => true,
  isProven: async () => true,
  close: async () => undefined,
};

type Request = { look: Look; resolve: (isProven: boolean) => void; reject: (error: unknown) => void };

/** `redis`: a connection for proofs alone. */
export function createProofs(redis: RedisClient, prove: Prove, log: Logger): Proofs {
  let waiting: Request[] = [];
  let isUnderWay = false;
  let isWorking = true;
  const closing = new AbortController();

  async function isProven(look: Look): Promise<boolean> {
    const asked = new Promise<boolean>((resolve, reject) => waiting.push({ look, resolve, reject }));
    if (!isUnderWay) void makeRounds();
    return (await resultWithin(PATIENCE_MS, asked)) ?? false;
  }

  async function makeRounds(): Promise<void> {
    isUnderWay = true;
    while (waiting.length > 0) {
      const round = waiting;
      waiting = [];
      const { isConfirmed, err } = await makeRound(redis, prove, round);
      if (isWorking && !isConfirmed) void tryUntilWorking(err);
    }
    isUnderWay = false;
  }

  async function tryUntilWorking(cause: unknown): Promise<void> {
    isWorking = false;
    log.tell("intake.closed", { err: cause });
    while (!isWorking && !closing.signal.aborted) {
      await sleep(TRY_AGAIN_MS, undefined, { signal: closing.signal }).catch(() => undefined);
      isWorking = (await makeRound(redis, prove, [])).isConfirmed;
    }
    if (isWorking) log.tell("intake.open", {});
  }

  async function close(): Promise<void> {
    closing.abort();
    await closeRedis(redis);
  }

  return { isWorking: () => isWorking, isProven, close };
}

type Round = { isConfirmed: boolean; err?: unknown };

/** Answers each request of a round; never rejects. */
async function makeRound(redis: RedisClient, prove: Prove, round: Request[]): Promise<Round> {
  const lookForAll = (server: RedisClient) => Promise.allSettled(round.map(({ look }) => look(server)));
  try {
    const { isConfirmed, found } = await prove(redis, lookForAll);
    for (const [n, { resolve, reject }] of round.entries()) {
      const seen = found[n];
      if (isConfirmed && seen?.status === "rejected") reject(seen.reason);
      else resolve(isConfirmed && seen?.status === "fulfilled" && seen.value);
    }
    return { isConfirmed };
  } catch (err) {
    for (const { resolve } of round) resolve(false);
    return { isConfirmed: false, err };
  }
}
