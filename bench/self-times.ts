// Who took the processor's time, by a profile of Node's own. What Node and V8 do counts for whoever made them do it; what
// nobody called stands under the name of what began it.
import { z } from "zod";

/** µs by what had it done: a package, "ours", "the floor", V8 itself as "(garbage collector)", or a part of Node. */
export const packageTimes = (profile: CpuProfile): Map<string, number> => sumBy(profile, causeOf);

/** µs by function, with its place. */
export const functionTimes = (profile: CpuProfile): Map<string, number> =>
  sumBy(profile, ([own]) => (own ? nameOf(own) : ""));

/** The part of V8's format that counts: each sample is the id of a node, and `timeDeltas` are µs. */
export const CpuProfile = z.object({
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
export type CpuProfile = z.infer<typeof CpuProfile>;
type Frame = CpuProfile["nodes"][number]["callFrame"];

/** Innermost first. */
type Stack = Frame[];

/** Self time by what `name` makes of a sample's stack. Idle time is nobody's. */
function sumBy(profile: CpuProfile, name: (stack: Stack) => string): Map<string, number> {
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
function stacksOf({ nodes }: CpuProfile): Map<number, Stack> {
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
