/**
 * The motor: three BullMQ queues whose entries carry an id and wake a stage up. They hold no truth: an entry may come
 * twice, late or never, and the ledger makes that harmless. An entry is named after the record it wakes, so adding it
 * twice adds it once.
 */
import { Queue } from "bullmq";

import type { RedisClient } from "./store/redis.ts";

export const stages = ["submit", "poll", "deliver"] as const;
export type Stage = (typeof stages)[number];

/**
 * `n` tells the entries of one record apart; `at` is when to wake, in ms of Redis' clock (absent = now). `to`: the destination
 * of a delivery, which needs a place there.
 */
export type WakeUp = {
  stage: Stage;
  id: string;
  n: number;
  at?: number;
  priority?: "high" | "normal" | "low";
  to?: string | undefined;
};

export type QueueEntry = { id: string; n: number; to?: string | undefined };

/** Gives entries their places; see `store/places.ts`. */
export type Usher = {
  enter: (seat: { entry: string; to: string }) => Promise<{ mayGo: boolean; told: Called[] }>;
};

/** An entry, by its name, that has a place and is to be woken. */
type Called = { entry: string; to: string };

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

export const entryId = ({ id, n }: QueueEntry): string => `${id}-${n}`;

const wakeUpOf = ({ entry: name, to }: Called): WakeUp => {
  const end = name.lastIndexOf("-");
  return { stage: "deliver", id: name.slice(0, end), n: Number(name.slice(end + 1)), to };
};

export type Motor = ReturnType<typeof createMotor>;

export function createMotor(connection: RedisClient, prefix: string, usher: Usher) {
  const open = (stage: Stage) =>
    new Queue<QueueEntry>(stage, { connection, prefix, skipWaitingForReady: true, skipVersionCheck: true });
  const queues = { submit: open("submit"), poll: open("poll"), deliver: open("deliver") };

  const add = (wakeUp: WakeUp, now: number) => queues[wakeUp.stage].add(wakeUp.stage, ...entry(wakeUp, now));

  /** A delivery whose time has come needs a place; one without stands in line, and is called up when it has one. */
  async function mayGo(wakeUp: WakeUp, now: number): Promise<boolean> {
    if (wakeUp.to === undefined || (wakeUp.at ?? now) > now) return true;
    const entered = await usher.enter({ entry: entryId(wakeUp), to: wakeUp.to });
    await callUp(entered.told);
    return entered.mayGo;
  }

  /** Adds the entries that may go; an entry that is there already is left as it is. `now` is Redis' time. */
  async function wake(wakeUps: WakeUp[], now: number): Promise<void> {
    await Promise.all(
      wakeUps.map(async (wakeUp) => {
        if (await mayGo(wakeUp, now)) await add(wakeUp, now);
      }),
    );
  }

  /** Wakes those who were given a place while they stood in line, whether their entries sleep, or were never added. */
  async function callUp(called: Called[]): Promise<void> {
    await Promise.all(called.map((each) => ensureEntry(wakeUpOf(each), Date.now())));
  }

  /**
   * Makes sure that a live entry exists, and that it does not sleep far beyond its record, which it does after a clock was
   * set. One that has finished while its record has not is in the way: it goes first. Who stands in line is looked after.
   */
  const ensureAwake = async (wakeUp: WakeUp, now: number): Promise<"alive" | "woken"> =>
    (await mayGo(wakeUp, now)) ? ensureEntry(wakeUp, now) : "alive";

  async function ensureEntry(wakeUp: WakeUp, now: number): Promise<"alive" | "woken"> {
    const found = await queues[wakeUp.stage].getJob(entryId(wakeUp));
    if (found && !found.finishedOn) {
      const isOverdue = (wakeUp.at ?? 0) < now - OVERSLEPT_MS;
      if (!isOverdue || found.delay === 0 || !(await found.isDelayed())) return "alive";
      await found.promote().catch(async (error: unknown) => {
        // Somebody else was quicker.
        if (await found.isDelayed()) throw error;
      });
      return "woken";
    }
    if (found) await found.remove();
    await add(wakeUp, now);
    return "woken";
  }

  /** Connection errors, which the connection itself reports as well. */
  function onError(listener: (error: Error) => void): void {
    for (const stage of stages) queues[stage].on("error", listener);
  }

  async function close(): Promise<void> {
    await Promise.all(stages.map((stage) => queues[stage].close()));
  }

  return { queues, wake, callUp, ensureAwake, onError, close };
}

function entry(wakeUp: WakeUp, now: number) {
  const { id, n, stage, at = now, priority, to } = wakeUp;
  const options = {
    jobId: entryId(wakeUp),
    delay: Math.max(0, at - now),
    attempts: 1,
    removeOnComplete: retention[stage],
    removeOnFail: retention[stage],
    ...(priority ? { priority: priorities[priority] } : {}),
  };
  return [{ id, n, ...(to === undefined ? {} : { to }) }, options] as const;
}
