// Where the processor's time goes: the end-to-end run of each side under Node's own profiler. What Node and V8 do counts
// for whoever made them do it; what nobody called stands under the name of what began it.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { runBacklog } from "./measure/end-to-end.ts";
import type { Plan } from "./settings.ts";
import { type SideName, startSide } from "./side.ts";

const PACKAGES_SHOWN = 12;
const FUNCTIONS_SHOWN = 20;
/** The first ones, when everything is still being compiled, weigh little among so many. */
const BACKLOGS = 4;

/** The part of V8's format that counts: each sample is the id of a node, and `timeDeltas` are µs. */
const Profile = z.object({
  nodes: z.array(
    z.object({
      id: z.number(),
      children: z.array(z.number()).default([]),
      callFrame: z.object({ functionName: z.string(), url: z.string(), lineNumber: z.number() }),
    }),
  ),
  samples: z.array(z.number()),
  timeDeltas: z.array(z.number()),
});
type Profile = z.infer<typeof Profile>;
type Frame = Profile["nodes"][number]["callFrame"];

/** Innermost first. */
type Stack = Frame[];

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
  const profile = Profile.parse(JSON.parse(await readFile(join(dir, file), "utf8")));
  const byPackage = sumBy(profile, causeOf);
  const byFunction = sumBy(profile, ([own]) => (own ? nameOf(own) : ""));
  return [
    ...list(byPackage, jobs).slice(0, PACKAGES_SHOWN),
    "",
    ...list(byFunction, jobs).slice(0, FUNCTIONS_SHOWN),
  ].join("\n");
}

/** Self time in µs by what `name` makes of a sample's stack. Idle time is nobody's. */
function sumBy(profile: Profile, name: (stack: Stack) => string): Map<string, number> {
  const stacks = stacksOf(profile);
  const sums = new Map<string, number>();
  for (const [n, id] of profile.samples.entries()) {
    const stack = stacks.get(id) ?? [];
    if (stack[0]?.functionName === "(idle)") continue;
    sums.set(name(stack), (sums.get(name(stack)) ?? 0) + (profile.timeDeltas[n] ?? 0));
  }
  return sums;
}

/** V8 lists a node before its children. */
function stacksOf({ nodes }: Profile): Map<number, Stack> {
  const parents = new Map(nodes.flatMap(({ id, children }) => children.map((child) => [child, id])));
  const stacks = new Map<number, Stack>();
  for (const { id, callFrame } of nodes) {
    stacks.set(id, [callFrame, ...(stacks.get(parents.get(id) ?? -1) ?? [])]);
  }
  return stacks;
}

function causeOf(stack: Stack): string {
  const [own] = stack;
  if (own?.functionName.startsWith("(") && own.functionName !== "(anonymous)") return own.functionName;
  const cause = stack.map(packageOf).find((name) => name !== null);
  return cause ?? `Node: ${stack.at(-2)?.functionName || "(anonymous)"}`;
}

function packageOf({ url }: Frame): string | null {
  const [, name] = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url) ?? [];
  if (name !== undefined) return name;
  if (url.includes("/src/")) return "ours";
  return url.includes("/bench/") ? "the floor" : null;
}

function nameOf({ functionName, url, lineNumber }: Frame): string {
  const place = url.replace(/^.*\/(?=src\/|bench\/|node_modules\/)/, "").replace("node_modules/", "");
  return `${functionName || "(anonymous)"}${place ? `  ${place}:${lineNumber + 1}` : ""}`;
}

function list(sums: Map<string, number>, jobs: number): string[] {
  const whole = [...sums.values()].reduce((sum, each) => sum + each, 0);
  return [["all", whole] as const, ...[...sums].toSorted(([, a], [, b]) => b - a)].map(
    ([name, us]) =>
      `${(us / jobs).toFixed(0).padStart(6)} ${((us / whole) * 100).toFixed(1).padStart(6)} %  ${name}`,
  );
}
