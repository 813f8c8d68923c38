// Three primaries, each with a replica: all that is stored lies in one slot, whose owner dies, or changes.
import { expect, test } from "vitest";
import { runScenario } from "../failover/run.ts";
import { scenarios, type Setting } from "../failover/scenario.ts";

const JOBS = 60;

/** Purchases and acknowledgements wait for a replica. */
const strict: Setting = { appendfsync: "everysec", minReplicas: 0, submit: "replica", intake: "replica" };

test("the slot is moved to another primary, which is then killed -> no acknowledged job lost, none paid twice, all told", async () => {
  expect(await runScenario(scenarios.clusterBoth, strict, JOBS)).toMatchObject({
    acknowledged: JOBS,
    absent: 0,
    paidTwice: 0,
    unknownTasks: 0,
    untold: 0,
    notSucceeded: 0,
    unfinished: 0,
  });
});

test("the slot's owner is frozen, and wakes when its replica has long taken over -> jobs are taken meanwhile, none paid twice", async () => {
  // The scenario waits for jobs that are acknowledged while the former owner is frozen; there is no replica then.
  const setting: Setting = { ...strict, intake: "memory" };
  expect(await runScenario(scenarios.clusterFreeze, setting, JOBS)).toMatchObject({
    acknowledged: JOBS,
    paidTwice: 0,
    untold: 0,
  });
});
