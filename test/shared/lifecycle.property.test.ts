// Random stories of a job, told to the pure decisions; after each step every invariant is checked.
import * as fc from "fast-check";
import { expect, test } from "vitest";

import { transitions } from "../../src/shared/job.ts";
import {
  checkBudget,
  checkChange,
  checkMoney,
  checkReadable,
  checkState,
} from "../support/lifecycle-invariants.ts";
import { story } from "../support/lifecycle-story.ts";
import { World } from "../support/lifecycle-world.ts";
import type { Story } from "../support/lifecycle-world.ts";

const RUNS = 10_000;
/** Any seed will do; this one is fixed so that what it reaches is reached each time. */
const SEED = 20_260_102;

type Life = { broken: unknown; moves: string[]; facts: string[] };

/** Lives the story through. `broken`: the first invariant that did not hold; `moves` and `facts`: what the job did. */
function live(told: Story, isHonest: boolean): Life {
  const world = new World(told);
  const moves: string[] = [];
  const facts: string[] = [];
  try {
    for (const step of told.steps) {
      const before = world.job;
      const change = world.take(step);
      if (change) {
        checkChange(before, change, step, world.now);
        if (isHonest) checkMoney(world, change);
        if (change.transition) moves.push(`${before.status} ${change.transition}`);
        if (change.fact) facts.push(change.fact.kind);
      }
      checkState(world);
      checkBudget(world);
    }
    checkReadable(world);
    return { broken: null, moves, facts };
  } catch (error) {
    return { broken: error, moves, facts };
  }
}

test("any story with an honest Novita -> every invariant of the record and of the money holds", () => {
  const property = fc.property(story(true), (told) => {
    expect(live(told, true).broken).toBeNull();
  });
  fc.assert(property, { numRuns: RUNS });
});

test("any story in which Novita contradicts itself -> every invariant of the record holds", () => {
  const property = fc.property(story(false), (told) => {
    expect(live(told, false).broken).toBeNull();
  });
  fc.assert(property, { numRuns: RUNS });
});

test("ten thousand stories -> every move of the table is made, so none of it goes unchecked", () => {
  const lives = fc.sample(story(true), { numRuns: RUNS, seed: SEED }).map((told) => live(told, true));
  const made = new Set(lives.flatMap(({ moves }) => moves));
  const wanted = Object.entries(transitions).flatMap(([name, { from }]) =>
    from.map((status) => `${status} ${name}`),
  );
  expect([...made].sort()).toEqual(wanted.sort());
  // And what no move stands for: a video comes for a job that has been erased; a video's link is refreshed.
  const facts = new Set(lives.flatMap((life) => life.facts));
  expect([...facts]).toEqual(expect.arrayContaining(["video_discarded", "video_refreshed"]));
});
