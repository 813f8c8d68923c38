// A loop beat only when it asked for an entry. One that is handed the next entry with the answer to the last one never
// asks, so a worker with a backlog was taken for stuck, and replaced.
import { expect, test } from "vitest";

import { createHeartbeat } from "../../src/worker/heartbeat.ts";
import { done } from "../../src/worker/outcome.ts";
import { eventually } from "../support/eventually.ts";
import { openTestLedger } from "../support/ledger.ts";
import { startTestStage } from "../support/stage.ts";

const ENTRIES = 120;
const STEP_MS = 5000;

test("a stage works through a backlog for ten minutes without a pause -> it is never taken for stuck", async () => {
  const ledger = openTestLedger();
  const clock = { ms: 0 };
  const heartbeat = createHeartbeat(() => clock.ms);
  await ledger.motor.wake(
    Array.from({ length: ENTRIES }, (_, n) => ({ stage: "submit", id: `job-${n}`, n: 1 }) as const),
    0,
  );
  const stuck: string[] = [];
  let steps = 0;
  const step = async () => {
    clock.ms += STEP_MS;
    stuck.push(...heartbeat.stuck());
    steps++;
    return done;
  };
  startTestStage(ledger, "submit", step, { heartbeat });
  await eventually(() => expect(steps).toBe(ENTRIES));
  expect(stuck).toEqual([]);
});
