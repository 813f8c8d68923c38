// What a look out of turn answers, for every look and every state that the job may be in by then.
import { describe, expect, test } from "vitest";

import { billingState, forgottenAttempt, holdsSlot, purchasesOf } from "../../src/shared/job.ts";
import type { Inquiry, Job } from "../../src/shared/job.ts";
import type { Bar } from "../../src/shared/store/record.ts";
import { answerInquiry, lapseInquiry } from "../../src/worker/inquire.ts";
import type { LookOutcome } from "../../src/worker/novita/classify.ts";
import { HOUR_MS, newAttempt, newJob, newTask, NOON, processingJob, unconfirmedJob } from "../support/job.ts";
import { submitPolicy } from "../support/lifecycle-world.ts";
import { running } from "../support/novita.ts";

const LATER = NOON + 2 * HOUR_MS;
const N = 1001;

const link = (expiresAt: number | null) => ({ url: "https://files.example/new.mp4", type: "mp4", expiresAt });
const fresh = link(LATER + HOUR_MS);
const found: LookOutcome = { kind: "succeeded", video: fresh };
const blank: LookOutcome = { kind: "succeeded", video: null };
const failed: LookOutcome = { kind: "failed", reason: "boom", upstream: { status: 200, reason: null } };
const missing: LookOutcome = { kind: "missing" };
const unavailable: LookOutcome = {
  kind: "unavailable",
  message: "HTTP 502",
  retryAfterMs: 60_000,
  alarm: false,
  upstream: { status: 502, reason: null },
};
const unknownStatus = running({ known: false });
const looks: [string, LookOutcome][] = [
  ["running", running()],
  ["a status that Novita does not document", unknownStatus],
  ["the video", found],
  ["success without a video", blank],
  ["failed", failed],
  ["404", missing],
  ["no answer", unavailable],
];

const answerOf = (job: Job, look: LookOutcome, bar: Bar | null = null) =>
  answerInquiry(job, N, look, LATER, submitPolicy, bar);

describe("about the video", () => {
  const old = { url: "https://files.example/old.mp4", type: "mp4", expiresAt: NOON, taskId: "task-1" };
  const inquiry: Inquiry = { n: N, about: "video", taskId: "task-1", askedAt: LATER, answer: null };
  const ended = processingJob(NOON, {
    status: "succeeded",
    finishedAt: NOON,
    polls: 3,
    video: old,
    tasks: [newTask(NOON, { state: "succeeded", watched: false })],
    inquiry,
  });

  test("the video -> its new link in the record, a line of history, no event, no other status", () => {
    expect(answerOf(ended, found)).toEqual({
      transition: null,
      event: null,
      fact: { kind: "video_refreshed" },
      job: {
        ...ended,
        version: ended.version + 1,
        polls: 4,
        video: { ...fresh, taskId: "task-1" },
        inquiry: { ...inquiry, answer: "found" },
      },
    });
  });

  test("a link that never expires -> found", () => {
    expect(answerOf(ended, { kind: "succeeded", video: link(null) })?.job.inquiry?.answer).toBe("found");
  });

  test.each([
    ["the very moment", LATER],
    ["long ago", NOON],
  ])("the video, by a link that expired %s -> missing, and the record keeps the link it had", (_when, at) => {
    const change = answerOf(ended, { kind: "succeeded", video: link(at) });
    expect(change?.job).toMatchObject({ video: old, inquiry: { answer: "missing" } });
  });

  test.each(looks.filter(([, look]) => look !== found))(
    "%s -> an answer, and nothing else but a look more",
    (_name, look) => {
      const answer = look === missing || look === blank ? "missing" : "unavailable";
      expect(answerOf(ended, look)).toEqual({
        transition: null,
        event: null,
        fact: null,
        job: { ...ended, version: ended.version + 1, polls: 4, inquiry: { ...inquiry, answer } },
      });
    },
  );

  test("canceled, its video kept, another task still watched -> found; the watch goes on as it was", () => {
    const tasks = [...ended.tasks, newTask(NOON, { id: "task-2", attempt: 2, nextLookAt: LATER + 5 })];
    const job: Job = { ...ended, status: "canceled", cancelRequestedAt: NOON, tasks };
    expect(answerOf(job, found)?.job).toMatchObject({
      status: "canceled",
      video: { url: fresh.url },
      tasks,
    });
  });

  test("the video went meanwhile -> missing, and none comes back", () => {
    expect(answerOf({ ...ended, video: null }, found)?.job).toMatchObject({
      video: null,
      inquiry: { answer: "missing" },
    });
  });
});

describe("about attaching a task", () => {
  const attempt = newAttempt(NOON, { id: "att_1", state: "unknown" });
  const inquiry: Inquiry = {
    n: N,
    about: "attach",
    taskId: "task-9",
    attemptId: "att_1",
    by: "operator",
    askedAt: LATER,
    answer: null,
    owner: null,
  };
  const held = unconfirmedJob(NOON, { attempts: [attempt], polls: 2, inquiry });
  const exists: [string, LookOutcome][] = [
    ["running", running({ progress: 40 })],
    ["succeeded", found],
    ["succeeded without a video", blank],
    ["failed", failed],
  ];

  test.each(exists)(
    "a task that is %s -> it is the attempt's, and looked at in turn at once",
    (_name, look) => {
      const change = answerOf(held, look);
      expect(change).toMatchObject({
        transition: "accept",
        event: "job.submitted",
        fact: { kind: "processing", transition: "accept", task_id: "task-9", late: true, by: "resolve" },
        deed: { action: "resolve.attach", by: "operator" },
        isSoleOwner: true,
        job: {
          status: "processing",
          version: held.version + 1,
          polls: 3,
          attempts: [{ id: "att_1", state: "accepted" }],
          tasks: [{ id: "task-9", attempt: 1, state: "running", watched: true, nextLookAt: LATER }],
          submittedAt: LATER,
          deadlineAt: LATER + HOUR_MS,
          holdUntil: null,
          error: null,
          video: null,
          inquiry: { answer: "found" },
        },
      });
      expect(change && billingState(change.job)).toBe("billed");
      expect(change && holdsSlot(change.job, { ...attempt, state: "accepted" })).toBe(true);
    },
  );

  test.each([
    ["404", missing, "missing"],
    ["no answer", unavailable, "unavailable"],
    ["a status that Novita does not document", unknownStatus, "unavailable"],
  ] as const)("%s -> %s, and the job stays unconfirmed", (_name, look, answer) => {
    expect(answerOf(held, look)).toEqual({
      transition: null,
      event: null,
      fact: null,
      job: { ...held, version: held.version + 1, polls: 3, inquiry: { ...inquiry, answer } },
    });
  });

  test("another job has the task -> taken, and by whom", () => {
    expect(answerOf(held, found, { as: "owner", found: "job_other" })).toEqual({
      transition: null,
      event: null,
      fact: null,
      job: {
        ...held,
        version: held.version + 1,
        polls: 3,
        inquiry: { ...inquiry, answer: "taken", owner: "job_other" },
      },
    });
  });

  const statuses = ["submitting", "processing", "succeeded", "failed", "canceled", "expired"] as const;
  test.each(statuses.flatMap((status) => looks.map(([name, look]) => [status, name, look] as const)))(
    "the job is %s by then, %s -> moved on, and nothing else changes",
    (status, _name, look) => {
      const job = newJob(NOON, { status, attempts: [attempt], inquiry });
      expect(answerOf(job, look)).toEqual({
        transition: null,
        event: null,
        fact: null,
        job: { ...job, version: 2, polls: 1, inquiry: { ...inquiry, answer: "moved_on" } },
      });
    },
  );

  test("queued again by then, to be bought once more -> attached all the same, which saves the purchase", () => {
    const job = newJob(NOON, { attempts: [attempt], inquiry });
    expect(answerOf(job, running())).toMatchObject({
      transition: "accept",
      job: {
        status: "processing",
        attempts: [{ id: attempt.id, state: "accepted" }],
        tasks: [{ id: inquiry.taskId, attempt: attempt.n }],
        inquiry: { answer: "found" },
      },
    });
  });

  describe("whose attempt Redis has forgotten", () => {
    const forgotten: Inquiry = { ...inquiry, attemptId: forgottenAttempt };

    test.each<[string, LookOutcome]>([
      ["runs", running()],
      ["has its video", found],
      ["has failed", failed],
    ])("the task %s -> bought by an attempt of nobody's: billed, and watched", (_name, look) => {
      const change = answerOf(newJob(NOON, { inquiry: forgotten }), look);
      expect(change).toMatchObject({
        transition: "accept",
        isSoleOwner: true,
        deed: { action: "resolve.attach" },
        job: {
          status: "processing",
          attempts: [],
          tasks: [{ id: inquiry.taskId, attempt: null, watched: true }],
          deadlineAt: expect.any(Number),
        },
      });
      expect(change && purchasesOf(change.job)).toEqual([inquiry.taskId]);
      expect(change && billingState(change.job)).toBe("billed");
    });

    test.each<[string, Partial<Job>]>([
      ["a worker has begun it", { status: "submitting", attempts: [newAttempt(NOON, { id: "att_9" })] }],
      [
        "it was begun and is queued again",
        { attempts: [newAttempt(NOON, { id: "att_9", state: "unknown" })] },
      ],
      ["it was canceled", { status: "canceled" }],
    ])("%s meanwhile -> moved on, and the task is nobody's", (_name, patch) => {
      const job = newJob(NOON, { ...patch, inquiry: forgotten });
      const change = answerOf(job, running());
      expect(change).toMatchObject({ transition: null, job: { inquiry: { answer: "moved_on" } } });
      expect(change?.job.tasks).toEqual([]);
    });
  });

  test("unconfirmed again, by another attempt -> moved on: the task was said to be the first one's", () => {
    const attempts = [attempt, newAttempt(NOON, { id: "att_2", n: 2, state: "unknown" })];
    expect(answerOf({ ...held, attempts }, found)?.job).toMatchObject({
      status: "unconfirmed",
      tasks: [],
      inquiry: { answer: "moved_on" },
    });
  });

  test.each(looks)(
    "the submission brought the task itself meanwhile, %s -> found, and it is kept once",
    (_name, look) => {
      const tasks = [newTask(NOON, { id: "task-9" })];
      const job: Job = processingJob(NOON, { attempts: [{ ...attempt, state: "accepted" }], tasks, inquiry });
      const change = answerOf(job, look);
      expect(change).toMatchObject({
        transition: null,
        event: null,
        job: { tasks, inquiry: { answer: "found" } },
      });
      expect(change?.deed).toBeUndefined();
    },
  );
});

describe("too late", () => {
  const inquiry: Inquiry = { n: N, about: "video", taskId: "task-1", askedAt: NOON, answer: null };
  const job = newJob(NOON, { status: "succeeded", inquiry });

  test.each<[string, Inquiry | null]>([
    ["it is answered already", { ...inquiry, answer: "missing" }],
    ["somebody has asked anew", { ...inquiry, n: N + 1 }],
    ["nobody has asked", null],
  ])("%s -> nothing changes", (_name, other) => {
    expect(answerOf({ ...job, inquiry: other }, found)).toBeNull();
  });

  test("nobody has answered for ten minutes -> it lapses; not a moment before, and never twice", () => {
    const TEN_MINUTES = 600_000;
    expect(lapseInquiry(job, NOON + TEN_MINUTES - 1)).toBeNull();
    const change = lapseInquiry(job, NOON + TEN_MINUTES);
    expect(change).toEqual({
      transition: null,
      event: null,
      fact: null,
      job: { ...job, version: 2, inquiry: { ...inquiry, answer: "unavailable" } },
    });
    expect(change && lapseInquiry(change.job, NOON + 2 * TEN_MINUTES)).toBeNull();
    expect(lapseInquiry({ ...job, inquiry: null }, LATER)).toBeNull();
  });
});
