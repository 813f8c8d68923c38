// `npm run bench`: what Onetake costs beside the floor (`floor/`), measured in the same run.
//   -- --quick      one short pair of each, as a smoke test
//   -- --only NAME  one of the measures: intake, endToEnd, looks, deliveries, latency; or one without a floor: durability
//                   (what proofs cost), memory (what the worker grows by, with --minutes)
//   -- --profile    where the processor's time goes, instead of the table; of deliveries with --only deliveries
import { rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { compareDurability } from "./durability.ts";
import { measureDeliveries } from "./measure/deliveries.ts";
import { measureEndToEnd } from "./measure/end-to-end.ts";
import { measureIntake } from "./measure/intake.ts";
import { measureLatency } from "./measure/latency.ts";
import { measureLooks } from "./measure/looks.ts";
import { measureMemory } from "./memory.ts";
import type { Pair } from "./pairs.ts";
import { profileSides } from "./profile.ts";
import { full, type Measure, MEASURES, type Plan, quick } from "./settings.ts";
import { type Side, type SideName, type SideOptions, startSide } from "./side.ts";
import { type Findings, printTable } from "./table.ts";
import { readRedisVersion } from "./usage.ts";

type Setup = Omit<SideOptions, "dir"> & {
  measure: (sides: Record<SideName, Side>, plan: Plan) => Promise<Pair[]>;
};

const SETUPS: Record<Measure, Setup> = {
  intake: { hasWorker: false, measure: measureIntake },
  endToEnd: { hasWorker: true, measure: measureEndToEnd },
  looks: { hasWorker: true, isEndless: true, measure: measureLooks },
  deliveries: { hasWorker: true, onlyDelivers: true, measure: measureDeliveries },
  latency: { hasWorker: true, onlyDelivers: true, measure: measureLatency },
};

const { values: wanted } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    profile: { type: "boolean", default: false },
    only: { type: "string" },
    minutes: { type: "string", default: "10" },
  },
});

async function main(): Promise<void> {
  const plan = wanted.quick ? quick : full;
  const dir = await mkdtemp(join(tmpdir(), "onetake-bench-"));
  process.once("exit", () => rmSync(dir, { recursive: true, force: true, maxRetries: 5 }));
  if (wanted.only === "durability") return compareDurability(dir, plan);
  if (wanted.only === "memory") return measureMemory(dir, Number(wanted.minutes));
  await (wanted.profile ? profileSides(dir, plan, wanted.only) : compareSides(dir, plan));
}

async function compareSides(dir: string, plan: Plan): Promise<void> {
  const startedAt = performance.now();
  const found: Partial<Findings> = {};
  let redis = "";
  for (const name of wantedMeasures()) {
    process.stderr.write(`${name} …\n`);
    const { measure, ...setup } = SETUPS[name];
    const [ours, floor] = await Promise.all([
      startSide("ours", { ...setup, dir }),
      startSide("floor", { ...setup, dir }),
    ]);
    redis = await readRedisVersion(ours.redis);
    found[name] = await measure({ ours, floor }, plan);
    await Promise.all([ours.stop("SIGKILL"), floor.stop("SIGKILL")]);
  }
  console.log(printTable(found));
  console.log(
    `\nours, floor: medians over ${plan.pairs} pairs, run in turn\n` +
      "ratio: the median of the ratios within each pair; least..most: their range\n" +
      `${availableParallelism()} cores, Node.js ${process.versions.node}, Redis ${redis} with its append-only file ` +
      `(everysec), logs at info to a file. ${Math.round((performance.now() - startedAt) / 1000)} s.`,
  );
}

function wantedMeasures(): readonly Measure[] {
  const chosen = MEASURES.filter((name) => (wanted.only ?? name) === name);
  if (chosen.length === 0) throw new Error(`--only takes one of ${MEASURES.join(", ")}, durability, memory`);
  return chosen;
}

// Whatever was started ends with this process, however it ends.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));
await main();
process.exit(0);
