// A job that was accepted before prices were known used to be bought again past the budget: what is unknown counted as nothing.
import { expect, test } from "vitest";

import { newRequest } from "../../support/job.ts";
import { openTestLedger, putJob, readJob } from "../../support/ledger.ts";
import {
  begin,
  create,
  live,
  make,
  openWithin,
  outcome,
  resubmit,
  spent,
  unknown,
} from "../../support/money.ts";

/** Accepted while there was no budget, and begun. */
async function beginUnpriced(onUnconfirmed: "hold" | "resubmit") {
  const unlimited = openTestLedger();
  const request = newRequest({ onUnconfirmed });
  const job = await putJob(unlimited, await make(unlimited, { estimate: null, request }));
  await live(unlimited, job, begin());
  return { job, limited: openWithin(1, unlimited.prefix) };
}

test("a new job that nobody can estimate -> barred", async () => {
  const ledger = openWithin(1);
  expect(await create(ledger, await make(ledger, { estimate: null }))).toMatchObject({ as: "budget" });
});

test("resubmitted by decision -> barred, and unconfirmed as before", async () => {
  const { job, limited } = await beginUnpriced("hold");
  await live(limited, job, outcome(unknown));
  expect(await limited.jobs.changeJob(job.id, resubmit)).toMatchObject({
    change: null,
    bar: { as: "budget" },
  });
  expect(await readJob(limited, job.id)).toMatchObject({ status: "unconfirmed" });
  expect(await spent(limited)).toBe(0);
});

test("resubmitted by on_unconfirmed -> it holds instead", async () => {
  const { job, limited } = await beginUnpriced("resubmit");
  await live(limited, job, outcome(unknown));
  expect(await readJob(limited, job.id)).toMatchObject({ status: "unconfirmed" });
});
