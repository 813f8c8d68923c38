// A walk that left overdue records behind paused for a second all the same, so that a great backlog took minutes.
import { expect, onTestFinished, test } from "vitest";

import { createHeartbeat } from "../../src/worker/heartbeat.ts";
import { startRescue } from "../../src/worker/rescue.ts";
import { openTestLedger, SUBMIT_TIMEOUT_MS } from "../support/ledger.ts";

/** So many batches that no walk takes them all. */
const BATCHES = 160;

test("more overdue records than three walks take -> one walk follows the other at once", async () => {
  const ledger = openTestLedger();
  const claims: number[] = [];
  const ended = Promise.withResolvers<void>();
  const claimOverdue = async () => {
    claims.push(performance.now());
    const remain = BATCHES - claims.length;
    if (remain === 0) ended.resolve();
    return { ids: [], remain };
  };
  const due = { ...ledger.due, claimOverdue, claimPurgeable: async () => ({ ids: [], remain: 0 }) };
  const policy = { pollFirstMs: 0, recoveryMs: 0, holdMs: 0 };
  const deps = { ...ledger, due, policy, submitTimeoutMs: SUBMIT_TIMEOUT_MS, scheduleS: [5] };
  const loop = startRescue(deps, 3_600_000, createHeartbeat());
  onTestFinished(() => loop.close());
  await ended.promise;
  // With nothing to do in between, a pause is all that could take time.
  expect((claims.at(-1) ?? 0) - (claims[0] ?? 0)).toBeLessThan(500);
});
