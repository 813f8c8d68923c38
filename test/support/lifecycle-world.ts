/**
 * A job among everything that can happen to it: its submissions and what Novita says of them, however late and however
 * often; looks; callers; time. `World.take` applies one step by the product's own pure decisions, and keeps beside the
 * record a plain account of what is known, for the invariants to compare with.
 */
import { askAbout } from "../../src/api/ask.ts";
import { eraseJob } from "../../src/api/erase.ts";
import { cancelJob, resolveJob } from "../../src/api/resolve.ts";
import type { ResolveAction } from "../../src/api/resolve.ts";
import { creation } from "../../src/shared/change.ts";
import type { Change } from "../../src/shared/change.ts";
import { withErasure } from "../../src/shared/erasure.ts";
import { openInquiry } from "../../src/shared/job.ts";
import type { Job, JobRequest } from "../../src/shared/job.ts";
import { budgetCommands, withReservations } from "../../src/shared/store/budget.ts";
import { makeKeys } from "../../src/shared/store/keys.ts";
import { beginAttempt, recordOutcome } from "../../src/worker/attempt.ts";
import { answerInquiry } from "../../src/worker/inquire.ts";
import { recordLook } from "../../src/worker/look.ts";
import type { LookOutcome, SubmitOutcome } from "../../src/worker/novita/classify.ts";
import { mend } from "../../src/worker/rescue.ts";
import { newJob, newRequest, NOON } from "./job.ts";
import { Problem } from "../../src/api/problem.ts";

export const keys = makeKeys("world");
export const SUBMIT_TIMEOUT_MS = 60_000;
export const LOST_AFTER_MS = SUBMIT_TIMEOUT_MS + 15_000;
export const submitPolicy = { pollFirstMs: 10_000, recoveryMs: 24 * 3_600_000, holdMs: 7 * 86_400_000 };
export const lookPolicy = { baseMs: 3000, maxMs: 15_000, recoveryMs: 300_000, lostGraceMs: 60_000 };

export type Step =
  /** `fate`: what Novita makes of this submission, whoever hears of it and when. */
  | { do: "begin"; fate: SubmitOutcome }
  /** The outcome of one of the submissions so far is told: as it was, or as nobody knows. */
  | { do: "tell"; which: number; as: "fate" | "unknown" }
  /** An outcome that contradicts what was told before. */
  | { do: "lie"; which: number; outcome: SubmitOutcome }
  | { do: "look"; which: number; look: LookOutcome; looksWorkElsewhere: boolean; random: number }
  | { do: "cancel" }
  | { do: "erase" }
  | { do: "resolve"; action: ResolveAction; attempt: number | undefined }
  /** A look out of turn: for a new link to the video, or at the task that the last submission made. */
  | { do: "ask" }
  | { do: "answer"; look: LookOutcome }
  | { do: "wait"; ms: number }
  /** What time alone does. */
  | { do: "rescue" };

export type Story = Pick<JobRequest, "onUnconfirmed" | "maxCost"> & {
  estimate: number | null;
  steps: Step[];
};

/** What is known of a submission. `free`: certainly not accepted, and forgotten. */
export type Known = {
  id: string;
  fate: SubmitOutcome;
  state: "open" | "unknown" | "accepted" | "refused" | "free";
};

export class World {
  job: Job;
  now = NOON;
  readonly submissions: Known[] = [];
  /** Every task id that Novita told, and how its last look ended it. */
  readonly tasks = new Map<string, "running" | "blank" | "failed" | "succeeded">();
  resubmissions = 0;
  /** The sums of the tenant's days, by their keys in Redis, in micro-dollars. */
  readonly spent = new Map<string, number>();

  constructor({ onUnconfirmed, maxCost, estimate }: Omit<Story, "steps">) {
    const made = newJob(NOON, { request: newRequest({ onUnconfirmed, maxCost }), estimate });
    this.job = withReservations(null, creation(made), NOON).job;
    this.#count(null, this.job);
  }

  /** Returns the change that the step has made of the job, or null. */
  take(step: Step): Change | null {
    const decided = this.#decide(step);
    if (!decided) return null;
    // The ledger lets a job begin as it was decided, and completes every other change.
    const change = step.do === "begin" ? decided : withReservations(this.job, withErasure(decided), this.now);
    this.#count(this.job, change.job);
    this.job = change.job;
    return change;
  }

  #count(before: Job | null, after: Job): void {
    for (const [name, key, amount] of budgetCommands(keys, before, after)) {
      if (name === "INCRBY") this.spent.set(key, (this.spent.get(key) ?? 0) + Number(amount));
    }
  }

  #decide(step: Step): Change | null {
    const { job, now } = this;
    switch (step.do) {
      case "begin":
        return this.#begin(step.fate);
      case "tell": {
        const known = pick(this.submissions, step.which);
        return known ? this.#tell(known, step.as === "fate" ? known.fate : unknown) : null;
      }
      case "lie": {
        const known = pick(this.submissions, step.which);
        return known ? this.#tell(known, ownTask(step.outcome, `other-task-of-${known.id}`)) : null;
      }
      case "look":
        return this.#look(step);
      case "cancel":
        return accepted(cancelJob(job, now));
      case "erase":
        return eraseJob(job, now);
      case "resolve": {
        const change = accepted(resolveJob(job, step.action, step.attempt, now));
        if (change?.transition === "resubmit") this.resubmissions++;
        return change;
      }
      case "ask":
        return this.#ask();
      case "answer":
        return this.#answer(step.look);
      case "wait":
        this.now += step.ms;
        return null;
      case "rescue":
        return this.#rescue();
    }
  }

  #begin(fate: SubmitOutcome): Change | null {
    if (this.job.status !== "queued" || this.now >= this.job.startDeadlineAt) return null;
    const id = `att_${this.submissions.length + 1}`;
    this.submissions.push({ id, fate: ownTask(fate, `task-of-${id}`), state: "open" });
    return beginAttempt(this.job, id, this.now);
  }

  #tell(known: Known, outcome: SubmitOutcome): Change | null {
    learn(known, outcome);
    if (outcome.kind === "accepted" && !this.tasks.has(outcome.taskId))
      this.tasks.set(outcome.taskId, "running");
    return recordOutcome(this.job, known.id, outcome, this.now, submitPolicy);
  }

  #look({ which, look, looksWorkElsewhere, random }: Extract<Step, { do: "look" }>): Change | null {
    const task = pick(this.job.tasks, which);
    if (!task) return null;
    if (task.watched) this.tasks.set(task.id, seenIn(look) ?? this.tasks.get(task.id) ?? "running");
    const context = { looksWorkElsewhere, random };
    return recordLook(this.job, task.id, look, this.now, lookPolicy, context);
  }

  #ask(): Change | null {
    const { job, now } = this;
    if (job.video) return askAbout(job, { about: "video", taskId: job.video.taskId }, now);
    const last = this.submissions.find(({ id }) => id === job.attempts.at(-1)?.id);
    if (job.status !== "unconfirmed" || last?.fate.kind !== "accepted") return null;
    const { taskId } = last.fate;
    return askAbout(job, { about: "attach", taskId, attemptId: last.id, by: "operator" }, now);
  }

  #answer(look: LookOutcome): Change | null {
    const inquiry = openInquiry(this.job);
    const change = inquiry && answerInquiry(this.job, inquiry.n, look, this.now, submitPolicy);
    if (inquiry?.about === "attach" && change?.transition === "accept") {
      const known = this.submissions.find(({ id }) => id === inquiry.attemptId);
      if (known) learn(known, { kind: "accepted", taskId: inquiry.taskId });
      this.tasks.set(inquiry.taskId, "running");
    }
    return change;
  }

  #rescue(): Change | null {
    const { job, now } = this;
    const open = this.submissions.find((each) => each.state === "open");
    const begunAt = job.attempts.find((attempt) => attempt.id === open?.id)?.begunAt ?? now;
    if (open && job.status === "submitting" && now >= begunAt + LOST_AFTER_MS) learn(open, unknown);
    return mend({ policy: submitPolicy, submitTimeoutMs: SUBMIT_TIMEOUT_MS }, job, now);
  }
}

/** What was said for certain stays, but a task that shows up is a task. */
function learn(known: Known, outcome: SubmitOutcome): void {
  if (outcome.kind === "accepted" && known.state !== "free") known.state = "accepted";
  if (known.state !== "open" && known.state !== "unknown") return;
  if (outcome.kind === "unknown") known.state = "unknown";
  else known.state = outcome.kind === "refused" ? "refused" : "free";
}

/** Novita never gives two submissions the same task. */
const ownTask = (outcome: SubmitOutcome, taskId: string): SubmitOutcome =>
  outcome.kind === "accepted" ? { ...outcome, taskId } : outcome;

function seenIn(look: LookOutcome): "running" | "blank" | "failed" | "succeeded" | null {
  if (look.kind === "succeeded") return look.video ? "succeeded" : "blank";
  return look.kind === "running" || look.kind === "failed" ? look.kind : null;
}

const accepted = (decision: Change | Problem | null): Change | null =>
  decision instanceof Problem ? null : decision;

const pick = <T>(items: readonly T[], which: number): T | undefined =>
  items[which % Math.max(1, items.length)];

export const unknown: SubmitOutcome = { kind: "unknown", message: "reset", upstream: null };
