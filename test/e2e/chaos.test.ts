// Short runs of `npm run chaos`, each of a fixed seed: real processes, everything broken at least once, every invariant kept.
import { expect, test } from "vitest";
import { audit } from "../chaos/audit/audit.ts";
import { planChaos } from "../chaos/plan.ts";
import { makeReport, showReport } from "../chaos/report.ts";
import { runChaos } from "../chaos/run.ts";
import { withTest } from "./support/on-end.ts";

/** Each kind of fault on the timeline comes twice. */
const SIZE = { jobs: 60, faults: 34 };

test.each([1, 2, 3])("seed %i -> every kind of fault happens, and every invariant holds", async (seed) => {
  const plan = planChaos({ ...SIZE, seed });
  const outcome = await runChaos(plan, withTest, () => undefined);
  const report = makeReport(plan, outcome, audit(outcome.evidence));
  process.stdout.write(`\n${showReport(report)}`);
  const { broken, replay } = report;
  expect({ broken, replay }).toEqual({ broken: [], replay });
  expect(report.purchases).toBeGreaterThan(SIZE.jobs / 2);
});
