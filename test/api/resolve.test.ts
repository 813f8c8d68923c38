import { describe, expect, test } from "vitest";

import { cancelJob, resolveJob } from "../../src/api/resolve.ts";
import { jobError } from "../../src/shared/change.ts";
import { billingState } from "../../src/shared/job.ts";
import {
  HOUR_MS,
  newAttempt,
  newJob,
  NOON,
  processingJob,
  submittingJob,
  unconfirmedJob,
} from "../support/job.ts";
import { Problem } from "../../src/api/problem.ts";

const conflict = (detail: string): Problem => new Problem("conflict", detail);

const LATER = NOON + 1000;

describe("cancel", () => {
  test.each([
    ["queued", newJob(NOON), "not_billed"],
    ["unconfirmed", unconfirmedJob(NOON), "unknown"],
    ["processing", processingJob(NOON), "billed"],
  ])("a job that is %s -> canceled at once, with its event", (_status, job, billing) => {
    const change = cancelJob(job, LATER);
    expect(change).toMatchObject({
      transition: "cancel",
      event: "job.canceled",
      job: {
        status: "canceled",
        cancelRequestedAt: LATER,
        finishedAt: LATER,
        tasks: job.tasks,
        attempts: job.attempts,
      },
    });
    expect(change && "job" in change && billingState(change.job)).toBe(billing);
  });

  test("a job that is being submitted -> the wish is noted; status and event wait for the outcome", () => {
    expect(cancelJob(submittingJob(NOON), LATER)).toMatchObject({
      transition: null,
      event: null,
      fact: { kind: "cancel_requested" },
      job: { status: "submitting", cancelRequestedAt: LATER, finishedAt: null },
    });
  });

  test("a job that is canceled, or shall be -> nothing new", () => {
    expect(cancelJob(newJob(NOON, { status: "canceled" }), LATER)).toBeNull();
    expect(cancelJob(submittingJob(NOON, { cancelRequestedAt: NOON }), LATER)).toBeNull();
  });

  test.each(["succeeded", "failed", "expired"] as const)(
    "a job that is %s -> a conflict that says so",
    (status) => {
      expect(cancelJob(newJob(NOON, { status }), LATER)).toEqual(
        conflict(`The job is ${status} and can no longer be canceled.`),
      );
    },
  );
});

describe("resolve", () => {
  const error = jobError("submission_unconfirmed", "submit", { message: "reset" });
  const held = unconfirmedJob(NOON, { error });

  test("resubmit -> queued anew: a new wake-up, a full start timeout, the unknown attempt still counted", () => {
    expect(resolveJob(held, "resubmit", undefined, LATER)).toMatchObject({
      transition: "resubmit",
      event: null,
      fact: { by: "resolve" },
      job: {
        status: "queued",
        submitWake: held.submitWake + 1,
        startDeadlineAt: LATER + 24 * HOUR_MS,
        attempts: held.attempts,
        error: null,
        holdUntil: null,
      },
    });
  });

  test("fail -> failed with what was said of the submission; what was spent is not known", () => {
    const change = resolveJob(held, "fail", undefined, LATER);
    expect(change).toMatchObject({ event: "job.failed", job: { status: "failed", error, holdUntil: null } });
    expect("job" in change && billingState(change.job)).toBe("unknown");
  });

  test("the attempt that was read -> accepted; another -> a conflict with the one that it is", () => {
    expect(resolveJob(held, "fail", 1, LATER)).toMatchObject({ transition: "fail" });
    expect(resolveJob(held, "fail", 2, LATER)).toEqual(conflict("The job has moved on to attempt 1."));
  });

  test("attempts that were forgotten before -> counted as the caller sees them", () => {
    const job = unconfirmedJob(NOON, { attempts: [newAttempt(NOON, { n: 3, state: "unknown" })] });
    expect(resolveJob(job, "fail", 1, LATER)).toMatchObject({ transition: "fail" });
  });

  test.each(["queued", "submitting", "processing", "succeeded", "failed", "canceled", "expired"] as const)(
    "a job that is %s -> a conflict that says so, whatever the action",
    (status) => {
      const refusal = conflict(`Only an unconfirmed job can be resolved; this one is ${status}.`);
      expect(resolveJob(newJob(NOON, { status }), "fail", undefined, LATER)).toEqual(refusal);
      expect(resolveJob(newJob(NOON, { status }), "resubmit", 1, LATER)).toEqual(refusal);
    },
  );
});
