// A timed-out POST was listened for only after the breaker had been told. When that failed, the late answer, and with it
// the id of a task that was paid for, was lost for good.
import { expect, onTestFinished, test, vi } from "vitest";

import { createBackground } from "../../src/worker/background.ts";
import type { SubmitOutcome } from "../../src/worker/novita/classify.ts";
import { createRoad } from "../../src/worker/road.ts";
import { submitJob } from "../../src/worker/submit.ts";
import type { SubmitDeps } from "../../src/worker/submit.ts";
import { newJob } from "../support/job.ts";
import { openTestLedger, putJob, readJob } from "../support/ledger.ts";
import { accepted, fakeNovita } from "../support/novita.ts";

test("a POST times out and the breaker cannot be told -> its late task is kept all the same", async () => {
  const ledger = openTestLedger();
  const background = createBackground(ledger.log);
  const answer = Promise.withResolvers<SubmitOutcome>();
  const realNow = performance.now.bind(performance);
  onTestFinished(() => void vi.restoreAllMocks());
  const job = await putJob(ledger, newJob(await ledger.jobs.readClock()));
  const deps: SubmitDeps = {
    ...ledger,
    connections: { lend: (use) => use(ledger.redis) },
    background,
    novita: fakeNovita({
      submit: () => {
        // The deadline passes while the request is on its way.
        vi.spyOn(performance, "now").mockImplementation(() => realNow() + 60_000);
        return answer.promise;
      },
    }),
    road: {
      ...createRoad(ledger.redis, ledger.keys, 60_000),
      report: () => Promise.reject(new Error("MISCONF Redis cannot write")),
    },
    confirmDurable: async () => true,
    rules: {
      maxInFlight: 9,
      slotTtlMs: 60_000,
      paceIntervalMs: 0,
      paceToleranceMs: 0,
      probeIntervalMs: 60_000,
    },
    policy: { pollFirstMs: 10_000, recoveryMs: 60_000, holdMs: 60_000 },
    submitTimeoutMs: 60_000,
  };
  await expect(submitJob(deps, { id: job.id, n: 1 })).rejects.toThrow("MISCONF");
  answer.resolve(accepted("late"));
  await background.drain();
  expect(await readJob(ledger, job.id)).toMatchObject({ status: "processing", tasks: [{ id: "late" }] });
});
