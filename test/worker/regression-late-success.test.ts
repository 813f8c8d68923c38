import { expect, test } from "vitest";

import { recordLook } from "../../src/worker/look.ts";
import { newAttempt, newJob, newTask, NOON, unconfirmedJob } from "../support/job.ts";
import { lookPolicy } from "../support/lifecycle-world.ts";

const video = { url: "https://files.example/a.mp4", type: "mp4", expiresAt: null };

// The table had no such move: the decision threw at each look, and a paid video was never taken.
test.each([
  ["queued again", newJob(NOON, { attempts: [newAttempt(NOON, { state: "accepted" })] })],
  ["unconfirmed", unconfirmedJob(NOON, { attempts: [newAttempt(NOON, { state: "unknown", n: 2 })] })],
])("a lost task of an older attempt succeeds while the job is %s -> succeeded", (_name, waiting) => {
  const job = { ...waiting, tasks: [newTask(NOON, { state: "lost" })] };
  const context = { looksWorkElsewhere: true, random: 0 };
  expect(recordLook(job, "task-1", { kind: "succeeded", video }, NOON, lookPolicy, context)).toMatchObject({
    transition: "succeed",
    event: "job.succeeded",
    job: { status: "succeeded", video, error: null, holdUntil: null },
  });
});
