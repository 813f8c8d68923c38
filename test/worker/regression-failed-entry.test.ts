// An entry that BullMQ failed while its record was live was missed only when the record was overdue.
import { expect, test, vi } from "vitest";

import { done, doze } from "../../src/worker/outcome.ts";
import { rescueOverdue } from "../../src/worker/rescue.ts";
import { eventually } from "../support/eventually.ts";
import { newJob } from "../support/job.ts";
import { openTestLedger, putJob, SUBMIT_TIMEOUT_MS } from "../support/ledger.ts";
import { startTestStage } from "../support/stage.ts";

const policy = { pollFirstMs: 10_000, recoveryMs: 86_400_000, holdMs: 600_000 };

test("BullMQ fails the entry of a live record -> it is due at once, and the next walk has its step taken again", async () => {
  const ledger = openTestLedger();
  const { redis, keys, motor } = ledger;
  const { id } = await putJob(ledger, newJob(await ledger.jobs.readClock()));
  expect(Number(await redis.zscore(keys.due, id))).toBeGreaterThan(0);
  vi.spyOn(motor.queues.submit, "rateLimit").mockRejectedValueOnce(new Error("OOM command not allowed"));
  let steps = 0;
  startTestStage(ledger, "submit", async () => (++steps === 1 ? doze(10) : done));
  await eventually(async () => expect(await redis.zscore(keys.due, id)).toBe("0"));
  expect(await motor.queues.submit.getJobState(`${id}-1`)).toBe("failed");
  await rescueOverdue({ ...ledger, policy, submitTimeoutMs: SUBMIT_TIMEOUT_MS, scheduleS: [5] });
  await eventually(() => expect(steps).toBe(2));
  expect(ledger.logs.named("wake_up.rescued")).toMatchObject([{ stage: "submit", id, n: 1 }]);
});

test("a record about which nothing is left to be done is hurried -> it does not become due", async () => {
  const ledger = openTestLedger();
  await ledger.hurry("job_gone");
  expect(await ledger.redis.zscore(ledger.keys.due, "job_gone")).toBeNull();
});
