/**
 * Beyond the depth of the exploration: long walks at random, by fast-check's commands. Each command takes one of the steps of
 * its kind that are possible just then; beside the real thing goes a plain account of what may have been paid for. A walk
 * that breaks a property is shrunk to the shortest that does, and told in words.
 */
import * as fc from "fast-check";

import { keysOf } from "../../src/shared/keys-of.ts";
import { faultOf } from "./explore.ts";
import { runToRest } from "./fair.ts";
import { opening } from "./opening.ts";
import { checkStep } from "./properties.ts";
import { anything } from "./scenes.ts";
import type { Scene, Settings } from "./scenes.ts";
import type { State } from "./state.ts";
import { stepsOf } from "./steps.ts";
import type { Step } from "./steps.ts";
import { take } from "./take.ts";
import type { World } from "./take.ts";
import { Violation } from "./violation.ts";
import { wordsOf } from "./words.ts";

/** The plain account: how many POSTs have left, and how many were wanted. */
type Account = { posts: number; wanted: number };

type Real = { world: World; scene: Scene; state: State; trace: string[]; steps: number };

/** The kinds of steps, and how much of a walk each is. */
const weights: Record<Step["do"], number> = {
  open: 12,
  start: 6,
  wait: 3,
  lose: 1,
  die: 1,
  crash: 1,
  failover: 1,
};

/** `which` picks among the steps of its kind that are possible then, or among all where there is none of its kind. */
class Take implements fc.AsyncCommand<Account, Real> {
  readonly #kind: Step["do"];
  readonly #which: number;

  constructor(kind: Step["do"], which: number) {
    this.#kind = kind;
    this.#which = which;
  }

  check(): boolean {
    return true;
  }

  async run(account: Account, real: Real): Promise<void> {
    const all = stepsOf(real.state, real.scene);
    const ofKind = all.filter((step) => step.do === this.#kind);
    const possible = ofKind.length > 0 ? ofKind : all;
    const step = possible[this.#which % Math.max(1, possible.length)];
    if (!step) return;
    real.trace.push(wordsOf(real.state, step));
    real.steps++;
    const after = await take(real.world, real.state, step);
    checkStep(real.state, after, real.scene);
    keepAccount(account, real.state, after);
    real.state = after;
  }

  toString(): string {
    return `${this.#kind} ${this.#which}`;
  }
}

/** A refusal that somebody has heard takes its POST back. */
function keepAccount(account: Account, before: State, after: State): void {
  account.wanted += after.asked - before.asked;
  account.posts += after.posts.length - before.posts.length;
  account.posts -= refused(after) - refused(before);
  if (account.posts <= account.wanted) return;
  throw new Violation("nothing is paid twice unasked", `${account.posts} POSTs, ${account.wanted} wanted.`);
}

const refused = ({ posts }: State): number =>
  posts.filter(({ isHeard, fate }) => isHeard && (fate === "refused" || fate === "deferred")).length;

const oneStep = fc.oneof(
  ...keysOf(weights).map((kind) => ({
    weight: weights[kind],
    arbitrary: fc.nat(50).map((which) => new Take(kind, which)),
  })),
);

const choices = fc.constantFrom<Settings["onUnconfirmed"]>("hold", "fail", "resubmit");

export type Walked = { walks: number; steps: number; longest: number; seconds: number };

/** Throws, with the shortest walk found in words, when a property does not hold. */
export async function walk(world: World, walks: number, seed: number): Promise<Walked> {
  const startedAt = performance.now();
  const walked = { walks: 0, steps: 0, longest: 0 };
  const property = fc.asyncProperty(
    choices,
    fc.commands([oneStep], WALK),
    async (onUnconfirmed, commands) => {
      const scene = { ...anything, onUnconfirmed };
      const real: Real = { world, scene, state: await opening(world, scene), trace: [], steps: 0 };
      const wanted = onUnconfirmed === "resubmit" ? 2 : 1;
      try {
        await fc.asyncModelRun(() => ({ model: { posts: 0, wanted }, real }), commands);
        await runToRest(world, real.state, scene, (words) => real.trace.push(words));
      } catch (error) {
        throw faultOf(error, [`on_unconfirmed: ${onUnconfirmed}`, ...real.trace]);
      }
      walked.walks++;
      walked.steps += real.steps;
      walked.longest = Math.max(walked.longest, real.steps);
    },
  );
  await fc.assert(property, { numRuns: walks, seed });
  return { ...walked, seconds: (performance.now() - startedAt) / 1000 };
}

const WALK = { maxCommands: 150, size: "max" } as const;
