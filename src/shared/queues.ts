/**
 * The motor: three BullMQ queues whose entries carry an id and wake a stage up. They hold no truth: an entry may come
 * twice, late or never, and the ledger makes that harmless. An entry is named after the record it wakes, so adding it
 * twice adds it once.
 */
import { Queue } from "bullmq";

import type { RedisClient } from "./store/redis.ts";

export const stages = ["submit", "poll", "deliver"] as const;
export type Stage = (typeof stages)[number];

/** `n` tells the entries of one record apart; `at` is when to wake, in ms of Redis' clock (absent = now). */
export type WakeUp = {
  stage: Stage;
  id: string;
  n: number;
  at?: number;
  priority?: "high" | "normal" | "low";
};

export type QueueEntry = { id: string; n: number };

/** BullMQ's priorities: the smaller, the sooner; 0 would mean none. */
const priorities = { high: 1, normal: 2, low: 3 } as const;

/** Finished entries are kept for the dashboard. One policy a queue: the age applies to the whole set. */
const retention: Record<Stage, { age: number; count: number }> = {
  submit: { age: 86_400, count: 1000 },
  poll: { age: 3600, count: 1000 },
  deliver: { age: 86_400, count: 1000 },
};

/** How long after its time a delayed entry is taken to have overslept, in ms. */
const OVERSLEPT_MS = 5000;

const entryId = ({ id, n }: QueueEntry): string => `${id}-${n}`;

export type Motor = ReturnType<typeof createMotor>;

export function createMotor(connection: RedisClient, prefix: string) {
  const open = (stage: Stage) =>
    new Queue<QueueEntry>(stage, { connection, prefix, skipWaitingForReady: true, skipVersionCheck: true });
  const queues = { submit: open("submit"), poll: open("poll"), deliver: open("deliver") };

  /** Adds the entries; an entry that is there already is left as it is. `now` is Redis' time. */
  async function wake(wakeUps: WakeUp[], now: number): Promise<void> {
    await Promise.all(wakeUps.map((wakeUp) => queues[wakeUp.stage].add(wakeUp.stage, ...entry(wakeUp, now))));
  }

  /**
   * Makes sure that a live entry exists, and that it does not sleep far beyond its record, which it does after a clock was
   * set. One that has finished while its record has not is in the way: it goes first.
   */
  async function ensureAwake(wakeUp: WakeUp, now: number): Promise<"alive" | "woken"> {
    const found = await queues[wakeUp.stage].getJob(entryId(wakeUp));
    if (found && !found.finishedOn) {
      const isOverdue = (wakeUp.at ?? 0) < now - OVERSLEPT_MS;
      if (!isOverdue || found.delay === 0 || !(await found.isDelayed())) return "alive";
      await found.promote();
      return "woken";
    }
    if (found) await found.remove();
    await wake([wakeUp], now);
    return "woken";
  }

  /** Connection errors, which the connection itself reports as well. */
  function onError(listener: (error: Error) => void): void {
    for (const stage of stages) queues[stage].on("error", listener);
  }

  async function close(): Promise<void> {
    await Promise.all(stages.map((stage) => queues[stage].close()));
  }

  return { queues, wake, ensureAwake, onError, close };
}

function entry(wakeUp: WakeUp, now: number) {
  const { id, n, stage, at = now, priority } = wakeUp;
  const options = {
    jobId: entryId(wakeUp),
    delay: Math.max(0, at - now),
    attempts: 1,
    removeOnComplete: retention[stage],
    removeOnFail: retention[stage],
    ...(priority ? { priority: priorities[priority] } : {}),
  };
  return [{ id, n }, options] as const;
}
