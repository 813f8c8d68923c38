import { describe, expect, test } from "vitest";

import { billingState } from "../../src/shared/job.ts";
import type { Job, JobRequest } from "../../src/shared/job.ts";
import { beginAttempt, recordOutcome } from "../../src/worker/attempt.ts";
import type { SubmitOutcome } from "../../src/worker/novita/classify.ts";
import { expireStart } from "../../src/worker/submit.ts";
import {
  HOUR_MS,
  newAttempt,
  newJob,
  newRequest,
  NOON,
  processingJob,
  submittingJob,
  unconfirmedJob,
} from "../support/job.ts";
import { submitPolicy } from "../support/lifecycle-world.ts";
import { accepted } from "../support/novita.ts";

const LATER = NOON + 1000;
const upstream = { status: 500, reason: "CREATE_TASK_FAILED" };
const unknown: SubmitOutcome = { kind: "unknown", message: "HTTP 500", upstream };

const open = newAttempt(NOON, { id: "att_1" });
const lost = newAttempt(NOON, { id: "att_1", state: "unknown" });
const second = newAttempt(NOON, { id: "att_2", n: 2 });

const tell = (job: Job, attemptId: string, outcome: SubmitOutcome) =>
  recordOutcome(job, attemptId, outcome, LATER, submitPolicy);

const submitting = (request: Partial<JobRequest> = {}, patch: Partial<Job> = {}): Job =>
  submittingJob(NOON, { attempts: [open], request: newRequest(request), ...patch });

describe("begin", () => {
  test("a queued job -> submitting, with an open attempt of its own number and time", () => {
    const change = beginAttempt(newJob(NOON), "att_1", LATER);
    expect(change).toMatchObject({
      transition: "begin",
      event: null,
      fact: { kind: "submitting", attempt: 1 },
    });
    expect(change.job.attempts).toEqual([{ id: "att_1", n: 1, begunAt: LATER, state: "open" }]);
    expect(billingState(change.job)).toBe("unknown");
  });

  test("after an attempt that is forgotten -> a number that no attempt kept has", () => {
    const kept = newAttempt(NOON, { n: 2, state: "unknown" });
    expect(beginAttempt(newJob(NOON, { attempts: [kept] }), "att_3", LATER).job.attempts[1]?.n).toBe(3);
  });
});

describe("accepted", () => {
  test("in time -> processing with the task, its first look and its deadline", () => {
    const change = tell(submitting(), "att_1", accepted("task-9"));
    expect(change).toMatchObject({
      transition: "accept",
      event: "job.submitted",
      fact: { task_id: "task-9", late: false },
    });
    expect(change?.job).toMatchObject({
      status: "processing",
      submittedAt: LATER,
      deadlineAt: LATER + HOUR_MS,
      attempts: [{ id: "att_1", state: "accepted" }],
    });
    expect(change?.job.tasks).toEqual([
      {
        id: "task-9",
        attempt: 1,
        state: "running",
        watched: true,
        acceptedAt: LATER,
        nextLookAt: LATER + submitPolicy.pollFirstMs,
        watchUntil: LATER + HOUR_MS + submitPolicy.recoveryMs,
        looks: 0,
        missing: 0,
        blank: 0,
      },
    ]);
    expect(change && billingState(change.job)).toBe("billed");
  });

  test("the same answer again -> says nothing new", () => {
    const job = tell(submitting(), "att_1", accepted("task-9"))?.job;
    expect(job && tell(job, "att_1", accepted("task-9"))).toBeNull();
  });

  test("for an attempt that is not this job's any more -> the task is kept all the same", () => {
    const change = tell(submitting(), "att_0", accepted("task-0"));
    expect(change).toMatchObject({
      transition: null,
      fact: { kind: "orphan_task", task_id: "task-0" },
      job: { status: "submitting", tasks: [{ id: "task-0", attempt: null, watched: true }] },
    });
    expect(change && billingState(change.job)).toBe("billed");
  });

  test("a second task while the first is under way -> kept and watched, the deadline stays", () => {
    const job = processingJob(NOON, {
      attempts: [
        { ...open, state: "accepted" },
        { ...second, state: "unknown" },
      ],
    });
    expect(tell(job, "att_2", accepted("task-2"))).toMatchObject({
      transition: null,
      event: null,
      job: {
        status: "processing",
        deadlineAt: job.deadlineAt,
        tasks: [{ id: "task-1" }, { id: "task-2", attempt: 2 }],
      },
    });
  });
});

describe("unknown", () => {
  test("on_unconfirmed=hold -> unconfirmed, alarmed, held, with what was said; never queued", () => {
    const change = tell(submitting(), "att_1", unknown);
    expect(change).toMatchObject({
      transition: "lose",
      event: "job.unconfirmed",
      fact: { message: "HTTP 500" },
    });
    expect(change?.job).toMatchObject({
      status: "unconfirmed",
      attempts: [{ state: "unknown" }],
      holdUntil: LATER + submitPolicy.holdMs,
      error: {
        code: "submission_unconfirmed",
        message: "HTTP 500",
        stage: "submit",
        retryable: true,
        upstream,
      },
      finishedAt: null,
    });
  });

  test("on_unconfirmed=fail -> failed at once, billing unknown, without job.unconfirmed", () => {
    const change = tell(submitting({ onUnconfirmed: "fail" }), "att_1", unknown);
    expect(change).toMatchObject({ transition: "fail", event: "job.failed", job: { status: "failed" } });
    expect(change?.job.error?.code).toBe("submission_unconfirmed");
    expect(change && billingState(change.job)).toBe("unknown");
  });

  test("on_unconfirmed=resubmit, the first time -> queued anew, without job.unconfirmed", () => {
    const job = submitting({ onUnconfirmed: "resubmit" });
    expect(tell(job, "att_1", unknown)).toMatchObject({
      transition: "resubmit",
      event: null,
      fact: { by: "on_unconfirmed" },
      job: {
        status: "queued",
        submitWake: job.submitWake + 1,
        startDeadlineAt: LATER + 24 * HOUR_MS,
        attempts: [{ state: "unknown" }],
        error: null,
      },
    });
  });

  test("on_unconfirmed=resubmit, the second time -> held, and the caller hears of it", () => {
    const job = submitting({ onUnconfirmed: "resubmit" }, { attempts: [lost, second] });
    expect(tell(job, "att_2", unknown)).toMatchObject({ transition: "lose", event: "job.unconfirmed" });
  });

  test.each<[string, number | null, number, string]>([
    ["both purchases fit max_cost exactly", 500_000, 1_000_000, "queued"],
    ["both purchases do not fit max_cost", 500_001, 1_000_000, "unconfirmed"],
    ["the cost is not known", null, 1_000_000, "unconfirmed"],
  ])("on_unconfirmed=resubmit, %s -> %s, %s: %s", (_name, estimate, maxCost, status) => {
    const job = submitting({ onUnconfirmed: "resubmit", maxCost }, { estimate });
    expect(tell(job, "att_1", unknown)?.job.status).toBe(status);
  });

  test("told again after the job has been given up -> says nothing new", () => {
    expect(tell(unconfirmedJob(NOON, { attempts: [lost] }), "att_1", unknown)).toBeNull();
  });

  test("after the task has come -> says nothing new", () => {
    const job = processingJob(NOON, { attempts: [{ ...open, state: "accepted" }] });
    expect(tell(job, "att_1", unknown)).toBeNull();
  });
});

describe("refused", () => {
  test.each(["invalid_input", "content_rejected", "model_unavailable"] as const)(
    "%s -> failed with Novita's words, not billed, still an attempt",
    (code) => {
      const change = tell(submitting(), "att_1", { kind: "refused", code, message: "why", upstream });
      expect(change).toMatchObject({ transition: "fail", event: "job.failed" });
      expect(change?.job).toMatchObject({
        status: "failed",
        finishedAt: LATER,
        error: { code, message: "why", stage: "submit", retryable: false, upstream },
        attempts: [{ state: "refused" }],
      });
      expect(change && billingState(change.job)).toBe("not_billed");
    },
  );

  test("of an older attempt, while a later one is awaited -> noted, and the later one still decides", () => {
    const job = submitting({}, { attempts: [lost, second] });
    const refusal: SubmitOutcome = { kind: "refused", code: "invalid_input", message: "", upstream };
    expect(tell(job, "att_1", refusal)).toMatchObject({
      transition: null,
      event: null,
      fact: { kind: "attempt_ended", attempt: 1 },
      job: { status: "submitting", attempts: [{ state: "refused" }, { state: "open" }] },
    });
  });
});

describe("certainly not accepted", () => {
  const outcomes: [string, SubmitOutcome][] = [
    ["429", { kind: "deferred", message: "busy", retryAfterMs: 5000, upstream }],
    ["an empty wallet", { kind: "blocked", cause: "account", message: "wallet", upstream }],
    ["a proxy in the way", { kind: "blocked", cause: "proxy", message: "302", upstream }],
    ["no connection", { kind: "unsent", cause: "connect", message: "refused" }],
    ["too late to send", { kind: "unsent", cause: "deadline", message: "late" }],
  ];

  test.each(outcomes)("%s -> queued as before, and the attempt never was", (_name, outcome) => {
    const job = submitting();
    const change = tell(job, "att_1", outcome);
    expect(change).toMatchObject({ transition: "handBack", event: null });
    expect(change?.job).toMatchObject({
      status: "queued",
      attempts: [],
      submitWake: job.submitWake,
      startDeadlineAt: job.startDeadlineAt,
    });
    expect(change && billingState(change.job)).toBe("not_billed");
  });

  test.each(outcomes)("%s, told twice -> the second says nothing new", (_name, outcome) => {
    const job = tell(submitting(), "att_1", outcome)?.job;
    expect(job && tell(job, "att_1", outcome)).toBeNull();
  });

  test("of an older attempt, once the job was bought again -> forgotten, and nothing else moves", () => {
    const change = tell(submitting({}, { attempts: [lost, second] }), "att_1", {
      kind: "unsent",
      cause: "connect",
      message: "",
    });
    expect(change).toMatchObject({
      transition: null,
      job: { status: "submitting", attempts: [{ id: "att_2" }] },
    });
  });

  test("of a job that has failed meanwhile -> it stays failed, and is known not to be billed", () => {
    const failed = tell(submitting({ onUnconfirmed: "fail" }), "att_1", unknown)?.job;
    const change = failed && tell(failed, "att_1", { kind: "unsent", cause: "connect", message: "" });
    expect(change).toMatchObject({ transition: null, event: null, job: { status: "failed", attempts: [] } });
    expect(change && billingState(change.job)).toBe("not_billed");
  });
});

describe("start timeout", () => {
  const due = newJob(NOON).startDeadlineAt;

  test("a job in any other status than queued -> left alone", () => {
    for (const job of [submittingJob(NOON), unconfirmedJob(NOON), processingJob(NOON)]) {
      expect(expireStart(job, due, submitPolicy)).toBeNull();
    }
  });

  test("a queued job a moment before -> left alone", () => {
    expect(expireStart(newJob(NOON), due - 1, submitPolicy)).toBeNull();
  });
});
