// Whose time a profile shows: one made by hand, whose sums are known.
import { expect, test } from "vitest";
import { type CpuProfile, functionTimes, packageTimes } from "../../bench/self-times.ts";

const ROOT = "file:///somewhere/onetake";
const PACKAGES = `${ROOT}/node_modules`;

/** A call and those it made, each with its samples in µs. */
type Call = { name: string; url?: string; line?: number; us?: number[]; calls?: Call[] };

const PROFILE: Call = {
  name: "(root)",
  calls: [
    { name: "(idle)", us: [1000] },
    { name: "(garbage collector)", us: [7] },
    {
      name: "submitJob",
      url: `${ROOT}/src/worker/submit.ts`,
      line: 41,
      us: [100, 20],
      calls: [
        // Node's own work, for whoever asked for it.
        { name: "stringify", us: [3] },
        {
          name: "",
          url: `${PACKAGES}/ioredis/built/Redis.js`,
          us: [40],
          calls: [{ name: "writev", url: "node:net", us: [5] }],
        },
        { name: "parse", url: `${PACKAGES}/bullmq/node_modules/@scope/inner/index.js`, us: [9] },
      ],
    },
    { name: "poll", url: `${ROOT}/bench/floor/worker.ts`, us: [60] },
    // The same function, called by another.
    {
      name: "processTicks",
      url: "node:internal",
      us: [2],
      calls: [{ name: "writev", url: "node:net", us: [11] }],
    },
  ],
};

test("self times by package -> Node's work counts for its caller, V8's for itself, and idle time for nobody", () => {
  expect(Object.fromEntries(packageTimes(profileOf(PROFILE)))).toEqual({
    "(garbage collector)": 7,
    ours: 123,
    ioredis: 45,
    "@scope/inner": 9,
    "the floor": 60,
    "Node: processTicks": 13,
  });
});

test("self times by function -> summed over all callers, each with its place", () => {
  expect(Object.fromEntries(functionTimes(profileOf(PROFILE)))).toEqual({
    "(garbage collector)": 7,
    "submitJob  src/worker/submit.ts:42": 120,
    stringify: 3,
    "(anonymous)  ioredis/built/Redis.js:1": 40,
    "writev  node:net:1": 16,
    "parse  @scope/inner/index.js:1": 9,
    "poll  bench/floor/worker.ts:1": 60,
    "processTicks  node:internal:1": 2,
  });
});

/** As V8 writes it: a list of nodes that name their children. */
function profileOf(root: Call): CpuProfile {
  const profile: CpuProfile = { nodes: [], samples: [], timeDeltas: [] };
  let last = 0;
  const add = ({ name, url = "", line = 0, us = [], calls = [] }: Call): number => {
    const id = ++last;
    const node = { id, children: [0], callFrame: { functionName: name, url, lineNumber: line } };
    profile.nodes.push(node);
    for (const delta of us) {
      profile.samples.push(id);
      profile.timeDeltas.push(delta);
    }
    node.children = calls.map(add);
    return id;
  };
  add(root);
  return profile;
}
