import { describe, expect, test } from "vitest";

import { billingState } from "../../src/shared/job.ts";
import type { Job } from "../../src/shared/job.ts";
import { recordLook } from "../../src/worker/look.ts";
import type { LookOutcome } from "../../src/worker/novita/classify.ts";
import { HOUR_MS, newAttempt, newJob, newTask, NOON, processingJob } from "../support/job.ts";
import { lookPolicy } from "../support/lifecycle-world.ts";
import { running } from "../support/novita.ts";

const video = { url: "https://files.example/a.mp4", type: "mp4", expiresAt: NOON + HOUR_MS };
const upstream = { status: 200, reason: "no GPU" };
const missing: LookOutcome = { kind: "missing" };
const blank: LookOutcome = { kind: "succeeded", video: null };
const failed: LookOutcome = { kind: "failed", reason: "no GPU", upstream };
const busy = (retryAfterMs: number | null): LookOutcome => ({
  kind: "unavailable",
  message: "HTTP 503",
  retryAfterMs,
  alarm: false,
  upstream: null,
});
/** Half a unit of jitter is none: gaps are as configured. */
const context = { looksWorkElsewhere: true, random: 0.5 };

const look = (job: Job, seen: LookOutcome, now = NOON, taskId = "task-1", where = context) =>
  recordLook(job, taskId, seen, now, lookPolicy, where);

/** The job after looks in a row, each when it is due; `now` is the time of the first. */
function lookAgain(job: Job, seen: LookOutcome[], now: number): Job {
  return seen.reduce((at, each) => look(at, each, now)?.job ?? at, job);
}

const repeat = (seen: LookOutcome, times: number): LookOutcome[] => Array.from({ length: times }, () => seen);

describe("a task that runs", () => {
  test("first look -> counted, and looked at again after the base gap", () => {
    const change = look(processingJob(NOON), running());
    expect(change).toMatchObject({ transition: null, fact: null, event: null });
    expect(change?.job).toMatchObject({ status: "processing", polls: 1 });
    expect(change?.job.tasks[0]).toMatchObject({
      looks: 1,
      watched: true,
      nextLookAt: NOON + lookPolicy.baseMs,
    });
  });

  test("progress and an eta -> told to the reader, to history, and as an event", () => {
    const change = look(processingJob(NOON), running({ progress: 40.9, etaS: 12.5 }));
    expect(change).toMatchObject({ event: "job.progress", fact: { kind: "progress", progress: 40 } });
    expect(change?.job).toMatchObject({ progress: 40, etaAt: NOON + 12_500, progressEventAt: NOON });
  });

  test("more progress within ten seconds -> recorded, but no second event", () => {
    const job = processingJob(NOON, { progress: 40, progressEventAt: NOON });
    const early = look(job, running({ progress: 50 }), NOON + 9999);
    expect(early).toMatchObject({ event: null, job: { progress: 50, progressEventAt: NOON } });
    const later = look(job, running({ progress: 50 }), NOON + 10_000);
    expect(later).toMatchObject({ event: "job.progress", job: { progressEventAt: NOON + 10_000 } });
  });

  test.each([
    ["less than before", 30],
    ["none", null],
    ["below zero", -5],
  ])("progress is %s -> what was told stays", (_name, progress) => {
    const change = look(processingJob(NOON, { progress: 40 }), running({ progress }));
    expect(change).toMatchObject({ fact: null, event: null, job: { progress: 40 } });
  });

  test("progress over a hundred -> a hundred", () => {
    expect(look(processingJob(NOON), running({ progress: 250 }))?.job.progress).toBe(100);
  });

  test.each([null, 0, -1])("an eta of %s -> none is told", (etaS) => {
    expect(look(processingJob(NOON, { etaAt: NOON }), running({ etaS }))?.job.etaAt).toBeNull();
  });

  test("misses and blanks before -> counted anew from here", () => {
    const job = processingJob(NOON, { tasks: [newTask(NOON, { missing: 2, blank: 2, state: "lost" })] });
    expect(look(job, running())?.job.tasks[0]).toMatchObject({ state: "running", missing: 0, blank: 0 });
  });
});

/** From the look after so many others to the next, in ms. */
const gapAfter = (looks: number, now = NOON, seen = running(), random = 0.5): number => {
  const job = processingJob(NOON, { tasks: [newTask(NOON, { looks })] });
  return (look(job, seen, now, "task-1", { ...context, random })?.job.tasks[0]?.nextLookAt ?? 0) - now;
};

describe("when the next look comes", () => {
  test("look after look -> gaps that grow by half, up to the longest", () => {
    expect([0, 1, 2, 3, 4, 20].map((looks) => gapAfter(looks))).toEqual([
      3000, 4500, 6750, 10_125, 15_000, 15_000,
    ]);
  });

  test("Novita asks to wait longer than the gap -> the wait; shorter -> the gap", () => {
    expect(gapAfter(0, NOON, busy(60_000))).toBe(60_000);
    expect(gapAfter(0, NOON, busy(1))).toBe(3000);
    expect(gapAfter(0, NOON, busy(null))).toBe(3000);
  });

  test("the gap, or the wait, would pass the deadline -> the look comes at the deadline", () => {
    expect(gapAfter(20, NOON + HOUR_MS - 5000)).toBe(5000);
    expect(gapAfter(20, NOON + HOUR_MS - 5000, busy(HOUR_MS))).toBe(5000);
  });
});

describe("success", () => {
  test("with its video -> succeeded with the video, 100 %, the task done, one event", () => {
    const change = look(processingJob(NOON, { etaAt: NOON }), { kind: "succeeded", video });
    expect(change).toMatchObject({ transition: "succeed", event: "job.succeeded" });
    expect(change?.job).toMatchObject({
      status: "succeeded",
      video,
      progress: 100,
      etaAt: null,
      error: null,
      finishedAt: NOON,
      polls: 1,
      tasks: [{ state: "succeeded", watched: false, looks: 1 }],
    });
    expect(change && billingState(change.job)).toBe("billed");
  });

  test("without a video, twice -> looked at again; a third time -> upstream_contract, and looked at now and then", () => {
    const twice = lookAgain(processingJob(NOON), [blank, blank], NOON);
    expect(twice).toMatchObject({ status: "processing", tasks: [{ blank: 2 }] });
    const change = look(twice, blank);
    expect(change).toMatchObject({ transition: "fail", event: "job.failed" });
    expect(change?.job.error).toMatchObject({ code: "upstream_contract", stage: "poll", retryable: true });
    expect(change?.job.tasks[0]).toMatchObject({ watched: true, nextLookAt: NOON + lookPolicy.recoveryMs });
    expect(change && billingState(change.job)).toBe("billed");
  });

  test("the video at last, after upstream_contract -> recovered", () => {
    const gone = lookAgain(processingJob(NOON), [blank, blank, blank], NOON);
    const change = look(gone, { kind: "succeeded", video });
    expect(change).toMatchObject({
      transition: "recover",
      event: "job.recovered",
      job: { status: "succeeded", video },
    });
  });
});

describe("failure", () => {
  test("the only task fails -> failed with the upstream's words; what was spent is not known", () => {
    const change = look(processingJob(NOON), failed);
    expect(change).toMatchObject({ transition: "fail", event: "job.failed" });
    expect(change?.job).toMatchObject({
      error: { code: "generation_failed", message: "no GPU", stage: "poll", retryable: true, upstream },
      tasks: [{ state: "failed", watched: false }],
    });
    expect(change && billingState(change.job)).toBe("unknown");
  });

  test("a reason that is blank -> the catalogue's words", () => {
    const change = look(processingJob(NOON), {
      kind: "failed",
      reason: "",
      upstream: { status: 200, reason: null },
    });
    expect(change?.job.error?.message).toBe("Novita accepted the task and could not make the video.");
  });

  test("one of two tasks fails -> noted; the job waits for the other, and fails with it", () => {
    const job = processingJob(NOON, { tasks: [newTask(NOON), newTask(NOON, { id: "task-2", attempt: 2 })] });
    const change = look(job, failed);
    expect(change).toMatchObject({ transition: null, fact: { kind: "task_failed", task_id: "task-1" } });
    expect(change && look(change.job, failed, NOON, "task-2")).toMatchObject({ transition: "fail" });
  });

  test("FAILED and then SUCCEED -> the first word is final: the task is watched no more", () => {
    const job = look(processingJob(NOON), failed)?.job;
    expect(job && look(job, { kind: "succeeded", video })).toBeNull();
  });

  test.each(["canceled", "expired"] as const)(
    "the task of a job that is %s -> noted, the job stays",
    (status) => {
      const job = { ...processingJob(NOON), status, finishedAt: NOON };
      expect(look(job, failed)).toMatchObject({
        transition: null,
        event: null,
        job: { status, tasks: [{ state: "failed" }] },
      });
    },
  );
});

describe("a task that is not found", () => {
  const GRACE_OVER = NOON + lookPolicy.lostGraceMs;
  const elsewhereDown = { ...context, looksWorkElsewhere: false };

  test("any number of times within the grace -> lag, not counted", () => {
    const job = lookAgain(processingJob(NOON), repeat(missing, 10), GRACE_OVER - 1);
    expect(job).toMatchObject({ status: "processing", tasks: [{ missing: 0, state: "running" }] });
  });

  test("twice after the grace -> looked at again; a third time -> task_lost, and looked at now and then", () => {
    const twice = lookAgain(processingJob(NOON), [missing, missing], GRACE_OVER);
    expect(twice).toMatchObject({ status: "processing", tasks: [{ missing: 2 }] });
    const change = look(twice, missing, GRACE_OVER);
    expect(change).toMatchObject({
      transition: "fail",
      event: "job.failed",
      job: { error: { code: "task_lost" } },
    });
    expect(change?.job.tasks[0]).toMatchObject({
      state: "lost",
      watched: true,
      nextLookAt: GRACE_OVER + lookPolicy.recoveryMs,
    });
    expect(change && billingState(change.job)).toBe("billed");
  });

  test("found in between -> counted from one again", () => {
    const job = lookAgain(processingJob(NOON), [missing, missing, running(), missing, missing], GRACE_OVER);
    expect(job).toMatchObject({ status: "processing", tasks: [{ missing: 2 }] });
  });

  test("three times while no other look goes well -> not lost: Novita may have lost its mind, not the task", () => {
    const twice = lookAgain(processingJob(NOON), [missing, missing], GRACE_OVER);
    const third = look(twice, missing, GRACE_OVER, "task-1", elsewhereDown);
    expect(third).toMatchObject({
      transition: null,
      job: { status: "processing", tasks: [{ state: "running" }] },
    });
    expect(third && look(third.job, missing, GRACE_OVER)).toMatchObject({ transition: "fail" });
  });

  test("while another task runs -> the task is given up, the job is not", () => {
    const tasks = [newTask(NOON, { missing: 2 }), newTask(NOON, { id: "task-2", attempt: 2 })];
    const change = look(processingJob(NOON, { tasks }), missing, GRACE_OVER);
    expect(change).toMatchObject({ transition: null, job: { status: "processing" } });
    expect(change?.job.tasks[0]).toMatchObject({
      state: "lost",
      nextLookAt: GRACE_OVER + lookPolicy.recoveryMs,
    });
  });

  test("a lost task comes back with its video -> recovered", () => {
    const lost = lookAgain(processingJob(NOON), [missing, missing, missing], GRACE_OVER);
    const change = look(lost, { kind: "succeeded", video }, GRACE_OVER + HOUR_MS);
    expect(change).toMatchObject({ event: "job.recovered", job: { status: "succeeded", error: null } });
    expect(change?.job.finishedAt).toBe(GRACE_OVER + HOUR_MS);
  });
});

describe("nothing learnt", () => {
  test("however often -> the job never fails by it", () => {
    const job = lookAgain(processingJob(NOON), repeat(busy(null), 50), NOON);
    expect(job).toMatchObject({
      status: "processing",
      polls: 50,
      tasks: [{ state: "running", looks: 50, missing: 0 }],
    });
  });
});

describe("the deadline", () => {
  const due = NOON + HOUR_MS;

  test.each<[string, LookOutcome]>([
    ["running", running({ progress: 99 })],
    ["missing", missing],
    ["without a video", blank],
    ["unavailable", busy(null)],
  ])("the look at it finds the task %s -> expired, and looked at now and then", (_name, seen) => {
    expect(look(processingJob(NOON), seen, due - 1)?.transition).toBeNull();
    const change = look(processingJob(NOON), seen, due);
    expect(change).toMatchObject({ transition: "expire", event: "job.expired" });
    expect(change?.job).toMatchObject({
      error: { code: "generation_timeout", stage: "poll" },
      finishedAt: due,
      tasks: [{ watched: true, nextLookAt: due + lookPolicy.recoveryMs }],
    });
  });

  test("the last look finds the video -> succeeded", () => {
    expect(look(processingJob(NOON), { kind: "succeeded", video }, due)?.transition).toBe("succeed");
  });

  test("the video comes after it -> recovered", () => {
    const expired = look(processingJob(NOON), running(), due)?.job;
    const change = expired && look(expired, { kind: "succeeded", video }, due + HOUR_MS);
    expect(change).toMatchObject({
      transition: "recover",
      event: "job.recovered",
      job: { status: "succeeded", progress: 100 },
    });
  });

  test("a day after it the task still runs -> watched no more", () => {
    const end = newTask(NOON).watchUntil;
    const expired = look(processingJob(NOON), running(), due)?.job ?? newJob(NOON);
    expect(look(expired, running(), end - 1)?.job.tasks[0]?.watched).toBe(true);
    expect(look(expired, running(), end)?.job.tasks[0]?.watched).toBe(false);
  });
});

describe("a look that nobody asked for", () => {
  test("at a task that the job does not have -> nothing", () => {
    expect(look(processingJob(NOON), running(), NOON, "task-9")).toBeNull();
  });

  test("at the task of a canceled job -> progress is nobody's business any more, the gap stays short", () => {
    const job = {
      ...processingJob(NOON),
      status: "canceled" as const,
      cancelRequestedAt: NOON,
      finishedAt: NOON,
    };
    const change = look(job, running({ progress: 70 }));
    expect(change).toMatchObject({
      event: null,
      job: { progress: 0, tasks: [{ nextLookAt: NOON + lookPolicy.baseMs }] },
    });
  });

  test("at a task while a later attempt is awaited -> the job keeps its status", () => {
    const attempts = [newAttempt(NOON, { state: "accepted" }), newAttempt(NOON, { n: 2 })];
    const job = newJob(NOON, { status: "submitting", attempts, tasks: [newTask(NOON)] });
    expect(look(job, failed)).toMatchObject({ transition: null, job: { status: "submitting" } });
    expect(look(job, running(), NOON + 2 * HOUR_MS)).toMatchObject({ transition: null });
  });
});
