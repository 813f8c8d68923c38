/**
 * The poll stage: looks at a task until it ends. One queue entry serves a task for its whole life and delays itself from
 * look to look, which spends no attempt. The record is written before the entry is delayed, so a crash in between costs
 * one look more, never the knowledge of the last one.
 */
import type { Job, Task } from "../shared/job.ts";
import type { Logger } from "../shared/logger.ts";
import type { QueueEntry } from "../shared/queues.ts";
import type { Road } from "./road.ts";
import type { JobStore } from "../shared/store/jobs.ts";
import { recordLook } from "./look.ts";
import type { LookPolicy } from "./look.ts";
import type { LookOutcome } from "./novita/classify.ts";
import type { NovitaClient } from "./novita/client.ts";
import { discard, done, EARLY_MS, snooze } from "./outcome.ts";
import type { Outcome } from "./outcome.ts";
import { upstreamFields } from "./upstream.ts";

export type PollDeps = {
  jobs: JobStore;
  road: Road;
  novita: NovitaClient;
  policy: LookPolicy;
  random: () => number;
  log: Logger;
};

/** Looks once at the task that the entry stands for: the n-th of its job. */
export async function pollTask(deps: PollDeps, { id, n }: QueueEntry): Promise<Outcome> {
  const snapshot = await deps.jobs.readJob(id);
  const task = snapshot?.record.tasks[n - 1];
  if (!snapshot || !task?.watched) return discard;
  const early = task.nextLookAt - snapshot.now();
  if (early > EARLY_MS) return snooze(early);

  const look = await deps.novita.look(task.id);
  const now = snapshot.now();
  const looksWorkElsewhere = look.kind === "missing" && (await deps.road.looksWorkElsewhere(task.id, now));
  const changed = await deps.jobs.changeJob(
    id,
    (job, at) =>
      recordLook(job, task.id, look, at, deps.policy, { looksWorkElsewhere, random: deps.random() }),
    { known: snapshot },
  );
  if (isGood(look)) await deps.road.noteGoodLook(task.id, now);
  const next = changed?.job.tasks[n - 1];
  logPolled(deps.log, snapshot.record, task, look, changed?.job.status ?? "gone");
  return next?.watched ? snooze(Math.max(1, next.nextLookAt - now)) : done;
}

const isGood = (look: LookOutcome): boolean =>
  look.kind === "running" || look.kind === "succeeded" || look.kind === "failed";

function logPolled(log: Logger, job: Job, task: Task, look: LookOutcome, status: string): void {
  const fields = {
    job_id: job.id,
    tenant: job.tenant,
    task_id: task.id,
    look: task.looks + 1,
    outcome: look.kind,
    status,
  };
  if (look.kind === "unavailable") {
    const { message, alarm, upstream } = look;
    const detail = upstream ? upstreamFields(upstream) : { message };
    log[alarm ? "error" : "warn"]({ ...fields, ...detail }, "job.polled");
  } else if (look.kind === "running" && !look.known) {
    log.warn({ ...fields, message: "a status that Novita does not document" }, "job.polled");
  } else {
    log.info(fields, "job.polled");
  }
}
