// What erasure leaves of a job and of what is still said of it: a list of what stays, so that what is new goes.
import { describe, expect, test } from "vitest";

import { jobError, note } from "../../src/shared/change.ts";
import { harmless, withErasure } from "../../src/shared/erasure.ts";
import type { Job } from "../../src/shared/job.ts";
import { newAttempt, newJob, newRequest, newTask, NOON } from "../support/job.ts";

const upstream = { status: 400, reason: "ILLEGAL_PROMPT" };

/** A job that has everything that a job can have. */
const full = (patch: Partial<Job> = {}): Job =>
  newJob(NOON, {
    request: newRequest({
      webhook: { url: "https://hooks.example/in?token=1", events: ["job.*"] },
      reference: "order-42",
      metadata: { campaign: "7" },
      tags: ["spring"],
      maxCost: 1_000_000,
    }),
    status: "failed",
    estimate: 500_000,
    attempts: [newAttempt(NOON, { state: "accepted" })],
    tasks: [newTask(NOON)],
    video: { url: "https://v.example/1.mp4?sig=1", type: "mp4", expiresAt: null, taskId: "task-1" },
    error: jobError("content_rejected", "submit", { message: "HTTP 400 no cats", upstream }),
    finishedAt: NOON,
    retryOf: "job_0",
    retriedBy: "job_2",
    reservedOn: [20_000],
    inquiry: { n: 9, about: "video", taskId: "task-1", askedAt: NOON, answer: null },
    idempotencyKeys: ["key"],
    ...patch,
  });

const erased = (job: Job) => withErasure(note(job, { erasedAt: NOON }, { kind: "erased" })).job;

describe("the record", () => {
  test("erased -> what was asked for and what came of it are gone, all else stays to the letter", () => {
    const job = full();
    expect(erased(job)).toEqual({
      ...job,
      version: 2,
      erasedAt: NOON,
      request: { ...job.request, input: {}, webhook: null, reference: null, metadata: {}, tags: [] },
      video: null,
      error: {
        code: "content_rejected",
        message: "Novita's content policy refused the prompt.",
        stage: "submit",
        retryable: false,
        upstream: { status: 400, reason: null },
      },
      inquiry: null,
    });
  });

  test("what a newer version has added to the request, the video or the error -> goes; to the job itself -> stays", () => {
    const plain = full();
    const job = {
      ...plain,
      mood: "calm",
      request: { ...plain.request, voice: "words of the caller" },
      error: plain.error && { ...plain.error, hint: "words of Novita" },
    };
    expect(JSON.stringify(erased(job))).not.toContain("words of");
    expect(erased(job)).toEqual({ ...erased(plain), mood: "calm" });
  });

  test("an error without an upstream, and none at all -> stay so", () => {
    expect(erased(full({ error: jobError("start_timeout", "submit") })).error).toEqual(
      jobError("start_timeout", "submit"),
    );
    expect(erased(full({ error: null })).error).toBeNull();
  });

  test("not erased -> the very change that was decided", () => {
    const change = note(full(), { polls: 1 }, { kind: "task_failed", reason: "no cats" }, "job.progress");
    expect(withErasure(change)).toBe(change);
  });
});

describe("what is said of it afterwards", () => {
  test("a late look that failed -> counts, without the upstream's words", () => {
    const fact = { kind: "task_failed", task_id: "task-1", reason: "no cats" };
    const change = withErasure(note(full({ erasedAt: NOON }), { polls: 5 }, fact));
    expect(change.fact).toEqual({ kind: "task_failed", task_id: "task-1" });
    expect(change.job.polls).toBe(5);
  });

  test("a change that brings content back, and an event -> neither", () => {
    const late = full({ erasedAt: NOON });
    const change = withErasure(note(late, {}, null, "job.recovered"));
    expect(change).toMatchObject({ event: null, fact: null, job: { video: null, request: { input: {} } } });
  });

  test("a line of history -> loses every field that is not known to be harmless", () => {
    const fact = {
      kind: "failed",
      transition: "fail",
      version: 4,
      status: "failed",
      attempt: 1,
      task_id: "task-1",
      job_id: "job_2",
      code: "generation_failed",
      progress: 40,
      late: true,
      by: "resolve",
    };
    expect(harmless({ ...fact, message: "no cats", reason: "cats", brand_new: "cat" })).toEqual(fact);
  });
});
