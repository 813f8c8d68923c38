/**
 * Rescue: the repair of lost wake-ups. Queue entries may be lost between two writes, or be finished by BullMQ while their
 * record is not; nothing else heals that. Every worker walks the set of overdue records now and then, a bounded number at
 * a time; claiming an id pushes it ahead, so rescuers share the work and never step on each other.
 *
 * A record in good hands is left alone. A `submitting` that has outlived its own timeout has lost its worker: its outcome
 * is unknown, and nobody sends it again.
 */
import { setTimeout as sleep } from "node:timers/promises";

import { isTerminal, openAttempt, openInquiry, watchedTasks } from "../shared/job.ts";
import type { Job, JobStatus } from "../shared/job.ts";
import { isUndelivered } from "../shared/delivery.ts";
import type { Delivery } from "../shared/delivery.ts";
import { addressOf } from "../shared/endpoint.ts";
import { isDeliveryId } from "../shared/ids.ts";
import type { Logger } from "../shared/logger.ts";
import type { Motor, WakeUp } from "../shared/queues.ts";
import { giveUpJob } from "../shared/settle.ts";
import type { Change } from "../shared/change.ts";
import { deliverWakeUp } from "../shared/store/outgoing.ts";
import { inquiryWakeUp, lostSubmissionAt, pollWakeUp, submitWakeUp } from "../shared/store/bookkeeping.ts";
import type { DeliveryStore } from "../shared/store/deliveries.ts";
import { readEndpoints } from "../shared/store/endpoints.ts";
import type { Keys } from "../shared/store/keys.ts";
import type { Claimed, DueStore } from "./due.ts";
import type { JobStore } from "../shared/store/jobs.ts";
import { isUnavailable } from "../shared/store/redis.ts";
import type { RedisClient } from "../shared/store/redis.ts";
import type { Heartbeat } from "./heartbeat.ts";
import type { Loop } from "./stages.ts";
import { CorruptRecordError, NewerRecordError } from "../shared/store/record.ts";
import { lookAgain, setAside } from "./aside.ts";
import { recordOutcome } from "./attempt.ts";
import { isWaitOver } from "./backoff.ts";
import type { SubmitPolicy } from "./attempt.ts";
import { lapseInquiry } from "./inquire.ts";
import { expireStart } from "./submit.ts";

export type RescueDeps = {
  redis: RedisClient;
  keys: Keys;
  jobs: JobStore;
  deliveries: DeliveryStore;
  due: DueStore;
  motor: Motor;
  policy: SubmitPolicy;
  submitTimeoutMs: number;
  /** WEBHOOK_RETRY_SCHEDULE */
  scheduleS: readonly number[];
  log: Logger;
};

const BATCH = 100;
/** One walk ends after this many batches, overdue records left or not, and the next one begins. */
const BATCHES = 50;

/** Walks every now and then until closed. */
export function startRescue(deps: RescueDeps, intervalMs: number, heartbeat: Heartbeat): Loop {
  const beat = heartbeat.expect("rescue", intervalMs);
  const stop = new AbortController();
  const running = (async () => {
    while (!stop.signal.aborted) {
      beat();
      if (await walk(deps)) continue;
      const waitMs = intervalMs * (0.9 + 0.2 * Math.random());
      await sleep(waitMs, undefined, { signal: stop.signal }).catch(() => undefined);
    }
  })();
  const close = () => {
    stop.abort();
    return running;
  };
  return { close, idle: () => Promise.resolve() };
}

async function walk(deps: RescueDeps): Promise<boolean> {
  try {
    return await rescueOverdue(deps);
  } catch (error) {
    deps.log.tell("rescue.failed", { err: error });
    return false;
  }
}

/** Walks once. Returns whether overdue records remain. What returns from aside is seen to at once. */
export async function rescueOverdue(deps: RescueDeps): Promise<boolean> {
  const { ids } = await deps.due.claimAside(BATCH);
  await Promise.all(ids.map((id) => guarded(deps, id, () => lookAgain(deps, id))));
  const arePurged = await claimAll(deps.due.claimPurgeable, (id) =>
    guarded(deps, id, () => purgeOne(deps, id)),
  );
  const areRescued = await claimAll(deps.due.claimOverdue, (id) =>
    guarded(deps, id, () => rescueOne(deps, id)),
  );
  return !arePurged || !areRescued;
}

/** Whether nothing remains to be claimed. */
async function claimAll(claim: (most: number) => Promise<Claimed>, work: (id: string) => Promise<void>) {
  for (let batch = 0; batch < BATCHES; batch++) {
    const { ids, remain } = await claim(BATCH);
    await Promise.all(ids.map(work));
    if (remain === 0) return true;
  }
  return false;
}

/** One record that cannot be read or repaired must not stop the walk; a Redis that cannot be asked ends it, and is told of once. */
async function guarded(deps: RescueDeps, id: string, work: () => Promise<void>): Promise<void> {
  try {
    await work().catch((error: unknown) => meetUnreadable(deps, id, error));
  } catch (error) {
    if (error instanceof Error && isUnavailable(error)) throw error;
    deps.log.tell("rescue.failed", { err: error, id });
  }
}

/** What another version can read is left to its processes. */
async function meetUnreadable(deps: RescueDeps, id: string, error: unknown): Promise<void> {
  if (error instanceof CorruptRecordError) return setAside(deps, id, error);
  if (!(error instanceof NewerRecordError)) throw error;
  deps.log.tell("record.newer", { id, message: error.message });
}

const rescueOne = (deps: RescueDeps, id: string): Promise<void> =>
  isDeliveryId(id) ? rescueDelivery(deps, id) : rescueJob(deps, id);

async function rescueJob(deps: RescueDeps, id: string): Promise<void> {
  const known = await deps.jobs.readJob(id);
  if (!known) return deps.due.forget(id);
  const changed = await deps.jobs.changeJob(id, (job, now, bar) => mend(deps, job, now, bar === null), {
    known,
  });
  if (changed?.change) return tellMended(deps.log, id, known.record.status, changed.job.status);
  const job = changed?.job ?? known.record;
  for (const wakeUp of expectedWakeUps(job)) await ensureAwake(deps, wakeUp, known.now());
}

/** What stays as it is had an inquiry that lapsed. Time passes for every job; only a submission that nobody ends has lost its worker. */
function tellMended(log: Logger, id: string, from: JobStatus, status: JobStatus): void {
  if (from === status) log.tell("inquiry.lapsed", { job_id: id });
  else log.tell(from === "submitting" ? "job.rescued" : "job.timed_out", { job_id: id, from, status });
}

/** What time alone does to a job; null: nothing yet. */
export function mend(
  deps: Pick<RescueDeps, "policy" | "submitTimeoutMs">,
  job: Job,
  now: number,
  mayBuyMore = true,
): Change | null {
  return mendStatus(deps, job, now, mayBuyMore) ?? lapseInquiry(job, now);
}

function mendStatus(
  deps: Pick<RescueDeps, "policy" | "submitTimeoutMs">,
  job: Job,
  now: number,
  mayBuyMore: boolean,
): Change | null {
  if (job.status === "queued") return expireStart(job, now, deps.policy);
  if (job.status === "submitting") return mendSubmission(deps, job, now, mayBuyMore);
  if (job.status !== "unconfirmed" || now < (job.holdUntil ?? 0)) return null;
  return giveUpJob(job, now);
}

function mendSubmission(
  deps: Pick<RescueDeps, "policy" | "submitTimeoutMs">,
  job: Job,
  now: number,
  mayBuyMore: boolean,
): Change | null {
  const attempt = openAttempt(job);
  if (!attempt || now < lostSubmissionAt(job, deps, now)) return null;
  const message = "The worker that was submitting the job did not come back.";
  const unknown = { kind: "unknown", message, upstream: null } as const;
  return recordOutcome(job, attempt.id, unknown, now, deps.policy, mayBuyMore);
}

/** The queue entries that a live record counts on. */
function expectedWakeUps(job: Job): WakeUp[] {
  const looks = watchedTasks(job).map((task) => pollWakeUp(job, task.id));
  const inquiry = openInquiry(job);
  if (inquiry) looks.push(inquiryWakeUp(job, inquiry));
  return job.status === "queued" ? [submitWakeUp(job), ...looks] : looks;
}

async function rescueDelivery(deps: RescueDeps, id: string): Promise<void> {
  const snapshot = await deps.deliveries.readDelivery(id);
  if (!snapshot || !isUndelivered(snapshot.record)) return deps.due.forget(id);
  const now = snapshot.now();
  const wakeUp = deliverWakeUp({ ...snapshot.record, url: await findAddress(deps, snapshot.record) });
  // Who only stands in line never sees that its time is over.
  const isOver = isWaitOver(snapshot.record, deps.scheduleS, now);
  await ensureAwake(deps, isOver ? { ...wakeUp, to: undefined } : wakeUp, now);
}

async function findAddress({ redis, keys }: RescueDeps, delivery: Delivery): Promise<string> {
  if (delivery.endpointId === null) return delivery.url;
  return addressOf(delivery, (await readEndpoints(redis, keys, delivery.tenant)).record);
}

async function ensureAwake(deps: RescueDeps, wakeUp: WakeUp, now: number): Promise<void> {
  const found = await deps.motor.ensureAwake(wakeUp, now);
  if (found === "woken")
    deps.log.tell("wake_up.rescued", { stage: wakeUp.stage, id: wakeUp.id, n: wakeUp.n });
}

/** Lets go of what the retention is over of, once nothing of it is on its way. */
const purgeOne = (deps: RescueDeps, id: string): Promise<void> =>
  isDeliveryId(id) ? purgeDelivery(deps, id) : purgeJob(deps, id);

async function purgeJob(deps: RescueDeps, id: string): Promise<void> {
  const snapshot = await deps.jobs.readJob(id);
  if (!snapshot) return deps.due.forget(id);
  if (!isTerminal(snapshot.record.status)) return;
  const deliveries = await deps.deliveries.deliveriesOf(id);
  if (!deliveries.some(isUndelivered)) await deps.due.purgeJob(snapshot.record, deliveries);
}

async function purgeDelivery(deps: RescueDeps, id: string): Promise<void> {
  const snapshot = await deps.deliveries.readDelivery(id);
  if (!snapshot) return deps.due.forget(id);
  if (isUndelivered(snapshot.record)) return;
  const siblings = await deps.deliveries.deliveriesOfEvent(snapshot.record.eventId);
  const others = siblings.filter((each) => each.id !== id);
  await deps.due.purgeLoneDelivery(snapshot.record, others);
}
