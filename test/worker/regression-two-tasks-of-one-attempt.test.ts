// The operator attaches a task to an attempt, and then the attempt's own answer brings another one: two were bought, and
// only one used to count in the budget.
import { expect, test } from "vitest";

import { purchasesOf } from "../../src/shared/job.ts";
import { mustChange } from "../support/must-change.ts";
import { NOON, newAttempt, newTask, processingJob } from "../support/job.ts";
import { recordOutcome } from "../../src/worker/attempt.ts";

const policy = { pollFirstMs: 1, recoveryMs: 1, holdMs: 1 };

test("a second task of an attempt -> kept, billed, and counted as a purchase of its own", () => {
  const attempt = newAttempt(NOON, { id: "att_1", state: "accepted" });
  const job = processingJob(NOON, { attempts: [attempt], tasks: [newTask(NOON, { id: "attached" })] });
  const brought = { kind: "accepted", taskId: "brought" } as const;
  const after = mustChange(recordOutcome(job, "att_1", brought, NOON + 1, policy)).job;
  expect(after.tasks).toMatchObject([
    { id: "attached", attempt: 1 },
    { id: "brought", attempt: null },
  ]);
  expect(purchasesOf(after)).toEqual(["att_1", "brought"]);
});

test("the first task of an attempt -> the attempt's own", () => {
  const attempt = newAttempt(NOON, { id: "att_1", state: "unknown" });
  const job = processingJob(NOON, { attempts: [attempt], tasks: [] });
  const brought = { kind: "accepted", taskId: "brought" } as const;
  const after = mustChange(recordOutcome(job, "att_1", brought, NOON + 1, policy)).job;
  expect(after.tasks).toMatchObject([{ id: "brought", attempt: 1 }]);
  expect(purchasesOf(after)).toEqual(["att_1"]);
});
