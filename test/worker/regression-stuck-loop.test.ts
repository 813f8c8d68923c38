// After the failover of a Cluster BullMQ's loop sometimes waited for ever for its connection: the stage did nothing more,
// and only `/livez` said so.
import { Worker } from "bullmq";
import { expect, onTestFinished, test, vi } from "vitest";

import { createHeartbeat } from "../../src/worker/heartbeat.ts";
import { done } from "../../src/worker/outcome.ts";
import { eventually } from "../support/eventually.ts";
import { openTestLedger } from "../support/ledger.ts";
import { startTestStage } from "../support/stage.ts";

test("a stage's loop hangs for ever -> it is replaced before the process counts as stuck, and the stage goes on", async () => {
  const ledger = openTestLedger();
  const clock = { ms: 0 };
  const heartbeat = createHeartbeat(() => clock.ms);
  // The first loop never turns.
  const hung = vi.spyOn(Worker.prototype, "run").mockReturnValueOnce(new Promise(() => {}));
  onTestFinished(() => hung.mockRestore());
  const seen: string[] = [];
  startTestStage(ledger, "poll", async ({ id }) => (seen.push(id), done), { heartbeat });
  await eventually(() => expect(hung).toHaveBeenCalledTimes(1));
  await ledger.motor.wake([{ stage: "poll", id: "job-1", n: 1 }], 0);
  expect(seen).toEqual([]);

  clock.ms += 30_000;
  expect(heartbeat.stuck()).toEqual([]);
  await eventually(() => expect(seen).toEqual(["job-1"]));
});
