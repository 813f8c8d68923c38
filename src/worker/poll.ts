/**
 * The poll stage: looks at a task until it ends. One queue entry serves a task for its whole life and delays itself from
 * look to look, which spends no attempt. The record is written before the entry is delayed, so a crash in between costs
 * one look more, never the knowledge of the last one. Looks out of turn (`inquire.ts`) come by the same queue.
 */
import { openInquiry } from "../shared/job.ts";
import type { Logger } from "../shared/logger.ts";
import type { QueueEntry } from "../shared/queues.ts";
import type { Road } from "./road.ts";
import type { JobStore } from "../shared/store/jobs.ts";
import type { SubmitPolicy } from "./attempt.ts";
import { inquire } from "./inquire.ts";
import { logPolled } from "./log-polled.ts";
import { timedLook } from "./timed-look.ts";
import { isGoodLook, recordLook } from "./look.ts";
import type { LookPolicy } from "./look.ts";
import type { NovitaClient } from "./novita/client.ts";
import { discard, done, EARLY_MS, snooze } from "./outcome.ts";
import type { Outcome } from "./outcome.ts";

export type PollDeps = {
  jobs: JobStore;
  road: Road;
  novita: NovitaClient;
  policy: LookPolicy;
  /** For tasks that are attached by hand. */
  submitPolicy: SubmitPolicy;
  random: () => number;
  log: Logger;
};

/** Looks once at the task that the entry stands for: the n-th of its job, or the one that somebody inquires about. */
export async function pollTask(deps: PollDeps, { id, n }: QueueEntry): Promise<Outcome> {
  const snapshot = await deps.jobs.readJob(id);
  if (!snapshot) return discard;
  const inquiry = openInquiry(snapshot.record);
  if (inquiry?.n === n) return inquire(deps, snapshot, inquiry);
  const task = snapshot.record.tasks[n - 1];
  if (!task?.watched) return discard;
  const early = task.nextLookAt - snapshot.now();
  if (early > EARLY_MS) return snooze(early);

  const { look, durationMs } = await timedLook(deps.novita, task.id);
  const now = snapshot.now();
  const looksWorkElsewhere = look.kind === "missing" && (await deps.road.looksWorkElsewhere(task.id, now));
  const changed = await deps.jobs.changeJob(
    id,
    (job, at) =>
      recordLook(job, task.id, look, at, deps.policy, { looksWorkElsewhere, random: deps.random() }),
    { known: snapshot },
  );
  if (isGoodLook(look)) await deps.road.noteGoodLook(task.id, now);
  const next = changed?.job.tasks[n - 1];
  const { tenant } = snapshot.record;
  const status = changed?.job.status ?? "gone";
  const ids = { job_id: id, tenant, task_id: task.id };
  logPolled(deps.log, look, { ...ids, look: task.looks + 1, duration_ms: durationMs, status });
  return next?.watched ? snooze(Math.max(1, next.nextLookAt - now)) : done;
}
