// A delayed entry counted as alive however long it slept. After a clock had been set it slept on for hours.
import { expect, test } from "vitest";

import { openTestLedger } from "../support/ledger.ts";

const HOUR_MS = 3_600_000;

/** An entry that sleeps for an hour, and the record's own idea of when to wake it. */
async function sleepFor(agoMs: number) {
  const { motor, jobs } = openTestLedger();
  const now = await jobs.readClock();
  const wakeUp = { stage: "poll", id: "job-1", n: 1 } as const;
  await motor.wake([{ ...wakeUp, at: now + HOUR_MS }], now);
  const found = await motor.ensureAwake({ ...wakeUp, at: now - agoMs }, now);
  const entry = await motor.queues.poll.getJob("job-1-1");
  return { found, state: await entry?.getState(), delay: entry?.delay };
}

test("the record is overdue -> the entry is promoted", async () => {
  expect(await sleepFor(10_000)).toMatchObject({ found: "woken", state: "waiting" });
});

test.each([
  ["due in an hour", -HOUR_MS],
  ["due this moment", 0],
])("the record is %s -> the entry sleeps on", async (_, agoMs) => {
  expect(await sleepFor(agoMs)).toEqual({ found: "alive", state: "delayed", delay: HOUR_MS });
});
