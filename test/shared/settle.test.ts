import { describe, expect, test } from "vitest";

import { jobError } from "../../src/shared/change.ts";
import { JobErrorCode } from "../../src/shared/errors.ts";
import { recoverableErrors, settleJob } from "../../src/shared/settle.ts";
import type { End } from "../../src/shared/settle.ts";
import { newJob, newTask, NOON, processingJob, unconfirmedJob } from "../support/job.ts";

const video = { url: "https://files.example/a.mp4", type: "mp4", expiresAt: null, taskId: "task-1" };
const other = { ...video, url: "https://files.example/b.mp4" };
const LATER = NOON + 1000;

describe("a live job", () => {
  test("succeeded -> video, 100 %, no error, one event", () => {
    const change = settleJob(
      processingJob(NOON, { etaAt: NOON, progress: 40 }),
      { as: "succeeded", video },
      LATER,
    );
    expect(change).toMatchObject({ transition: "succeed", event: "job.succeeded" });
    expect(change.job).toMatchObject({ video, progress: 100, error: null, etaAt: null, finishedAt: LATER });
  });

  test("failed -> its error, in the record and in history, one event", () => {
    const error = jobError("generation_failed", "poll", { message: "no GPU" });
    const change = settleJob(processingJob(NOON), { as: "failed", error }, LATER);
    expect(change).toMatchObject({
      transition: "fail",
      event: "job.failed",
      fact: { kind: "failed", code: "generation_failed", message: "no GPU" },
    });
    expect(change.job).toMatchObject({ error, video: null, finishedAt: LATER });
  });

  test("expired -> its error, one event", () => {
    const error = jobError("generation_timeout", "poll");
    const change = settleJob(processingJob(NOON), { as: "expired", error }, LATER);
    expect(change).toMatchObject({
      transition: "expire",
      event: "job.expired",
      job: { error, finishedAt: LATER },
    });
  });

  test("canceled -> no error, the time of the wish, one event", () => {
    const change = settleJob(
      unconfirmedJob(NOON, { error: jobError("submission_unconfirmed", "submit") }),
      { as: "canceled" },
      LATER,
    );
    expect(change).toMatchObject({ transition: "cancel", event: "job.canceled" });
    expect(change.job).toMatchObject({ error: null, holdUntil: null, cancelRequestedAt: LATER });
  });

  test("canceled long after the wish -> the time of the wish stays", () => {
    const job = processingJob(NOON, { cancelRequestedAt: NOON });
    expect(settleJob(job, { as: "canceled" }, LATER).job).toMatchObject({
      cancelRequestedAt: NOON,
      finishedAt: LATER,
    });
  });

  test("what else the evidence says -> in the same change", () => {
    const tasks = [newTask(NOON, { state: "succeeded", watched: false })];
    expect(settleJob(processingJob(NOON), { as: "succeeded", video }, LATER, { tasks }).job.tasks).toEqual(
      tasks,
    );
  });
});

const ended = (code: JobErrorCode) =>
  processingJob(NOON, { status: "failed", error: jobError(code, "poll"), finishedAt: NOON });

describe("late success", () => {
  test("the errors of the contract -> those after which a video may still come", () => {
    expect([...recoverableErrors]).toEqual(["submission_unconfirmed", "task_lost", "upstream_contract"]);
  });

  test.each(JobErrorCode.options.filter((code) => recoverableErrors.has(code)))(
    "after failed(%s) -> recovered",
    (code) => {
      const change = settleJob(ended(code), { as: "succeeded", video }, LATER);
      expect(change).toMatchObject({ transition: "recover", event: "job.recovered" });
      expect(change.job).toMatchObject({
        status: "succeeded",
        video,
        progress: 100,
        error: null,
        finishedAt: LATER,
      });
    },
  );

  test.each(JobErrorCode.options.filter((code) => !recoverableErrors.has(code)))(
    "after failed(%s) -> failed it stays; the video, being paid, is kept",
    (code) => {
      const change = settleJob(ended(code), { as: "succeeded", video }, LATER);
      expect(change).toMatchObject({ transition: null, event: null, fact: { kind: "video_kept" } });
      expect(change.job).toMatchObject({ status: "failed", video, error: { code }, finishedAt: NOON });
    },
  );

  test.each(["start_timeout", "generation_timeout"] as const)("after expired(%s) -> recovered", (code) => {
    const job = { ...ended(code), status: "expired" as const };
    expect(settleJob(job, { as: "succeeded", video }, LATER)).toMatchObject({ event: "job.recovered" });
  });

  test("after canceled -> canceled it stays; the video is kept, without an event", () => {
    const job = processingJob(NOON, { status: "canceled", finishedAt: NOON });
    const change = settleJob(job, { as: "succeeded", video }, LATER);
    expect(change).toMatchObject({ transition: null, event: null, fact: { kind: "video_kept" } });
    expect(change.job).toMatchObject({ status: "canceled", video, finishedAt: NOON });
  });

  test.each(["succeeded", "canceled"] as const)(
    "of a second task, after %s with a video -> the first video stays",
    (status) => {
      const job = processingJob(NOON, { status, video, finishedAt: NOON });
      const change = settleJob(job, { as: "succeeded", video: other }, LATER);
      expect(change).toMatchObject({
        transition: null,
        event: null,
        fact: { kind: "spare_video" },
        job: { status, video },
      });
    },
  );
});

test.each<[string, End]>([
  ["failed", { as: "failed", error: jobError("task_lost", "poll") }],
  ["expired", { as: "expired", error: jobError("generation_timeout", "poll") }],
  ["canceled", { as: "canceled" }],
])(
  "a terminal job is to end again as %s -> nothing but what the evidence says of its tasks",
  (_name, end) => {
    const job = newJob(NOON, { status: "succeeded", video, finishedAt: NOON });
    const change = settleJob(job, end, LATER, { polls: 9 });
    expect(change).toEqual({
      transition: null,
      fact: null,
      event: null,
      job: { ...job, polls: 9, version: job.version + 1 },
    });
  },
);
