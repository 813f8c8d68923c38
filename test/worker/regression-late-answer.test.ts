// A timed-out POST was listened for only after the breaker had been told. When that failed, the late answer, and with it
// the id of a task that was paid for, was lost for good.
import { expect, onTestFinished, test, vi } from "vitest";

import { createBackground } from "../../src/worker/background.ts";
import type { SubmitOutcome } from "../../src/worker/novita/classify.ts";
import { submitJob } from "../../src/worker/submit.ts";
import type { SubmitDeps } from "../../src/worker/submit.ts";
import { newJob } from "../support/job.ts";
import { openTestLedger, putJob, readJob } from "../support/ledger.ts";
import { accepted, fakeNovita } from "../support/novita.ts";
import { submitDeps } from "../support/stage.ts";

/** A submission whose deadline passes while its request is on its way; `answer` is what comes in the end. */
async function postTooLong(changes: Partial<SubmitDeps> = {}) {
  const ledger = openTestLedger();
  const background = createBackground(ledger.log);
  const answer = Promise.withResolvers<SubmitOutcome>();
  const realNow = performance.now.bind(performance);
  onTestFinished(() => void vi.restoreAllMocks());
  const job = await putJob(ledger, newJob(await ledger.jobs.readClock()));
  const novita = fakeNovita({
    submit: () => {
      vi.spyOn(performance, "now").mockImplementation(() => realNow() + 60_000);
      return answer.promise;
    },
  });
  const deps = submitDeps(ledger, { novita, background, ...changes });
  return { ledger, deps, answer, job };
}

test("a POST times out and the breaker cannot be told -> its late task is kept all the same", async () => {
  const { ledger, deps, answer, job } = await postTooLong();
  deps.road = { ...deps.road, report: () => Promise.reject(new Error("MISCONF Redis cannot write")) };
  await expect(submitJob(deps, { id: job.id, n: 1 })).rejects.toThrow("MISCONF");
  answer.resolve(accepted("late"));
  await deps.background.drain();
  expect(await readJob(ledger, job.id)).toMatchObject({ status: "processing", tasks: [{ id: "late" }] });
});

test("a POST times out and is answered late -> one line for the request, and one of another name for the answer", async () => {
  const { ledger, deps, answer, job } = await postTooLong();
  await submitJob(deps, { id: job.id, n: 1 });
  answer.resolve(accepted("late"));
  await deps.background.drain();
  expect(ledger.logs.named("job.submitted")).toMatchObject([{ outcome: "unknown", status: "unconfirmed" }]);
  expect(ledger.logs.named("submit.answered_late")).toMatchObject([
    { job_id: job.id, outcome: "accepted", task_id: "late", status: "processing" },
  ]);
});
