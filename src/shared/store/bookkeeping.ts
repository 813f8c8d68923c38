/**
 * What follows from a change of a job, beside the record itself: its history, its event and deliveries, its slots, when
 * it is due to be looked after, and which stages to wake. All of it is derived by comparing the record before and after,
 * so no decision can forget a part of it.
 */
import { holdsSlot, isTerminal, openAttempt, openInquiry, watchedTasks } from "../job.ts";
import type { Inquiry, Job } from "../job.ts";
import type { Change, Fact } from "../change.ts";
import type { Endpoint } from "../endpoint.ts";
import type { EventType } from "../webhook/event.ts";
import { defaultEvents, makeEvent } from "../webhook/event.ts";
import type { WakeUp } from "../queues.ts";
import { auditCommand } from "./audit.ts";
import { expireDropped } from "./bindings.ts";
import { budgetCommands, budgetConditions } from "./budget.ts";
import { indexCommands } from "./job-index.ts";
import type { Keys } from "./keys.ts";
import { HAND_OVER_GRACE_MS, raiseEvent, targetsOf } from "./outgoing.ts";
import type { Target } from "./outgoing.ts";
import type { Policy } from "./policy.ts";
import { stateCommand } from "./record.ts";
import type { Command, Condition } from "./scripts.ts";

/** Longest history of a job, in entries; beyond it the oldest go. */
const HISTORY_LENGTH = 1000;
/** A `submitting` that nobody has moved for this long after its own timeout has lost its worker. */
const LOST_SUBMISSION_GRACE_MS = 15_000;

export type Books = { commands: Command[]; wakeUps: WakeUp[] };

/** Under which conditions a change may be written. */
export function conditionsOf(keys: Keys, policy: Policy, before: Job | null, change: Change): Condition[] {
  const { job, spawned } = change;
  const conditions: Condition[] = [];
  if (!before && policy.memoryPercent !== null) {
    conditions.push(["memory", keys.job(job.id), policy.memoryPercent]);
  }
  if (!before && policy.maxQueued !== null) {
    conditions.push(["room", keys.jobsBy(job.tenant, "status", "queued"), policy.maxQueued]);
  }
  if (policy.dailyBudget !== null) {
    conditions.push(...budgetConditions(keys, before, change, policy.dailyBudget));
  }
  if (change.isSoleOwner) {
    conditions.push(
      ...newTasks(before, job).map((task): Condition => ["owner", keys.tasks, task.id, job.id]),
    );
  }
  return spawned ? [...conditions, ...conditionsOf(keys, policy, null, spawned)] : conditions;
}

/** The books for a change; `before` is null when the job is created. `endpoints`: those of its tenant, where an event may go. */
export function keepBooks(
  keys: Keys,
  policy: Policy,
  before: Job | null,
  change: Change,
  now: number,
  endpoints: readonly Endpoint[] = [],
): Books {
  const { job, fact, event } = change;
  const commands: Command[] = [recordCommand(keys, before, job)];
  commands.push(...indexCommands(keys, before, job), ...budgetCommands(keys, before, job));
  commands.push(...expireDropped(before, job, policy.retentionMs));
  if (fact) commands.push(historyCommand(keys, job, fact));
  if (change.deed) commands.push(auditCommand(keys, { ...change.deed, tenant: job.tenant, subject: job.id }));
  commands.push(...slotCommands(keys, before, job), ...taskCommands(keys, before, job));
  const wakeUps = stageWakeUps(before, job);
  const handedOver = wakeUps.length > 0;
  const targets = event ? targetsOf(job, event, endpoints) : [];
  if (event && isHeard(event, targets)) {
    const raised = raiseEvent(keys, policy, makeEvent(event, job, now, policy.publicUrl), targets, now);
    commands.push(...raised.commands);
    wakeUps.push(...raised.wakeUps);
  }
  commands.push(...dueCommands(keys, policy, job, now, handedOver), ["PUBLISH", keys.changes, job.id]);
  if (!change.spawned) return { commands, wakeUps };
  const spawned = keepBooks(keys, policy, null, change.spawned, now);
  return { commands: [...commands, ...spawned.commands], wakeUps: [...wakeUps, ...spawned.wakeUps] };
}

/** An event that is sent on request only is nobody's business unless somebody asked. */
const isHeard = (event: EventType, targets: readonly Target[]): boolean =>
  (defaultEvents as readonly EventType[]).includes(event) || targets.some(({ ended }) => ended === null);

function recordCommand(keys: Keys, before: Job | null, job: Job): Command {
  const { request, ...state } = job;
  const command = stateCommand(keys.job(job.id), state);
  if (before?.request !== request) command.push("request", JSON.stringify(request));
  return command;
}

const historyCommand = (keys: Keys, { id, version, status }: Job, fact: Fact): Command => [
  "XADD",
  keys.history(id),
  "MAXLEN",
  "~",
  HISTORY_LENGTH,
  "*",
  "kind",
  fact.kind,
  "fact",
  JSON.stringify({ ...fact, version, status }),
];

function slotCommands(keys: Keys, before: Job | null, job: Job): Command[] {
  const held = (before?.attempts ?? []).filter((attempt) => before && holdsSlot(before, attempt));
  const freed = held.filter((attempt) => {
    const now = job.attempts.find((each) => each.id === attempt.id);
    return !now || !holdsSlot(job, now);
  });
  return freed.map((attempt) => ["ZREM", keys.slots, attempt.id]);
}

function taskCommands(keys: Keys, before: Job | null, job: Job): Command[] {
  return newTasks(before, job).map((task) => ["HSET", keys.tasks, task.id, job.id]);
}

const newTasks = (before: Job | null, job: Job) => job.tasks.slice(before?.tasks.length ?? 0);

/** Stages that a change hands the job over to. A queue entry that is live already needs no second one. */
function stageWakeUps(before: Job | null, job: Job): WakeUp[] {
  const queued = job.status === "queued" && before?.submitWake !== job.submitWake;
  const submit = queued ? [submitWakeUp(job)] : [];
  const inquiry = openInquiry(job);
  const look = inquiry && before?.inquiry?.n !== inquiry.n ? [inquiryWakeUp(job, inquiry)] : [];
  return [...submit, ...look, ...newTasks(before, job).map((task) => pollWakeUp(job, task.id))];
}

export const submitWakeUp = (job: Job): WakeUp => ({
  stage: "submit",
  id: job.id,
  n: job.submitWake,
  priority: job.request.priority,
});

/** Each task has a poll entry of its own, numbered by its place in `tasks`. */
export const pollWakeUp = (job: Job, taskId: string): WakeUp => {
  const index = job.tasks.findIndex((task) => task.id === taskId);
  return { stage: "poll", id: job.id, n: index + 1, at: job.tasks[index]?.nextLookAt ?? 0 };
};

/** A look out of turn has an entry of its own, which finds no task in its place. */
export const inquiryWakeUp = (job: Job, { n }: Inquiry): WakeUp => ({ stage: "poll", id: job.id, n });

function dueCommands(keys: Keys, policy: Policy, job: Job, now: number, handedOver: boolean): Command[] {
  const due = dueAt(job, policy, now, handedOver);
  if (due !== null) {
    return [
      ["ZADD", keys.due, due, job.id],
      ["ZREM", keys.purge, job.id],
    ];
  }
  return [
    ["ZREM", keys.due, job.id],
    ["ZADD", keys.purge, (job.finishedAt ?? now) + policy.retentionMs, job.id],
  ];
}

/** When somebody must have a look at the job, or null when nothing is left to be done. */
function dueAt(job: Job, policy: Policy, now: number, handedOver: boolean): number | null {
  const times = watchedTasks(job).map((task) => Math.max(task.nextLookAt, now) + HAND_OVER_GRACE_MS);
  if (handedOver) times.push(now + HAND_OVER_GRACE_MS);
  if (job.status === "queued") times.push(job.startDeadlineAt, now + HAND_OVER_GRACE_MS);
  if (job.status === "submitting") times.push(lostSubmissionAt(job, policy, now));
  if (job.status === "unconfirmed") times.push(job.holdUntil ?? now);
  const inquiry = openInquiry(job);
  if (inquiry) times.push(inquiry.askedAt + HAND_OVER_GRACE_MS);
  if (times.length > 0) return Math.min(...times);
  return isTerminal(job.status) ? null : now;
}

/** When a submission that is still open has lost its worker. */
export const lostSubmissionAt = (job: Job, policy: { submitTimeoutMs: number }, now: number): number =>
  (openAttempt(job)?.begunAt ?? now) + policy.submitTimeoutMs + LOST_SUBMISSION_GRACE_MS;
