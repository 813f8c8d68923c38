import { describe, expect, test } from "vitest";

import { jobError, move, note, requeued, withAttempt, withTask } from "../../src/shared/change.ts";
import { JobErrorCode, jobErrors } from "../../src/shared/errors.ts";
import { jobStatuses, transitions } from "../../src/shared/job.ts";
import type { Transition } from "../../src/shared/job.ts";
import { keysOf } from "../../src/shared/keys-of.ts";
import { HOUR_MS, newAttempt, newJob, newRequest, newTask, NOON } from "../support/job.ts";

const allows = (name: Transition, status: string): boolean =>
  (transitions[name].from as readonly string[]).includes(status);

describe("a move", () => {
  const all = keysOf(transitions).flatMap((name) =>
    keysOf(jobStatuses).map((status) => [name, status] as const),
  );
  test.each(all.filter(([name, status]) => allows(name, status)))(
    "%s from %s, which the table has -> the new status, the next version, a line of history",
    (name, status) => {
      const job = newJob(NOON, { status, version: 7 });
      const change = move(job, name, { polls: 3 }, { detail: { by: "test" } });
      const { to } = transitions[name];
      expect(change).toMatchObject({
        transition: name,
        job: { status: to, version: 8, polls: 3, id: job.id },
        fact: { kind: to, transition: name, by: "test" },
        event: null,
      });
      expect(job).toMatchObject({ status, version: 7, polls: 0 });
    },
  );

  test.each(all.filter(([name, status]) => !allows(name, status)))(
    "%s from %s -> throws: it is a bug",
    (name, status) => {
      expect(() => move(newJob(NOON, { status }), name, {})).toThrow(
        `No transition "${name}" leaves the status "${status}"`,
      );
    },
  );

  test("with an event -> carries it", () => {
    expect(move(newJob(NOON), "begin", {}, { event: "job.submitted" }).event).toBe("job.submitted");
  });
});

test("a note -> the status stays, the version grows, what is said is carried", () => {
  const fact = { kind: "progress", progress: 5 };
  const change = note(
    newJob(NOON, { status: "processing", version: 2 }),
    { progress: 5 },
    fact,
    "job.progress",
  );
  expect(change).toMatchObject({ transition: null, fact, event: "job.progress" });
  expect(change.job).toMatchObject({ status: "processing", version: 3, progress: 5 });
});

test("one attempt or task changes -> it alone, in its place", () => {
  const [one, two] = [newAttempt(NOON, { id: "att_1" }), newAttempt(NOON, { id: "att_2", n: 2 })];
  const changed = { ...one, state: "refused" as const };
  expect(withAttempt(newJob(NOON, { attempts: [one, two] }), changed)).toEqual([changed, two]);
  const [a, b] = [newTask(NOON, { id: "a" }), newTask(NOON, { id: "b" })];
  const failed = { ...b, state: "failed" as const };
  expect(withTask(newJob(NOON, { tasks: [a, b] }), failed)).toEqual([a, failed]);
});

test("queued anew -> a new wake-up, a full start timeout of its own, nothing left of the hold", () => {
  const job = newJob(NOON, { submitWake: 4, request: newRequest({ startTimeoutS: 3600 }) });
  expect(requeued(job, NOON + 5)).toEqual({
    submitWake: 5,
    startDeadlineAt: NOON + 5 + HOUR_MS,
    error: null,
    holdUntil: null,
  });
});

describe("a job's error", () => {
  test("the codes of the contract -> exactly these", () => {
    expect(JobErrorCode.options).toEqual([
      "invalid_input",
      "content_rejected",
      "generation_failed",
      "submission_unconfirmed",
      "start_timeout",
      "generation_timeout",
      "task_lost",
      "model_unavailable",
      "upstream_contract",
      "budget_exceeded",
    ]);
  });

  test.each(keysOf(jobErrors))(
    "%s without more -> the catalogue's words and whether a retry may help",
    (code) => {
      const { message, retryable } = jobErrors[code];
      expect(jobError(code, "poll")).toEqual({ code, message, stage: "poll", retryable, upstream: null });
    },
  );

  test("the upstream said more -> its own words", () => {
    const upstream = { status: 400, reason: "ILLEGAL_PROMPT" };
    expect(jobError("content_rejected", "submit", { message: "no", upstream })).toMatchObject({
      message: "no",
      upstream,
    });
  });
});
