// Random stories of a job, told to the pure decisions; after each step every invariant is checked.
import * as fc from "fast-check";
import { expect, test } from "vitest";

import { transitions } from "../../src/shared/job.ts";
import { checkChange, checkMoney, checkReadable, checkState } from "../support/lifecycle-invariants.ts";
import { story, World } from "../support/lifecycle-world.ts";
import type { Story } from "../support/lifecycle-world.ts";

const RUNS = 10_000;
/** Any seed will do; this one is fixed so that what it reaches is reached each time. */
const SEED = 20_260_102;

/** Lives the story through. `broken`: the first invariant that did not hold; `moves`: what the job did. */
function live(told: Story, isHonest: boolean): { broken: unknown; moves: string[] } {
  const world = new World(told);
  const moves: string[] = [];
  try {
    for (const step of told.steps) {
      const before = world.job;
      const change = world.take(step);
      if (change) {
        checkChange(before, change, step, world.now);
        if (isHonest) checkMoney(world, change);
        if (change.transition) moves.push(`${before.status} ${change.transition}`);
      }
      checkState(world);
    }
    checkReadable(world);
    return { broken: null, moves };
  } catch (error) {
    return { broken: error, moves };
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
  const stories = fc.sample(story(true), { numRuns: RUNS, seed: SEED });
  const made = new Set(stories.flatMap((told) => live(told, true).moves));
  const wanted = Object.entries(transitions).flatMap(([name, { from }]) =>
    from.map((status) => `${status} ${name}`),
  );
  expect([...made].sort()).toEqual(wanted.sort());
});
