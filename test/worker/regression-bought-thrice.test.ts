import { expect, test } from "vitest";

import { recordOutcome } from "../../src/worker/attempt.ts";
import { newAttempt, newRequest, newTask, NOON, submittingJob } from "../support/job.ts";
import { submitPolicy } from "../support/lifecycle-world.ts";

// Only attempts of unknown outcome used to count against "at most once more".
test("resubmit, the first purchase came back as a failed task, the second is unknown -> held, not bought a third time", () => {
  const job = submittingJob(NOON, {
    request: newRequest({ onUnconfirmed: "resubmit" }),
    attempts: [newAttempt(NOON, { state: "accepted" }), newAttempt(NOON, { id: "att_2", n: 2 })],
    tasks: [newTask(NOON, { state: "failed", watched: false })],
  });
  const unknown = { kind: "unknown", message: "reset", upstream: null } as const;
  expect(recordOutcome(job, "att_2", unknown, NOON, submitPolicy)?.job.status).toBe("unconfirmed");
});
