// A change gave up after twenty rounds, though with N writers at once the unluckiest needs N of them.
import { expect, test } from "vitest";

import { note } from "../../../src/shared/change.ts";
import { newJob, NOON } from "../../support/job.ts";
import { openTestLedger, putJob, readJob } from "../../support/ledger.ts";

test("50 changes of one job at once on two connections -> none is lost", async () => {
  const one = openTestLedger();
  const two = openTestLedger({ prefix: one.prefix });
  const { id } = await putJob(one, newJob(NOON));
  const change = (n: number) =>
    (n % 2 ? one : two).jobs.changeJob(id, (job) =>
      note(job, { polls: job.polls + 1 }, { kind: "counted", n }),
    );
  await Promise.all(Array.from({ length: 50 }, (_, n) => change(n)));
  expect(await readJob(one, id)).toMatchObject({ version: 51, polls: 50 });
  const told = (await one.jobs.readHistory(id)).filter(({ kind }) => kind === "counted");
  expect(new Set(told.map(({ fact }) => fact["n"])).size).toBe(50);
});
