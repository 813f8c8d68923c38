/** What must hold of a job whatever happens to it. Each throws a sentence that says what does not. */
import { isDeepStrictEqual } from "node:util";

import type { Change } from "../../src/shared/change.ts";
import { billingState, holdsSlot, isTerminal, Job, transitions } from "../../src/shared/job.ts";
import type { Attempt } from "../../src/shared/job.ts";
import { dayOf } from "../../src/shared/store/budget.ts";
import { keys, lookPolicy } from "./lifecycle-world.ts";
import type { Step, World } from "./lifecycle-world.ts";

const RECOVERABLE = new Set<string>(["submission_unconfirmed", "task_lost", "upstream_contract"]);

/** Of one change, however it came about. */
export function checkChange(before: Job, change: Change, step: Step, now: number): void {
  const after = change.job;
  ensure(after.version === before.version + 1, "the version grows by exactly one");
  checkTransition(before, change);
  checkEvent(before, change);
  if (isTerminal(before.status)) checkTerminal(before, change, step);
  if (after.erasedAt !== null) checkErased(before, change);
  if (before.cancelRequestedAt !== null) {
    ensure(after.cancelRequestedAt === before.cancelRequestedAt, "a wish to cancel is not forgotten");
    const kept = [null, "cancel", "succeed"].includes(change.transition);
    ensure(isTerminal(before.status) || kept, "a wish to cancel is granted, unless a video comes first");
  }
  checkTasks(before, after);
  ensure(after.progress >= before.progress, "progress never goes back");
  const looked = step.do === "look" || step.do === "answer";
  ensure(after.polls === before.polls + (looked ? 1 : 0), "a poll is counted once");
  const wasBilled = billingState(before) === "billed";
  ensure(!wasBilled || billingState(after) !== "not_billed", "billed never becomes not_billed");
  const isWokenAnew = after.status === "queued" && before.status === "unconfirmed";
  ensure(!isWokenAnew || after.submitWake === before.submitWake + 1, "a job queued anew has a new wake-up");
  for (const task of after.tasks) {
    const isNew = !before.tasks.some(({ id }) => id === task.id);
    const soonest = step.do === "answer" ? now : now + 1;
    if (isNew)
      ensure(task.watched && task.nextLookAt >= soonest, "a new task is watched, and looked at later");
  }
}

function checkTransition(before: Job, { transition, job }: Change): void {
  if (transition === null) {
    ensure(job.status === before.status, "a change without a transition leaves the status alone");
    return;
  }
  const { from, to } = transitions[transition];
  ensure((from as readonly string[]).includes(before.status), `${transition} never leaves ${before.status}`);
  ensure(job.status === to, `${transition} leads to ${to}`);
}

const EVENT_OF: Record<string, string> = {
  accept: "job.submitted",
  lose: "job.unconfirmed",
  succeed: "job.succeeded",
  fail: "job.failed",
  cancel: "job.canceled",
  expire: "job.expired",
  recover: "job.recovered",
};

function checkEvent(before: Job, { transition, event, job }: Change): void {
  if (transition !== null) {
    ensure(event === (EVENT_OF[transition] ?? null), `${transition} raises its own event, not ${event}`);
  } else if (event !== null) {
    ensure(
      event === "job.progress" && job.status === "processing",
      "only progress is told between transitions",
    );
    const sinceLast = (job.progressEventAt ?? 0) - (before.progressEventAt ?? 0);
    ensure(sinceLast >= 10_000, "progress is told every ten seconds at most");
  }
}

/** A terminal job changes in what is known of its attempts and tasks, and in a late video; by recover alone in more. */
function checkTerminal(before: Job, { transition, job: after }: Change, step: Step): void {
  if (transition !== null) {
    const mayRecover =
      before.status === "expired" ||
      (before.status === "failed" && RECOVERABLE.has(before.error?.code ?? ""));
    const hasVideo = step.do === "look" && step.look.kind === "succeeded" && step.look.video !== null;
    ensure(transition === "recover" && mayRecover && hasVideo, `${transition} left ${before.status}`);
    return;
  }
  const { version, attempts, tasks, polls, submittedAt, reservedOn, inquiry } = after;
  const video = before.video ?? after.video;
  const seen = { version, attempts, tasks, polls, submittedAt, reservedOn, inquiry };
  const { erasedAt, request, error } = after;
  const gone = step.do === "erase" ? { erasedAt, request, error, video: null } : { video };
  ensure(
    isDeepStrictEqual(after, { ...before, ...seen, ...gone }),
    `a ${before.status} job has changed in more than its tasks`,
  );
}

/** Of a change that erases a job, or comes afterwards. */
function checkErased(before: Job, { transition, event, fact, job: after }: Change): void {
  ensure(transition === null && event === null, "an erased job keeps its status, and nobody is told of it");
  const nothing = { input: {}, metadata: {}, tags: [], reference: null, webhook: null };
  const request = { ...before.request, ...nothing };
  ensure(
    isDeepStrictEqual(after.request, request),
    "an erased job asks for nothing, under the same conditions",
  );
  ensure(after.video === null && after.inquiry === null, "an erased job has no video");
  ensure((after.error?.upstream?.reason ?? null) === null, "an erased job quotes nobody");
  ensure(fact === null || !("reason" in fact || "message" in fact), "its history quotes nobody");
}

function checkTasks(before: Job, after: Job): void {
  before.tasks.forEach((task, index) => {
    const now = after.tasks[index];
    ensure(now?.id === task.id, `task ${task.id} is kept in its place`);
    ensure(task.watched || !now?.watched, "what is no longer watched stays so");
    const isOver = task.state === "succeeded" || task.state === "failed";
    ensure(!isOver || now?.state === task.state, "an ended task stays so");
  });
}

/** Of the job as it stands, against what is known. */
export function checkState({ job, submissions, tasks, now }: World): void {
  const isLive = !isTerminal(job.status);
  const kept = submissions.filter(({ state }) => state !== "free");
  ensure(
    job.attempts.map(({ id, state }) => `${id} ${state}`).join() ===
      kept.map((s) => `${s.id} ${s.state}`).join(),
    "the attempts are those not proven free, with what is known of each",
  );
  ensure(new Set(job.attempts.map(({ n }) => n)).size === kept.length, "attempts are numbered apart");
  ensure([...tasks.keys()].join() === job.tasks.map(({ id }) => id).join(), "no task id is lost");

  const open = job.attempts.filter(({ state }) => state === "open");
  ensure(open.length <= 1, "there are never two open attempts");
  ensure((job.status === "submitting") === (isLive && open.length === 1), "submitting is an open attempt");
  ensure((job.status === "unconfirmed") === (job.holdUntil !== null), "only an unconfirmed job is held");
  if (job.status === "unconfirmed") {
    ensure(job.error?.code === "submission_unconfirmed", "an unconfirmed job says so in its error");
    ensure(job.request.onUnconfirmed !== "fail", "on_unconfirmed=fail never holds");
  } else {
    const hasFailed = job.status === "failed" || job.status === "expired";
    ensure(hasFailed === (job.error !== null), "there is an error exactly when it has failed or expired");
  }
  ensure(isLive === (job.finishedAt === null), "a job is finished when its status is terminal");
  ensure((job.submittedAt !== null) === job.tasks.length > 0, "it was submitted when a task is known");
  if (job.status === "succeeded" && job.erasedAt === null)
    ensure(job.video !== null && job.progress === 100, "success has its video");
  if (job.status === "canceled") ensure(job.cancelRequestedAt !== null, "a canceled job was to be canceled");
  if (job.status === "processing") checkProcessing(job, now);
  ensure(billingState(job) === expectedBilling(kept, tasks), `billing is not ${billingState(job)}`);
  for (const attempt of job.attempts) {
    ensure(
      holdsSlot(job, attempt) === mayRun(job, attempt, tasks),
      "a slot is held while the task may still run",
    );
  }
}

/** Each purchase that may have been paid for, or will be, counts in the budget of the day on which it was decided or found. */
export function checkBudget({ job, submissions, spent, now }: World): void {
  const begun = submissions.filter(({ state }) => state !== "free" && state !== "refused").length;
  const strays = job.tasks.filter(({ attempt }) => attempt === null).length;
  const count = begun + strays + (job.status === "queued" ? 1 : 0);
  ensure(job.reservedOn.length === count, `${job.reservedOn.length} reservations for ${count} purchases`);
  ensure(
    job.reservedOn.every((day) => day >= dayOf(job.createdAt) && day <= dayOf(now)),
    "a purchase counts on a day of its job's life",
  );
  for (const [key, sum] of spent) {
    const days = job.reservedOn.filter((day) => keys.spent(job.tenant, day) === key).length;
    ensure(sum === days * (job.estimate ?? 0), "a day's sum is that of its purchases");
  }
  const isCounted = job.reservedOn.every((day) => spent.has(keys.spent(job.tenant, day)));
  ensure(isCounted === (job.estimate !== null || job.reservedOn.length === 0), "every purchase is in a sum");
}

/** Of the job at the end of its story: Redis gives back what was written. */
export function checkReadable({ job }: World): void {
  const read = Job.parse(JSON.parse(JSON.stringify(job)));
  ensure(isDeepStrictEqual(read, job), "the record is read as it was written");
}

/** Else nobody would ever look again, or end it in time. */
function checkProcessing(job: Job, now: number): void {
  const timeoutMs = job.request.timeoutS * 1000;
  const looks = job.tasks
    .filter((task) => task.watched)
    .map((task) => task.nextLookAt - Math.max(task.acceptedAt + timeoutMs, now + lookPolicy.recoveryMs));
  ensure(
    looks.some((late) => late <= 0),
    "a processing job has a task that is looked at by its deadline",
  );
  ensure(job.deadlineAt !== null, "a processing job has a deadline");
}

function expectedBilling(kept: World["submissions"], tasks: World["tasks"]): string {
  if ([...tasks.values()].some((seen) => seen !== "failed")) return "billed";
  const isInDoubt = kept.some(({ state }) => state === "open" || state === "unknown");
  return tasks.size > 0 || isInDoubt ? "unknown" : "not_billed";
}

function mayRun(job: Job, attempt: Attempt, seen: World["tasks"]): boolean {
  if (attempt.state !== "accepted") return attempt.state !== "refused";
  return job.tasks.some(
    ({ id, attempt: n, watched, state }) =>
      n === attempt.n && watched && state !== "lost" && seen.get(id) === "running",
  );
}

/** How often an honest Novita may have been paid for one job. */
export function checkMoney({ job, submissions, resubmissions }: World, change: Change): void {
  const paid = submissions.filter(({ state }) => state !== "free" && state !== "refused").length;
  const { onUnconfirmed, maxCost } = job.request;
  const allowed = 1 + resubmissions + (onUnconfirmed === "resubmit" ? 1 : 0);
  ensure(paid <= allowed, `${paid} purchases where ${allowed} were asked for`);
  if (change.transition !== "resubmit" || change.fact?.["by"] !== "on_unconfirmed") return;
  ensure(onUnconfirmed === "resubmit" && paid <= 1, "on_unconfirmed buys at most once more");
  const fits = maxCost === null || (job.estimate !== null && 2 * job.estimate <= maxCost);
  ensure(fits, "on_unconfirmed keeps both purchases within max_cost");
}

function ensure(holds: boolean, sentence: string): asserts holds {
  if (!holds) throw new Error(`Broken: ${sentence}.`);
}
