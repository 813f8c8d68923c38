/**
 * A job among everything that can happen to it: its submissions and what Novita says of them, however late and however
 * often; looks; callers; time. `World.take` applies one step by the product's own pure decisions, and keeps beside the
 * record a plain account of what is known, for the invariants to compare with.
 */
import * as fc from "fast-check";

import { cancelJob, resolveJob } from "../../src/api/resolve.ts";
import type { ResolveAction } from "../../src/api/resolve.ts";
import type { Change } from "../../src/shared/change.ts";
import type { Job, JobRequest } from "../../src/shared/job.ts";
import { beginAttempt, recordOutcome } from "../../src/worker/attempt.ts";
import { recordLook } from "../../src/worker/look.ts";
import type { LookOutcome, SubmitOutcome } from "../../src/worker/novita/classify.ts";
import { mend } from "../../src/worker/rescue.ts";
import { newJob, newRequest, NOON } from "./job.ts";
import { Problem } from "../../src/api/problem.ts";

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
  | { do: "resolve"; action: ResolveAction; attempt: number | undefined }
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

  constructor({ onUnconfirmed, maxCost, estimate }: Omit<Story, "steps">) {
    this.job = newJob(NOON, { request: newRequest({ onUnconfirmed, maxCost }), estimate });
  }

  /** Returns the change that the step has made of the job, or null. */
  take(step: Step): Change | null {
    const change = this.#decide(step);
    if (change) this.job = change.job;
    return change;
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
      case "resolve": {
        const change = accepted(resolveJob(job, step.action, step.attempt, now));
        if (change?.transition === "resubmit") this.resubmissions++;
        return change;
      }
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

const upstream = { status: 500, reason: null };
const unknown: SubmitOutcome = { kind: "unknown", message: "reset", upstream: null };

const outcome: fc.Arbitrary<SubmitOutcome> = fc.oneof(
  { arbitrary: fc.constant<SubmitOutcome>({ kind: "accepted", taskId: "task" }), weight: 4 },
  fc.constant(unknown),
  fc.constantFrom<SubmitOutcome>(
    { kind: "refused", code: "invalid_input", message: "bad size", upstream },
    { kind: "refused", code: "content_rejected", message: "no", upstream },
    { kind: "deferred", message: "busy", retryAfterMs: null, upstream },
    { kind: "blocked", cause: "account", message: "wallet", upstream },
    { kind: "unsent", cause: "connect", message: "refused" },
    { kind: "unsent", cause: "deadline", message: "late" },
  ),
);

const video = { url: "https://files.example/a.mp4", type: "mp4", expiresAt: null };
const look: fc.Arbitrary<LookOutcome> = fc.oneof(
  fc.record({
    kind: fc.constant("running" as const),
    progress: fc.option(fc.integer({ min: -10, max: 130 })),
    etaS: fc.option(fc.integer({ min: -1, max: 600 })),
    known: fc.boolean(),
  }),
  fc.constantFrom<LookOutcome>(
    { kind: "succeeded", video },
    { kind: "succeeded", video: null },
    { kind: "failed", reason: "no GPU", upstream },
    { kind: "missing" },
    { kind: "missing" },
  ),
  fc.record({
    kind: fc.constant("unavailable" as const),
    message: fc.constant("HTTP 500"),
    retryAfterMs: fc.option(fc.integer({ min: 1, max: lookPolicy.recoveryMs })),
    alarm: fc.boolean(),
    upstream: fc.constant(upstream),
  }),
);

const which = fc.nat(4);
const begin = fc.record({ do: fc.constant("begin" as const), fate: outcome });
const tell = fc.record({
  do: fc.constant("tell" as const),
  which,
  as: fc.constantFrom("fate" as const, "unknown" as const),
});
const lie = fc.record({ do: fc.constant("lie" as const), which, outcome });
const lookAt = fc.record({
  do: fc.constant("look" as const),
  which,
  look,
  looksWorkElsewhere: fc.boolean(),
  random: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
});
const cancel = fc.constant({ do: "cancel" as const });
const resolve = fc.record({
  do: fc.constant("resolve" as const),
  action: fc.constantFrom("resubmit" as const, "resubmit" as const, "fail" as const),
  attempt: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
});
const gaps = [1000, 20_000, LOST_AFTER_MS, 5 * 60_000, 3_600_000, 86_400_000, 7 * 86_400_000];
const wait = fc.record({ do: fc.constant("wait" as const), ms: fc.constantFrom(...gaps) });
const rescue = fc.constant({ do: "rescue" as const });

/** What a task that is gone looks like: random single steps would hardly ever come upon it. */
const loseTask: fc.Arbitrary<Step[]> = which.map((task) => {
  const missing: Step = {
    do: "look",
    which: task,
    look: { kind: "missing" },
    looksWorkElsewhere: true,
    random: 0.5,
  };
  return [{ do: "wait", ms: LOST_AFTER_MS }, missing, missing, missing];
});

/** The answer to a first submission comes when a second is under way: as rare, and where money is lost. */
const overtake: fc.Arbitrary<Step[]> = begin.map((second) => [
  { do: "begin", fate: { kind: "accepted", taskId: "task" } },
  { do: "tell", which: 0, as: "unknown" },
  { do: "resolve", action: "resubmit", attempt: undefined },
  second,
  { do: "tell", which: 0, as: "fate" },
]);

/** A job's whole story. Honest: Novita does one thing with each submission, and is never heard to say another. */
export const story = (honest: boolean): fc.Arbitrary<Story> => {
  const one = fc.oneof<fc.MaybeWeightedArbitrary<Step>[]>(
    { weight: 5, arbitrary: begin },
    { weight: 5, arbitrary: tell },
    { weight: honest ? 0 : 3, arbitrary: lie },
    { weight: 6, arbitrary: lookAt },
    { weight: 1, arbitrary: cancel },
    { weight: 2, arbitrary: resolve },
    { weight: 3, arbitrary: wait },
    { weight: 2, arbitrary: rescue },
  );
  const some = fc.oneof(
    { weight: 12, arbitrary: one.map((step) => [step]) },
    { weight: 2, arbitrary: loseTask },
    { weight: 2, arbitrary: overtake },
  );
  return fc.record({
    onUnconfirmed: fc.constantFrom(
      "hold" as const,
      "fail" as const,
      "resubmit" as const,
      "resubmit" as const,
    ),
    estimate: fc.constantFrom(null, 500_000),
    maxCost: fc.constantFrom(null, null, 500_000, 1_000_000),
    steps: fc.array(some, { minLength: 1, maxLength: 30, size: "max" }).map((steps) => steps.flat()),
  });
};
