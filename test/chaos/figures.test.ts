// The figures of a report: what happened too rarely, and how long it took until work went on.
import { describe, expect, test } from "vitest";
import { buildSimulator } from "../../src/simulator/simulator.ts";
import { readArguments } from "./arguments.ts";
import type { Disturbance } from "./faults.ts";
import { planChaos } from "./plan.ts";
import { measureRecovery, spreadOf } from "./recovery.ts";
import { tallyFaults, tooFew } from "./tally.ts";

const fault = (kind: Disturbance["kind"], from: number, to: number, happened = true): Disturbance => ({
  n: 1,
  kind,
  target: "worker-1",
  from,
  to,
  happened,
});

describe("tallyFaults", () => {
  const plan = planChaos({ seed: 1, jobs: 200, faults: 34 });
  const all = plan.timeline.map((planned): Disturbance => ({
    ...planned,
    target: "api-0",
    from: 0,
    to: 1,
    happened: true,
  }));
  const { ledger } = buildSimulator();

  test("every fault of the timeline was felt -> none of their kinds is too rare", () => {
    const rare = tooFew(tallyFaults(plan, all, ledger, []));
    expect(rare.filter((what) => what.startsWith("kill"))).toEqual([]);
  });

  test.each(["kill-redis", "blackhole", "clock-back"])("%s was never felt -> it is named", (kind) => {
    const felt = all.map((one) => (one.kind === kind ? { ...one, happened: false } : one));
    expect(tooFew(tallyFaults(plan, felt, ledger, []))).toContain(
      `${kind} happened 0 times, and must at least 1 times`,
    );
  });

  test("jobs never came to Novita, nor webhooks to their receivers -> what they bring with them is named", () => {
    const rare = tooFew(tallyFaults(plan, all, ledger, []));
    expect(rare.some((what) => what.startsWith("submit=slow happened 0 times"))).toBe(true);
    expect(rare.some((what) => what.startsWith("receiver: drop happened 0 times"))).toBe(true);
    expect(rare.some((what) => what.startsWith("receiver: of an endpoint happened 0 times"))).toBe(true);
  });

  test("callers canceled every job -> nothing that jobs bring to Novita is asked for", () => {
    const canceled = { ...plan, work: plan.work.map((job) => ({ ...job, cancelMs: 0 })) };
    const rare = tooFew(tallyFaults(canceled, all, ledger, []));
    expect(rare.filter((what) => !what.startsWith("receiver"))).toEqual([]);
  });
});

describe("measureRecovery", () => {
  const way = { acceptedAt: 50, endedAt: 900, steps: [50, 100, 700, 900] };

  test("a crash -> counts until the next step of anything, and of each job under way", () => {
    const { first, each, firstByKind } = measureRecovery([fault("kill-redis", 200, 300)], [900, 450], [way]);
    expect([first?.max, each?.max, firstByKind["kill-redis"]?.count]).toEqual([150, 400, 1]);
  });

  test("what takes nothing away, did not happen, or was followed by no work -> not counted", () => {
    const faults = [fault("latency", 1, 2), fault("kill-api", 1, 2, false), fault("kill-api", 998, 999)];
    expect(measureRecovery(faults, [900], [way]).first).toBeNull();
  });

  test("spreadOf -> the middle, nearly the longest, and the longest; of nothing, nothing", () => {
    const times = Array.from({ length: 200 }, (_, index) => 200 - index);
    expect(spreadOf(times)).toEqual({ count: 200, p50: 100, p99: 198, max: 200 });
    expect(spreadOf([])).toBeNull();
  });
});

describe("readArguments", () => {
  test("no words -> a short run; --long -> a long one; numbers -> as they say", () => {
    expect(readArguments([])).toEqual({ seed: 1, jobs: 60, faults: 34, planOnly: false });
    expect(readArguments(["--long", "--seed", "9"])).toMatchObject({ seed: 9, jobs: 10_000, faults: 500 });
    expect(readArguments(["--jobs", "5", "--faults", "0", "--plan"])).toMatchObject({
      jobs: 5,
      faults: 0,
      planOnly: true,
    });
  });

  test.each([["--seed", "x"], ["--jobs", "0"], ["--faults", "-1"], ["--jobs", "1.5"], ["--what"]])(
    "%s %s -> refused, by name",
    (...words) => {
      const given = words.filter((word) => word !== undefined);
      expect(() => readArguments(given)).toThrow(given[0]?.slice(2) ?? "");
    },
  );
});
