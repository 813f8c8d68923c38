import { expect, test } from "vitest";

import { recordOutcome } from "../../src/worker/attempt.ts";
import { recordLook } from "../../src/worker/look.ts";
import {
  HOUR_MS,
  newAttempt,
  newRequest,
  newTask,
  NOON,
  processingJob,
  submittingJob,
} from "../support/job.ts";
import { lookPolicy, submitPolicy } from "../support/lifecycle-world.ts";
import { accepted, running } from "../support/novita.ts";

const context = { looksWorkElsewhere: true, random: 0.5 };

test("a timeout shorter than the first poll gap -> the first look comes at the deadline, not after it", () => {
  const job = submittingJob(NOON, {
    request: newRequest({ timeoutS: 2 }),
    attempts: [newAttempt(NOON, { id: "att_1" })],
  });
  const change = recordOutcome(job, "att_1", accepted("task-1"), NOON, submitPolicy);
  expect(change?.job).toMatchObject({ deadlineAt: NOON + 2000, tasks: [{ nextLookAt: NOON + 2000 }] });
});

test("the task of a later attempt is asked to wait beyond the job's deadline -> looked at by that deadline", () => {
  const job = processingJob(NOON, { deadlineAt: NOON + 20_000, tasks: [newTask(NOON + 60_000)] });
  const busy = {
    kind: "unavailable",
    message: "",
    retryAfterMs: HOUR_MS,
    alarm: false,
    upstream: null,
  } as const;
  const change = recordLook(job, "task-1", busy, NOON, lookPolicy, context);
  expect(change?.job.tasks[0]?.nextLookAt).toBe(NOON + 20_000);
});

test("an older task takes over after an outage of days -> the deadline counts from its acceptance", () => {
  const late = NOON + 48 * HOUR_MS;
  const job = submittingJob(NOON, {
    attempts: [newAttempt(NOON, { state: "accepted" }), newAttempt(NOON, { id: "att_2", n: 2 })],
    tasks: [newTask(NOON)],
  });
  const unknown = { kind: "unknown", message: "", upstream: null } as const;
  const change = recordOutcome(job, "att_2", unknown, late, submitPolicy);
  expect(change?.job).toMatchObject({ status: "processing", deadlineAt: NOON + HOUR_MS });
});

test("the last hope of a processing job has outlived its watch -> watched on, or nobody would ever end the job", () => {
  const job = processingJob(NOON, { tasks: [newTask(NOON, { watchUntil: NOON })] });
  const change = recordLook(job, "task-1", running(), NOON, lookPolicy, context);
  expect(change?.job).toMatchObject({ status: "processing", tasks: [{ watched: true }] });
});
