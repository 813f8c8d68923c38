// A worker that stood still past its deadline found its timers due before it had read its sockets. It called an outcome
// unknown whose answer lay there, and raised an alarm for nothing.
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test, vi } from "vitest";
import { createBackground } from "../../src/worker/background.ts";
import { submitJob } from "../../src/worker/submit.ts";
import { newJob } from "../support/job.ts";
import { openTestLedger, putJob, readJob } from "../support/ledger.ts";
import { accepted, fakeNovita } from "../support/novita.ts";
import { submitDeps } from "../support/stage.ts";

test("the time is up, and the answer is read a moment later -> it counts, and nobody is alarmed", async () => {
  const ledger = openTestLedger();
  const background = createBackground(ledger.log);
  const realNow = performance.now.bind(performance);
  onTestFinished(() => void vi.restoreAllMocks());
  const job = await putJob(ledger, newJob(await ledger.jobs.readClock()));
  const novita = fakeNovita({
    submit: async () => {
      vi.spyOn(performance, "now").mockImplementation(() => realNow() + 60_000);
      await sleep(50);
      return accepted("task-1");
    },
  });
  await submitJob(submitDeps(ledger, { novita, background }), { id: job.id, n: 1 });
  expect(ledger.logs.named("job.submitted")).toMatchObject([{ outcome: "accepted", status: "processing" }]);
  expect(ledger.logs.named("job.unconfirmed")).toEqual([]);
  expect(await readJob(ledger, job.id)).toMatchObject({ status: "processing", tasks: [{ id: "task-1" }] });
});
