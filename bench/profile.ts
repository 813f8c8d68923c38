// Where the processor's time goes: the end-to-end run of each side, or its deliveries that have piled up, under Node's own
// profiler.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { openEvents } from "./events.ts";
import { drainPile } from "./measure/deliveries.ts";
import { runBacklog } from "./measure/end-to-end.ts";
import type { Figures } from "./pairs.ts";
import { CpuProfile, functionTimes, packageTimes } from "./self-times.ts";
import { ourEnvironment, type Plan } from "./settings.ts";
import { type Side, startSide } from "./side.ts";

const PACKAGES_SHOWN = 12;
const FUNCTIONS_SHOWN = 20;
/** The first ones, when everything is still being compiled, weigh little among so many. */
const BACKLOGS = 4;

type Profiled = {
  /** What is counted. */
  unit: "job" | "delivery";
  processes: ("api" | "worker")[];
  count: (plan: Plan) => number;
  /** Returns the rate of the last backlog. */
  run: (side: Side, plan: Plan) => Promise<number>;
};

const endToEnd: Profiled = {
  unit: "job",
  processes: ["api", "worker"],
  count: ({ jobs }) => jobs,
  run: (side, plan) => lastRate(() => runBacklog(side, plan)),
};

const deliveries: Profiled = {
  unit: "delivery",
  processes: ["worker"],
  count: (plan) => plan.deliveries,
  run: async (side, plan) => {
    const source = await openEvents(side, ourEnvironment);
    const rate = await lastRate(() => drainPile(side, source, plan));
    await source.close();
    return rate;
  },
};

/** Runs the measure of each side alone, and prints a profile of each of its processes. */
export async function profileSides(dir: string, plan: Plan, only: string | undefined): Promise<void> {
  const { unit, processes, count, run } = only === "deliveries" ? deliveries : endToEnd;
  const onlyDelivers = unit === "delivery";
  for (const name of ["ours", "floor"] as const) {
    const nodeOptions = (process: string) => ["--cpu-prof", `--cpu-prof-dir=${join(dir, process)}`];
    const side = await startSide(name, { dir, hasWorker: true, onlyDelivers, nodeOptions });
    const rate = await run(side, plan);
    // A profile is written by a process that ends by itself.
    await side.stop("SIGTERM");
    console.log(`\n${name}: ${rate.toFixed(0)} a second under the profiler`);
    for (const process of processes) {
      console.log(`\n${name}, ${process}: µs of CPU a ${unit}`);
      console.log(await describe(join(dir, `${name}-${process}`), BACKLOGS * count(plan)));
    }
  }
}

async function lastRate(measure: () => Promise<Figures>): Promise<number> {
  let rate = 0;
  for (let n = 0; n < BACKLOGS; n++) ({ rate = 0 } = await measure());
  return rate;
}

async function describe(dir: string, jobs: number): Promise<string> {
  const [file = ""] = await readdir(dir);
  const profile = CpuProfile.parse(JSON.parse(await readFile(join(dir, file), "utf8")));
  return [
    ...list(packageTimes(profile), jobs).slice(0, PACKAGES_SHOWN),
    "",
    ...list(functionTimes(profile), jobs).slice(0, FUNCTIONS_SHOWN),
  ].join("\n");
}

function list(sums: Map<string, number>, jobs: number): string[] {
  const whole = [...sums.values()].reduce((sum, each) => sum + each, 0);
  return [["all", whole] as const, ...[...sums].toSorted(([, a], [, b]) => b - a)].map(
    ([name, us]) =>
      `${(us / jobs).toFixed(0).padStart(6)} ${((us / whole) * 100).toFixed(1).padStart(6)} %  ${name}`,
  );
}
