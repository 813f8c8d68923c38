/**
 * Sees that the ids of tasks outlast a failover. Such a write is acknowledged before any other server has it; one that takes
 * over without it knows of a request under way and no more. So the write is proven, and made again where it was forgotten.
 * Proofs are made in rounds, on one connection: a proof may wait, and many tasks may come meanwhile.
 */
import { setTimeout as sleep } from "node:timers/promises";

import type { Prove } from "../shared/store/durability.ts";
import type { JobStore } from "../shared/store/jobs.ts";
import type { RedisClient } from "../shared/store/redis.ts";
import type { Lender } from "./lender.ts";

const AGAIN_MS = 500;
/** Longer than a failover takes. */
const KEPT_WITHIN_MS = 60_000;

/** `write` writes the task to its job, unless it is there. */
type Task = { jobId: string; taskId: string; write: () => Promise<unknown> };

/** Resolves when the task is safe, or when time is up. */
export type KeepTask = (task: Task) => Promise<void>;

type Kept = Task & { until: number; resolve: () => void };
type Deps = { jobs: Pick<JobStore, "readJob">; prove: Prove; connections: Pick<Lender, "lend"> };

export function createTaskKeeper({ jobs, prove, connections }: Deps): KeepTask {
  let waiting: Kept[] = [];
  let isUnderWay = false;

  async function makeRounds(redis: RedisClient): Promise<void> {
    while (waiting.length > 0) {
      const round = waiting;
      waiting = [];
      // A Redis that is away is asked again.
      const unsafe = await makeRound(redis, round).catch(() => round);
      for (const kept of round) if (!unsafe.includes(kept) || performance.now() >= kept.until) kept.resolve();
      const again = unsafe.filter(({ until }) => performance.now() < until);
      if (again.length > 0) await sleep(AGAIN_MS);
      waiting.push(...again);
    }
    isUnderWay = false;
  }

  /** Returns those that are not safe yet. */
  async function makeRound(redis: RedisClient, round: Kept[]): Promise<Kept[]> {
    const { isConfirmed, found } = await prove(redis, (server) =>
      Promise.all(round.map((kept) => isThere(server, kept))),
    );
    const missing = round.filter((_kept, n) => found[n] === false);
    await Promise.allSettled(missing.map(({ write }) => write()));
    return isConfirmed ? round.filter((_kept, n) => found[n] !== true) : round;
  }

  /** null: nobody can tell. A job that is gone misses nothing. */
  const isThere = (server: RedisClient, { jobId, taskId }: Task): Promise<boolean | null> =>
    jobs.readJob(jobId, server).then(
      (snapshot) => snapshot === null || snapshot.record.tasks.some(({ id }) => id === taskId),
      () => null,
    );

  return function keepTask(task) {
    const { promise, resolve } = Promise.withResolvers<void>();
    waiting.push({ ...task, until: performance.now() + KEPT_WITHIN_MS, resolve });
    if (!isUnderWay) {
      isUnderWay = true;
      void connections.lend(makeRounds);
    }
    return promise;
  };
}
