import { describe, expect, test } from "vitest";

import { jobError } from "../../src/shared/change.ts";
import { toWire } from "../../src/shared/wire.ts";
import { HOUR_MS, newAttempt, newJob, newRequest, newTask, NOON, processingJob } from "../support/job.ts";

test("a queued job -> every field of the contract, and no other", () => {
  const request = newRequest({ reference: "order-42", metadata: { campaign: "7" }, tags: ["spring"] });
  const job = newJob(NOON, { id: "job_1", request });
  expect(toWire(job, null)).toEqual({
    id: "job_1",
    object: "job",
    status: "queued",
    model: "wan2.7-t2v",
    input: request.input,
    metadata: { campaign: "7" },
    tags: ["spring"],
    reference: "order-42",
    priority: "normal",
    version: 1,
    progress: 0,
    eta_at: null,
    task_id: null,
    tasks: [],
    attempts: 0,
    polls: 0,
    retry_of: null,
    retried_by: null,
    video: null,
    billing: { state: "not_billed", estimated: null, currency: "USD" },
    error: null,
    created_at: "2026-01-02T12:00:00.000Z",
    submitted_at: null,
    finished_at: null,
    deadline_at: null,
    cancel_requested_at: null,
    erased_at: null,
    urls: {
      self: "/v1/jobs/job_1",
      events: "/v1/jobs/job_1/events",
      cancel: "/v1/jobs/job_1/cancel",
      video: "/v1/jobs/job_1/video",
    },
  });
});

test("a job that is through -> times as ISO, money in dollars, counts, the video", () => {
  const job = processingJob(NOON, {
    status: "succeeded",
    version: 7,
    progress: 100,
    polls: 4,
    estimate: 500_000,
    video: { url: "https://files.example/a.mp4", type: "mp4", expiresAt: NOON + HOUR_MS, taskId: "task-1" },
    finishedAt: NOON + 1,
    cancelRequestedAt: NOON,
    etaAt: NOON + 2,
  });
  expect(toWire(job, null)).toMatchObject({
    version: 7,
    attempts: 1,
    polls: 4,
    task_id: "task-1",
    tasks: ["task-1"],
    video: { url: "https://files.example/a.mp4", type: "mp4", expires_at: "2026-01-02T13:00:00.000Z" },
    billing: { state: "billed", estimated: 0.5 },
    submitted_at: "2026-01-02T12:00:00.000Z",
    finished_at: "2026-01-02T12:00:00.001Z",
    deadline_at: "2026-01-02T13:00:00.000Z",
    cancel_requested_at: "2026-01-02T12:00:00.000Z",
    eta_at: "2026-01-02T12:00:00.002Z",
  });
});

test("a video whose end is not known -> expires_at is null", () => {
  const video = { url: "https://files.example/a.mp4", type: "mp4", expiresAt: null, taskId: "task-1" };
  expect(toWire(newJob(NOON, { video }), null).video).toEqual({
    url: video.url,
    type: "mp4",
    expires_at: null,
  });
});

test("an error -> code, message, stage, retryable and what the upstream said", () => {
  const upstream = { status: 400, reason: "ILLEGAL_PROMPT" };
  const error = jobError("content_rejected", "submit", { message: "no", upstream });
  expect(toWire(newJob(NOON, { error }), null).error).toEqual({
    code: "content_rejected",
    message: "no",
    stage: "submit",
    retryable: false,
    upstream,
  });
});

test("a public URL -> absolute links", () => {
  const { urls } = toWire(newJob(NOON, { id: "job_1" }), "https://api.example/onetake");
  expect(urls.video).toBe("https://api.example/onetake/v1/jobs/job_1/video");
});

describe("task_id, of several tasks", () => {
  const attempts = [newAttempt(NOON), newAttempt(NOON, { n: 2 })];
  const [older, newer] = [newTask(NOON, { id: "older" }), newTask(NOON, { id: "newer", attempt: 2 })];
  const idOf = (...tasks: (typeof older)[]) => toWire(newJob(NOON, { attempts, tasks }), null).task_id;

  test("none has succeeded -> the newest", () => {
    expect(idOf(older, newer)).toBe("newer");
  });

  test("the older made the video -> that one", () => {
    expect(idOf({ ...older, state: "succeeded" }, newer)).toBe("older");
  });

  test("both have succeeded -> the one whose video is kept", () => {
    const tasks = [older, newer].map((task) => ({ ...task, state: "succeeded" as const }));
    const video = { url: "https://files.example/b.mp4", type: "mp4", expiresAt: null, taskId: "newer" };
    expect(toWire(newJob(NOON, { attempts, tasks, video }), null).task_id).toBe("newer");
  });
});

test("what is nobody's business -> not in it", () => {
  const job = newJob(NOON, {
    idempotencyKeys: ["hidden-key"],
    attempts: [newAttempt(NOON, { id: "att_hidden" })],
  });
  const text = JSON.stringify(toWire(job, null));
  expect(text).not.toContain("hidden");
  expect(text).not.toContain("acme");
});
