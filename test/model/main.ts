// `npm run model`: the job's life with everyone who takes part in it, explored against the real scripts on a real Redis.
//   -- --depth N      every scene so many steps deep, instead of its own depth
//   -- --only TEXT    the scenes whose name has it
//   -- --walks N      so many walks at random afterwards; --seed N makes them the same again
//   -- --mutations    breaks the product in a copy, in one place at a time, and shows which test finds each
import { parseArgs } from "node:util";

import { explore } from "./explore.ts";
import type { Fault, Found } from "./explore.ts";
import { openLaboratory } from "./laboratory.ts";
import { tryMutations } from "./mutations.ts";
import { scenes } from "./scenes.ts";
import { walk } from "./walks.ts";

const { values } = parseArgs({
  options: {
    depth: { type: "string" },
    only: { type: "string", default: "" },
    walks: { type: "string", default: "100" },
    seed: { type: "string", default: "1" },
    mutations: { type: "boolean", default: false },
  },
});

async function main(): Promise<number> {
  if (values.mutations) return (await tryMutations(values.only)) ? 0 : 1;
  const { world, version, close } = await openLaboratory();
  say(`Redis ${version}, Node.js ${process.versions.node}`);
  try {
    for (const scene of scenes.filter(({ name }) => name.includes(values.only))) {
      const found = await explore(world, { ...scene, depth: Number(values.depth ?? scene.depth) });
      say(inWords(found));
      if (found.violation) return report(found.violation);
    }
    const { walks, steps, longest, seconds } = await walk(world, Number(values.walks), Number(values.seed));
    say(
      `${walks} walks of ${steps} steps, the longest of ${longest}: ${seconds.toFixed(1)} s (seed ${values.seed})`,
    );
    return 0;
  } finally {
    await close();
  }
}

function inWords({
  scene,
  depth,
  isExhausted,
  states,
  transitions,
  deepestQueue,
  rests,
  seconds,
}: Found): string {
  const how = isExhausted ? "nothing left to be found" : `to depth ${depth}`;
  const pace = Math.round(states / Math.max(seconds, 0.001));
  return (
    `${scene}: ${how}, ${states} states, ${transitions} transitions, at most ${deepestQueue} waiting, ` +
    `${rests} run to rest, ${seconds.toFixed(1)} s, ${pace} states/s`
  );
}

function report({ property, message, trace }: Fault): number {
  say(
    `\nBROKEN: ${property}. ${message}\n${trace.map((line, n) => `${String(n + 1).padStart(4)}  ${line}`).join("\n")}`,
  );
  return 1;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

process.exitCode = await main();
