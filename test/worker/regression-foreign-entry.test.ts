// A job that is queued anew has a submit entry of its own. The entry before it went on all the same, so that one job had
// two entries, and each of them could begin it.
import { expect, test } from "vitest";

import type { SubmitOutcome } from "../../src/worker/novita/classify.ts";
import { submitJob } from "../../src/worker/submit.ts";
import { eventually } from "../support/eventually.ts";
import { newJob, newRequest } from "../support/job.ts";
import { liveEntries, openTestLedger, putJob, readJob } from "../support/ledger.ts";
import { fakeNovita } from "../support/novita.ts";
import { startTestStage, submitDeps } from "../support/stage.ts";

const unknown: SubmitOutcome = { kind: "unknown", message: "reset", upstream: null };

test.each([1, 3])(
  "an entry numbered %i for a job that waits for number 2 -> discarded, zero POSTs",
  async (n) => {
    const ledger = openTestLedger();
    const job = await putJob(ledger, newJob(await ledger.jobs.readClock(), { submitWake: 2 }));
    const novita = fakeNovita();
    const deps = submitDeps(ledger, { novita });
    expect(await submitJob(deps, { id: job.id, n })).toEqual({ as: "discard" });
    expect(novita.submits).toEqual([]);
    expect(await readJob(ledger, job.id)).toEqual(job);
    expect(await submitJob(deps, { id: job.id, n: 2 })).toEqual({ as: "done" });
    expect(novita.submits).toHaveLength(1);
  },
);

test("unknown with on_unconfirmed: resubmit -> the entry is done, since the job has got another", async () => {
  const ledger = openTestLedger();
  const request = newRequest({ onUnconfirmed: "resubmit" });
  const job = await putJob(ledger, newJob(await ledger.jobs.readClock(), { request }));
  const again = Promise.withResolvers<SubmitOutcome>();
  const novita = fakeNovita({ submit: () => (novita.submits.length > 1 ? again.promise : unknown) });
  const deps = submitDeps(ledger, { novita });
  const outcomes: string[] = [];
  startTestStage(ledger, "submit", async (entry) => {
    const outcome = await submitJob(deps, entry);
    outcomes.push(`${entry.n} ${outcome.as}`);
    return outcome;
  });
  await eventually(() => expect(novita.submits).toHaveLength(2));
  await eventually(async () => expect(await liveEntries(ledger, "submit")).toEqual([`${job.id}-2`]));
  expect(outcomes).toEqual(["1 done"]);
  again.resolve(unknown);
  await eventually(async () => expect(await liveEntries(ledger, "submit")).toEqual([]));
  expect(outcomes).toEqual(["1 done", "2 done"]);
  expect(novita.submits).toHaveLength(2);
});
