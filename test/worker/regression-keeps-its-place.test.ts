// A job that was handed back used to be delayed, which put it behind everything that had been queued after it.
import { expect, test } from "vitest";

import { createHeartbeat } from "../../src/worker/heartbeat.ts";
import { done } from "../../src/worker/outcome.ts";
import { submitJob } from "../../src/worker/submit.ts";
import { eventually } from "../support/eventually.ts";
import { newJob } from "../support/job.ts";
import { liveEntries, openTestLedger, putJob } from "../support/ledger.ts";
import type { TestLedger } from "../support/ledger.ts";
import { accepted, fakeNovita } from "../support/novita.ts";
import { startTestStage, submitDeps } from "../support/stage.ts";

/** How many entries of the stage a worker works on at a time. */
const LANES = 8;

const putQueued = async (ledger: TestLedger) =>
  (await putJob(ledger, newJob(await ledger.jobs.readClock()))).id;

test("a job is handed back as never sent -> it goes before those that were queued after it", async () => {
  const ledger = openTestLedger();
  const released = Promise.withResolvers<void>();
  const posted: string[] = [];
  let blocked = 0;
  const submit = (id: string, n: number) => {
    const novita = fakeNovita({
      submit: () => {
        posted.push(id);
        if (posted.length > 1) return accepted(`task of ${id}`);
        return released.promise.then(
          () => ({ kind: "unsent", cause: "connect", message: "ECONNREFUSED" }) as const,
        );
      },
    });
    return submitJob(submitDeps(ledger, { novita }), { id, n });
  };
  const gate = Promise.withResolvers<void>();
  startTestStage(ledger, "submit", async ({ id, n }) => {
    if (!id.startsWith("blocker")) return submit(id, n);
    blocked++;
    await gate.promise;
    return done;
  });
  // One lane is left, so that the jobs go one by one.
  const blockers = Array.from({ length: LANES - 1 }, (_, n) => `blocker-${n}`);
  await ledger.motor.wake(
    blockers.map((id) => ({ stage: "submit", id, n: 1 })),
    0,
  );
  await eventually(() => expect(blocked).toBe(LANES - 1));
  const first = await putQueued(ledger);
  await eventually(() => expect(posted).toEqual([first]));
  const second = await putQueued(ledger);
  const third = await putQueued(ledger);
  released.resolve();
  await eventually(() => expect(posted).toHaveLength(4));
  gate.resolve();
  expect(posted).toEqual([first, first, second, third]);
});

test("a worker is handed an entry while it closes -> the entry goes back to its place at the head", async () => {
  const one = openTestLedger();
  const two = openTestLedger({ prefix: one.prefix });
  const wakeUps = ["a", "b", "c"].map((id) => ({ stage: "submit", id, n: 1, priority: "normal" }) as const);
  for (const wakeUp of wakeUps) await one.motor.wake([wakeUp], 0);
  const taken: string[] = [];
  const step = async ({ id }: { id: string }) => {
    taken.push(id);
    return done;
  };
  // The loop beats right before it asks for an entry: it closes when that request is on its way.
  let asked = 0;
  const beat = () => {
    if (asked++ === 0) queueMicrotask(() => void loop.close());
  };
  const loop = startTestStage(one, "submit", step, {
    heartbeat: { ...createHeartbeat(), expect: () => beat },
  });
  // It beats twice more for the entry that it was handed.
  await eventually(() => expect(asked).toBe(3));
  await loop.close();
  expect(taken).toEqual([]);
  expect(await liveEntries(one, "submit")).toEqual(["a-1", "b-1", "c-1"]);
  startTestStage(two, "submit", step);
  await eventually(() => expect(taken).toHaveLength(3));
  expect(taken).toEqual(["a", "b", "c"]);
});
