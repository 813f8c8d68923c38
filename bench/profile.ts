// Where the processor's time goes: the end-to-end run of each side under Node's own profiler.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { runBacklog } from "./measure/end-to-end.ts";
import { CpuProfile, functionTimes, packageTimes } from "./self-times.ts";
import type { Plan } from "./settings.ts";
import { type SideName, startSide } from "./side.ts";

const PACKAGES_SHOWN = 12;
const FUNCTIONS_SHOWN = 20;
/** The first ones, when everything is still being compiled, weigh little among so many. */
const BACKLOGS = 4;

/** Runs the end-to-end measure of each side alone, and prints a profile of each of its processes. */
export async function profileSides(dir: string, plan: Plan): Promise<void> {
  for (const name of ["ours", "floor"] as const) {
    const rate = await runProfiled(name, dir, plan);
    console.log(`\n${name}: ${rate.toFixed(0)} jobs/s under the profiler`);
    for (const process of ["api", "worker"]) {
      console.log(`\n${name}, ${process}: µs of CPU a job`);
      console.log(await describe(join(dir, `${name}-${process}`), BACKLOGS * plan.jobs));
    }
  }
}

async function runProfiled(name: SideName, dir: string, plan: Plan): Promise<number> {
  const nodeOptions = (process: string) => ["--cpu-prof", `--cpu-prof-dir=${join(dir, process)}`];
  const side = await startSide(name, { dir, hasWorker: true, nodeOptions });
  let rate = 0;
  for (let n = 0; n < BACKLOGS; n++) ({ rate = 0 } = await runBacklog(side, plan));
  // A profile is written by a process that ends by itself.
  await side.stop("SIGTERM");
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
