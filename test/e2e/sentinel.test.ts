// A primary and two replicas under three Sentinels: whatever becomes of the primary, what was promised is kept.
import { expect, test } from "vitest";
import { runScenario } from "../failover/run.ts";
import { type Scenario, scenarios, type Setting } from "../failover/scenario.ts";

const JOBS = 60;

/** Purchases and acknowledgements wait for a replica, and a primary without one takes no writes. */
const strict: Setting = { appendfsync: "everysec", minReplicas: 1, submit: "replica", intake: "replica" };

const cases: [string, Scenario][] = [
  ["the primary is killed, and is back before all Sentinels know", scenarios.sentinelBack],
  ["the primary is frozen, and wakes when another has long taken over", scenarios.sentinelFreeze],
  ["a planned failover", scenarios.sentinelPlanned],
];

test.each(cases)("%s -> no acknowledged job lost, none paid twice, all told", async (_name, scenario) => {
  const books = await runScenario(scenario, strict, JOBS);
  expect(books).toMatchObject({
    acknowledged: JOBS,
    absent: 0,
    paidTwice: 0,
    unknownTasks: 0,
    untold: 0,
    notSucceeded: 0,
    unfinished: 0,
  });
});
