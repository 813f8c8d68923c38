/**
 * The loops: one BullMQ worker a stage. They fetch an entry, hand it to its stage, and turn the outcome into BullMQ's
 * verbs. BullMQ's own retries are off: what a stage does not do now, the record says when to do.
 */
import { DelayedError, RateLimitError, Worker } from "bullmq";
import type { Job as BullJob, WorkerOptions } from "bullmq";
import { z } from "zod";

import type { Logger } from "../shared/logger.ts";
import type { Motor, QueueEntry, Stage } from "../shared/queues.ts";
import { CorruptRecordError, NewerRecordError } from "../shared/store/record.ts";
import { SLOTS } from "../shared/store/places.ts";
import type { RedisClient } from "../shared/store/redis.ts";
import type { Heartbeat } from "./heartbeat.ts";
import { createBackground } from "./background.ts";
import { discard, doze, snooze } from "./outcome.ts";
import type { Outcome } from "./outcome.ts";
import { throttleErrors } from "./throttle.ts";

export type Step = (entry: QueueEntry) => Promise<Outcome>;

/** How many entries of a stage one process works on at a time. */
const concurrency: Record<Stage, number> = { submit: 8, poll: 100, deliver: SLOTS };

/** After a step that broke, before its entry is tried again. */
const BROKEN_SNOOZE_MS = 5000;
/** An entry whose record only a newer version understands comes back so soon that a worker of that version gets it. */
const NEWER_SNOOZE_MS = 2000;

/** What an entry has to say. Longer ids than ours would only cost. */
const Entry = z.object({
  id: z.string().min(1).max(200),
  n: z.int(),
  to: z.string().max(200).optional(),
});

const common = {
  lockDuration: 30_000,
  stalledInterval: 5000,
  // BullMQ never resets the count, and fails a job that is above it: at the default with the second worker that dies.
  maxStalledCount: Number.MAX_SAFE_INTEGER,
  // After an error of Redis' own, such as one that has no memory left.
  runRetryDelay: 5000,
} satisfies Partial<WorkerOptions>;

/**
 * The limiter never counts, but makes workers obey `rateLimit`, the whole queue's doze. A doze can leave entries waiting
 * with nobody told of them (BullMQ's worker then believes the queue drained), so a drained queue is asked again soon, in s.
 */
const dozing = {
  limiter: { max: 1_000_000_000, duration: 1000 },
  drainDelay: 0.1,
} satisfies Partial<WorkerOptions>;

/** A BullMQ worker whose loop can be seen turning. */
class BeatingWorker extends Worker<QueueEntry> {
  #beat: () => void = () => undefined;

  onTurn(beat: () => void): void {
    this.#beat = beat;
  }

  protected override moveToActive(token: string, name?: string) {
    this.#beat();
    return super.moveToActive(token, name);
  }
}

export type StageDeps = {
  connection: RedisClient;
  prefix: string;
  motor: Motor;
  heartbeat: Heartbeat;
  /** Has rescue look at a record at once. */
  hurry: (id: string) => Promise<void>;
  /** Takes a record that cannot be understood out of everybody's way. */
  setAside: (id: string, error: CorruptRecordError) => Promise<void>;
  log: Logger;
};

/** How often each stage is looked at, and how long before the process counts as stuck its loop is replaced. */
const LOOK_EVERY_MS = 5000;
const REPLACED_EARLY_MS = 15_000;

/** A loop of this process. `idle` resolves when none of its steps is under way. */
export type Loop = { close: () => Promise<void>; idle: () => Promise<void> };

/** Starts a stage's loop. `silenceMs`: how long the loop may be busy with its own work. */
export function startStage(deps: StageDeps, stage: Stage, step: Step, silenceMs: number): Loop {
  const log = deps.log.child({ stage });
  const underWay = createBackground(log);
  const beat = deps.heartbeat.expect(stage, silenceMs);
  let closing = false;
  const process = async (entry: BullJob<QueueEntry>, token?: string) => {
    beat();
    // A worker that is closing may be handed one more entry; it goes back to its place.
    const outcome = closing ? doze(1) : await underWay.track(attempt({ ...deps, log }, step, entry));
    beat();
    await conclude(deps.motor, stage, entry, token, outcome);
  };
  const open = () => {
    const worker = new BeatingWorker(stage, process, {
      ...common,
      connection: deps.connection,
      prefix: deps.prefix,
      concurrency: concurrency[stage],
      ...(stage === "submit" ? dozing : { drainDelay: 5 }),
    });
    worker.onTurn(beat);
    worker.on("error", throttleErrors(log));
    // Its record goes on: rescue is to look at it at once.
    worker.on("failed", (entry) => {
      const { data } = Entry.safeParse(entry?.data);
      if (data) underWay.add(deps.hurry(data.id));
    });
    return worker;
  };
  let worker = open();
  // After a failover BullMQ's loop may wait for ever for a connection that is gone. Whatever the old one has in hand goes on.
  const replaceStuck = () => {
    if (closing || !deps.heartbeat.stuck(REPLACED_EARLY_MS).includes(stage)) return;
    log.tell("stage.replaced", {});
    worker.onTurn(() => undefined);
    void worker.close(true).catch(() => undefined);
    beat();
    worker = open();
  };
  const looking = setInterval(replaceStuck, LOOK_EVERY_MS);
  const close = () => {
    closing = true;
    clearInterval(looking);
    return worker.close();
  };
  return { close, idle: underWay.drain };
}

type AttemptDeps = Pick<StageDeps, "log" | "setAside">;

async function attempt(deps: AttemptDeps, step: Step, { id, data }: BullJob<QueueEntry>): Promise<Outcome> {
  const entry = Entry.safeParse(data).data;
  if (!entry) {
    deps.log.tell("entry.foreign", { entry: String(id).slice(0, 200) });
    return discard;
  }
  try {
    return await step(entry).catch((error: unknown) => meetUnreadable(deps, entry.id, error));
  } catch (error) {
    deps.log.tell("stage.broken", { err: error, ...entry });
    return snooze(BROKEN_SNOOZE_MS);
  }
}

/** A record that nobody understands is rescue's from now on; one of a newer version is for that version's workers. */
async function meetUnreadable({ setAside }: AttemptDeps, id: string, error: unknown): Promise<Outcome> {
  if (error instanceof NewerRecordError) return snooze(NEWER_SNOOZE_MS);
  if (!(error instanceof CorruptRecordError)) throw error;
  await setAside(id, error);
  return discard;
}

/** The one place that speaks BullMQ's verbs. */
async function conclude(
  motor: Motor,
  stage: Stage,
  entry: BullJob<QueueEntry>,
  token: string | undefined,
  outcome: Outcome,
): Promise<void> {
  switch (outcome.as) {
    case "done":
    case "discard":
      return;
    case "snooze":
    case "retry":
      await entry.moveToDelayed(Date.now() + Math.max(1, Math.round(outcome.ms)), token);
      throw new DelayedError();
    case "doze":
      await motor.queues[stage].rateLimit(Math.max(1, Math.round(outcome.ms)));
      throw new RateLimitError();
  }
}
