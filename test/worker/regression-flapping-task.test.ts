// Only the last good look was remembered, and with it its task. A task that flapped between found and not found hid the
// good looks of all others with its own, and was never given up.
import { expect, test } from "vitest";

import { note } from "../../src/shared/change.ts";
import { pollTask } from "../../src/worker/poll.ts";
import { createRoad } from "../../src/worker/road.ts";
import { newTask, processingJob } from "../support/job.ts";
import { openTestLedger, putJob, readJob } from "../support/ledger.ts";
import { fakeNovita, running } from "../support/novita.ts";
import { pollDeps } from "../support/stage.ts";

const missing = { kind: "missing" } as const;

test("another task is found, then this one flaps and is lost -> its own good looks do not hide the other's: task_lost", async () => {
  const ledger = openTestLedger();
  const road = createRoad(ledger.redis, ledger.keys, 60_000);
  const answers = [running(), missing, running(), missing, running(), missing, missing, missing];
  const novita = fakeNovita({ look: () => answers[novita.looks.length - 1] ?? running() });
  const now = await ledger.jobs.readClock();
  const task = newTask(now - 120_000);
  const { id } = await putJob(ledger, processingJob(now, { tasks: [task] }));
  await road.noteGoodLook("task of another job", now - 1000);
  for (let look = 1; look <= answers.length; look++) {
    expect(await readJob(ledger, id)).toMatchObject({ status: "processing", polls: look - 1 });
    await pollTask(pollDeps(ledger, { road, novita }), { id, n: 1 });
    await ledger.jobs.changeJob(id, (job, at) =>
      note(job, { tasks: job.tasks.map((each) => ({ ...each, nextLookAt: at })) }, null),
    );
  }
  expect(await readJob(ledger, id)).toMatchObject({ status: "failed", error: { code: "task_lost" } });
});

test("this task alone was found of late -> that says nothing of others", async () => {
  const ledger = openTestLedger();
  const road = createRoad(ledger.redis, ledger.keys, 60_000);
  const now = await ledger.jobs.readClock();
  await road.noteGoodLook("another", now - 61_000);
  for (const agoMs of [3000, 2000, 1000]) await road.noteGoodLook("flapping", now - agoMs);
  expect(await road.looksWorkElsewhere("flapping", now)).toBe(false);
  expect(await road.looksWorkElsewhere("another", now)).toBe(true);
});
