// Waiting on a watch, whoever opened it. How callers wait: test/api/get-job/200-wait.test.ts and get-video/429-open.test.ts.
import { expect, test } from "vitest";
import { createChanges } from "../../../src/api/watch/changes.ts";
import { isAtRest, watchUntil } from "../../../src/api/watch/wait.ts";
import type { Watch } from "../../../src/api/watch/topic.ts";
import type { WatchedJob } from "../../../src/api/watch/watched-job.ts";
import type { Job } from "../../../src/shared/job.ts";
import { settleJob } from "../../../src/shared/settle.ts";
import { newJob } from "../../support/job.ts";
import { openTestLedger, putJob } from "../../support/ledger.ts";

/** Longer than a test may take. */
const LONG_MS = 60_000;

async function openJob() {
  const ledger = openTestLedger();
  const { id } = await putJob(ledger, newJob(Date.now()));
  const changes = createChanges(ledger.jobs);
  const cancel = () => ledger.jobs.changeJob(id, (job, now) => settleJob(job, { as: "canceled" }, now));
  const waitFor = (watched: string, ms: number): Promise<Job | null> =>
    watchUntil(opened(changes.watchJob(watched, "acme")), null, ms, isAtRest);
  return { id, changes, cancel, waitFor };
}

function opened(watch: Watch<WatchedJob> | null): Watch<WatchedJob> {
  if (!watch) throw new Error("there is no room for a watch");
  return watch;
}

const nothing = { watches: 0, topics: 0 };

test("the job becomes as it is wanted -> the job, and nothing is left of the wait", async () => {
  const { id, changes, cancel, waitFor } = await openJob();
  const found = waitFor(id, LONG_MS);
  expect(changes.count()).toEqual({ watches: 1, topics: 1 });
  await cancel();
  changes.hint(id);
  expect(await found).toMatchObject({ id, status: "canceled" });
  expect(changes.count()).toEqual(nothing);
});

test("it is so already -> the job", async () => {
  const { id, changes, cancel, waitFor } = await openJob();
  await cancel();
  expect(await waitFor(id, LONG_MS)).toMatchObject({ id, status: "canceled" });
  expect(changes.count()).toEqual(nothing);
});

test("it does not in time -> the job as it is, and nothing is left of the wait", async () => {
  const { id, changes, waitFor } = await openJob();
  expect(await waitFor(id, 1)).toMatchObject({ id, status: "queued" });
  expect(changes.count()).toEqual(nothing);
});

test("there is no such job -> null, and nothing is left of the wait", async () => {
  const { changes, waitFor } = await openJob();
  expect(await waitFor("job_01ARZ3NDEKTSV4RRFFQ69G5FAV", 1)).toBeNull();
  expect(changes.count()).toEqual(nothing);
});

test("the process stops -> the job as it is, at once", async () => {
  const { id, changes, waitFor } = await openJob();
  const found = waitFor(id, LONG_MS);
  changes.release();
  expect(await found).toMatchObject({ id, status: "queued" });
});
