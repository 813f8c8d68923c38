// "Edges that are easy to forget": every row of the design's table, as the pure decisions take it.
import { describe, expect, test } from "vitest";

import { cancelJob, resolveJob } from "../../src/api/resolve.ts";
import type { Change } from "../../src/shared/change.ts";
import { billingState } from "../../src/shared/job.ts";
import type { Job, JobError } from "../../src/shared/job.ts";
import { toWire } from "../../src/shared/wire.ts";
import { beginAttempt, recordOutcome } from "../../src/worker/attempt.ts";
import { recordLook } from "../../src/worker/look.ts";
import type { LookOutcome, SubmitOutcome } from "../../src/worker/novita/classify.ts";
import { mend } from "../../src/worker/rescue.ts";
import {
  HOUR_MS,
  newAttempt,
  newJob,
  newTask,
  NOON,
  processingJob,
  submittingJob,
  unconfirmedJob,
} from "../support/job.ts";
import { lookPolicy, LOST_AFTER_MS, submitPolicy, SUBMIT_TIMEOUT_MS } from "../support/lifecycle-world.ts";
import { accepted } from "../support/novita.ts";
import { mustChange } from "../support/must-change.ts";

const LATER = NOON + 1000;
const upstream = { status: 400, reason: "NO" };
const refused: SubmitOutcome = { kind: "refused", code: "content_rejected", message: "no", upstream };
const deferred: SubmitOutcome = { kind: "deferred", message: "busy", retryAfterMs: null, upstream };
const unknown: SubmitOutcome = { kind: "unknown", message: "reset", upstream: null };
const video = { url: "https://files.example/a.mp4", type: "mp4", expiresAt: null };
const kept = { ...video, taskId: "task-1" };

const first = newAttempt(NOON, { id: "att_1", state: "unknown" });
const second = newAttempt(NOON, { id: "att_2", n: 2 });

/** What the outcome of the attempt `att_1`, or of another, makes of the job. */
function tell(job: Job, outcome: SubmitOutcome, attemptId = "att_1"): Change | null {
  return recordOutcome(job, attemptId, outcome, LATER, submitPolicy);
}

function look(job: Job, seen: LookOutcome, taskId = "task-1"): Change | null {
  const context = { looksWorkElsewhere: true, random: 0.5 };
  return recordLook(job, taskId, seen, LATER, lookPolicy, context);
}

const rescue = (job: Job, now: number): Change | null =>
  mend({ policy: submitPolicy, submitTimeoutMs: SUBMIT_TIMEOUT_MS }, job, now);

/** The job as a decision that must be one has left it. */
const jobOf = (decision: Parameters<typeof mustChange>[0]): Job => mustChange(decision).job;

const failedWith = (code: JobError["code"]): Partial<Job> => ({
  status: "failed",
  error: { code, message: "", stage: "submit", retryable: true, upstream: null },
  finishedAt: NOON,
});

describe("submitting, cancel", () => {
  const submitting = submittingJob(NOON, { attempts: [{ ...first, state: "open" }] });
  const wished = jobOf(cancelJob(submitting, NOON));

  test("the request is on its way -> still submitting, the wish is noted, and a second one says nothing new", () => {
    expect(wished).toMatchObject({ status: "submitting", cancelRequestedAt: NOON });
    expect(cancelJob(wished, LATER)).toBeNull();
  });

  test.each([
    ["refused", refused],
    ["not accepted", deferred],
  ])("%s -> canceled, not billed", (_name, outcome) => {
    const change = tell(wished, outcome);
    expect(change).toMatchObject({ transition: "cancel", event: "job.canceled" });
    expect(jobOf(change)).toMatchObject({
      status: "canceled",
      cancelRequestedAt: NOON,
      error: null,
      finishedAt: LATER,
    });
    expect(billingState(jobOf(change))).toBe("not_billed");
  });

  test("accepted -> canceled, billed, the task id kept and watched", () => {
    const job = jobOf(tell(wished, accepted("task-1")));
    expect(job).toMatchObject({
      status: "canceled",
      submittedAt: LATER,
      tasks: [{ id: "task-1", watched: true }],
    });
    expect(billingState(job)).toBe("billed");
  });

  test("unknown -> canceled, unknown, and nobody buys again though the job asked for it", () => {
    const request = { ...wished.request, onUnconfirmed: "resubmit" as const };
    const job = jobOf(tell({ ...wished, request }, unknown));
    expect(job.status).toBe("canceled");
    expect(billingState(job)).toBe("unknown");
  });

  test("the worker crashed -> canceled, unknown, once the submission is certainly over", () => {
    expect(rescue(wished, NOON + LOST_AFTER_MS - 1)).toBeNull();
    const job = jobOf(rescue(wished, NOON + LOST_AFTER_MS));
    expect(job.status).toBe("canceled");
    expect(billingState(job)).toBe("unknown");
  });
});

test("unconfirmed, cancel -> canceled, unknown, held no longer", () => {
  const change = cancelJob(unconfirmedJob(NOON), LATER);
  expect(change).toMatchObject({ event: "job.canceled", job: { holdUntil: null, error: null } });
  expect(jobOf(change).status).toBe("canceled");
  expect(billingState(jobOf(change))).toBe("unknown");
});

describe("processing, cancel", () => {
  const canceled = jobOf(cancelJob(processingJob(NOON), LATER));

  test("Novita cannot stop the task -> canceled, billed, still watched", () => {
    expect(canceled).toMatchObject({ status: "canceled", tasks: [{ id: "task-1", watched: true }] });
    expect(billingState(canceled)).toBe("billed");
  });

  test("its video comes -> kept in `video`, the job stays canceled, no second event", () => {
    const change = look(canceled, { kind: "succeeded", video });
    expect(change).toMatchObject({ transition: null, event: null, fact: { kind: "video_kept" } });
    expect(jobOf(change)).toMatchObject({ status: "canceled", video, tasks: [{ watched: false }] });
  });
});

describe("unconfirmed, or queued again after it: a late task id of the first POST", () => {
  test.each([
    ["unconfirmed", unconfirmedJob(NOON, { attempts: [first] })],
    ["queued", newJob(NOON, { attempts: [first] })],
  ])("%s -> processing, which saves a purchase", (_status, job) => {
    const change = tell(job, accepted("task-1"));
    expect(change).toMatchObject({ transition: "accept", event: "job.submitted", fact: { late: true } });
    expect(jobOf(change)).toMatchObject({
      status: "processing",
      attempts: [{ id: "att_1", state: "accepted" }],
      error: null,
      holdUntil: null,
      deadlineAt: LATER + HOUR_MS,
    });
  });
});

describe("unconfirmed, late refusal", () => {
  const held = unconfirmedJob(NOON, { attempts: [first] });

  test("refused for good -> failed with the refusal, not billed", () => {
    const change = tell(held, refused);
    expect(change).toMatchObject({ event: "job.failed", job: { status: "failed", holdUntil: null } });
    expect(jobOf(change).error).toEqual({
      code: "content_rejected",
      message: "no",
      stage: "submit",
      retryable: false,
      upstream,
    });
    expect(billingState(jobOf(change))).toBe("not_billed");
  });

  test("not accepted through no fault of the job -> queued anew with a new wake-up and start timeout, not billed", () => {
    const job = jobOf(tell(held, deferred));
    expect(job).toMatchObject({
      status: "queued",
      attempts: [],
      submitWake: held.submitWake + 1,
      startDeadlineAt: LATER + 24 * HOUR_MS,
      error: null,
      holdUntil: null,
    });
    expect(billingState(job)).toBe("not_billed");
  });
});

describe("a later attempt under way, late task id of an older one", () => {
  const overtaken = jobOf(tell(submittingJob(NOON, { attempts: [first, second] }), accepted("task-1")));

  test("it arrives -> into `tasks` with an alarm, looked at too, the later attempt still awaited", () => {
    const change = tell(submittingJob(NOON, { attempts: [first, second] }), accepted("task-1"));
    expect(change).toMatchObject({ transition: null, fact: { kind: "orphan_task", task_id: "task-1" } });
    expect(overtaken).toMatchObject({
      status: "submitting",
      tasks: [{ id: "task-1", attempt: 1, watched: true }],
      attempts: [{ state: "accepted" }, { state: "open" }],
    });
    expect(billingState(overtaken)).toBe("billed");
  });

  test("the older task is first to succeed -> succeeded while the later POST is still out", () => {
    const change = look(overtaken, { kind: "succeeded", video });
    expect(change).toMatchObject({
      transition: "succeed",
      event: "job.succeeded",
      job: { video, progress: 100 },
    });
  });

  test("the later attempt's task succeeds first, then the older -> the video and its task stay the later one's", () => {
    const both = jobOf(tell(overtaken, accepted("task-2"), "att_2"));
    const done = jobOf(look(both, { kind: "succeeded", video }, "task-2"));
    const spare = { ...video, url: "https://files.example/b.mp4" };
    const change = look(done, { kind: "succeeded", video: spare });
    expect(change).toMatchObject({
      fact: { kind: "spare_video" },
      job: { video: { ...video, taskId: "task-2" }, tasks: [{ state: "succeeded" }, { state: "succeeded" }] },
    });
    expect(toWire(jobOf(change), null).task_id).toBe("task-2");
  });

  test("the later attempt brings its own task, and the older succeeds -> succeeded; the other stays watched", () => {
    const both = jobOf(tell(overtaken, accepted("task-2"), "att_2"));
    expect(both.status).toBe("processing");
    const job = jobOf(look(both, { kind: "succeeded", video }));
    expect(job).toMatchObject({
      status: "succeeded",
      tasks: [{ watched: false }, { id: "task-2", watched: true }],
    });
    expect(
      look(job, { kind: "succeeded", video: { ...video, url: "https://files.example/b.mp4" } }, "task-2"),
    ).toMatchObject({
      event: null,
      fact: { kind: "spare_video" },
      job: { status: "succeeded", video },
    });
  });

  test.each([
    ["unknown", unknown],
    ["refused", refused],
    ["not accepted", deferred],
  ])("the later attempt ends %s -> processing with the older task", (_name, outcome) => {
    const change = tell(overtaken, outcome, "att_2");
    expect(change).toMatchObject({ transition: "accept", fact: { task_id: "task-1", late: true } });
    expect(jobOf(change).deadlineAt).toBe(LATER + HOUR_MS);
  });
});

describe("canceled, expired, failed(submission_unconfirmed): a late task id", () => {
  test.each<[string, Partial<Job>]>([
    ["canceled", { status: "canceled", cancelRequestedAt: NOON, finishedAt: NOON }],
    ["expired", { ...failedWith("start_timeout"), status: "expired" }],
    ["failed", failedWith("submission_unconfirmed")],
  ])("%s -> into `tasks`, billed, watched, with an alarm and no event", (status, ended) => {
    const job = newJob(NOON, { attempts: [first], ...ended });
    const change = tell(job, accepted("task-1"));
    expect(change).toMatchObject({ transition: null, event: null, fact: { kind: "orphan_task" } });
    expect(jobOf(change)).toMatchObject({ status, tasks: [{ id: "task-1", watched: true }] });
    expect(billingState(jobOf(change))).toBe("billed");
  });
});

describe("queued with earlier attempts, start timeout", () => {
  const late = NOON + 24 * HOUR_MS;

  test("one of them may have been bought -> unconfirmed, not expired", () => {
    expect(rescue(newJob(NOON, { attempts: [first] }), late - 1)).toBeNull();
    const change = rescue(newJob(NOON, { attempts: [first] }), late);
    expect(change).toMatchObject({ transition: "lose", event: "job.unconfirmed" });
    expect(jobOf(change)).toMatchObject({
      status: "unconfirmed",
      error: { code: "submission_unconfirmed" },
      holdUntil: late + submitPolicy.holdMs,
    });
  });

  test("none -> expired with start_timeout", () => {
    const change = rescue(newJob(NOON), late);
    expect(change).toMatchObject({ event: "job.expired", job: { error: { code: "start_timeout" } } });
  });
});

describe("resolve when not unconfirmed, or for another attempt", () => {
  test.each([
    ["queued", newJob(NOON)],
    ["submitting", submittingJob(NOON)],
    ["processing", processingJob(NOON)],
    ["failed", newJob(NOON, failedWith("submission_unconfirmed"))],
  ])("%s -> a conflict that names the status", (status, job) => {
    expect(resolveJob(job, "resubmit", undefined, LATER)).toMatchObject({
      code: "conflict",
      message: expect.stringContaining(status),
    });
  });

  test.each([1, 3])(
    "attempt %d of a job that is at its second -> a conflict that names the second",
    (attempt) => {
      const job = unconfirmedJob(NOON, { attempts: [first, { ...second, state: "unknown" }] });
      expect(resolveJob(job, "fail", attempt, LATER)).toMatchObject({
        code: "conflict",
        message: expect.stringContaining("attempt 2"),
      });
      expect(jobOf(resolveJob(job, "fail", 2, LATER)).status).toBe("failed");
    },
  );
});

describe("terminal: redeliver, recover, late wake-ups", () => {
  const ended: [string, Job][] = [
    ["succeeded", newJob(NOON, { status: "succeeded", video: kept, finishedAt: NOON })],
    ["failed", newJob(NOON, failedWith("invalid_input"))],
    ["canceled", newJob(NOON, { status: "canceled", cancelRequestedAt: NOON, finishedAt: NOON })],
    ["expired", newJob(NOON, { ...failedWith("generation_timeout"), status: "expired" })],
  ];

  test.each(ended)("%s, a late wake-up of submit or rescue -> nothing changes", (_status, job) => {
    expect(rescue(job, NOON + 400 * 24 * HOUR_MS)).toBeNull();
    expect(() => beginAttempt(job, "att_9", LATER)).toThrow(/No transition "begin"/);
  });

  test.each(ended)("%s, a late look at a task that is watched no more -> nothing changes", (_status, job) => {
    const done = { ...job, tasks: [newTask(NOON, { watched: false, state: "failed" })] };
    expect(look(done, { kind: "succeeded", video })).toBeNull();
  });
});
