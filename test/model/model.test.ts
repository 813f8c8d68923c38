// The job's life with everyone who takes part in it, each interleaving of their steps up to a depth, on the real scripts.
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { canonical } from "./canonical.ts";
import { explore } from "./explore.ts";
import { nextOf, runToRest } from "./fair.ts";
import { openLaboratory } from "./laboratory.ts";
import type { Laboratory } from "./laboratory.ts";
import { opening } from "./opening.ts";
import { anything, scenes } from "./scenes.ts";
import { jobIn } from "./state.ts";
import { take } from "./take.ts";
import { walk } from "./walks.ts";

const WALKS = 200;
const SEED = 20_260_102;
/** A busy machine takes many times as long as an idle one. */
const LONGEST_MS = 600_000;

let laboratory: Laboratory;
beforeAll(async () => {
  laboratory = await openLaboratory();
});
afterAll(() => laboratory.close());

describe("every step that anybody can take, in every order", () => {
  test.each(scenes)(
    "$name, $depth steps deep -> every property holds, in as many states as ever",
    async (scene) => {
      const { violation, states, transitions } = await explore(laboratory.world, scene);
      expect(violation).toBeNull();
      expect({ states, transitions }).toEqual(scene.found);
    },
    LONGEST_MS,
  );

  test(
    `${WALKS} walks at random with everything that can go wrong -> every property holds, and all comes to an end`,
    async () => {
      const walked = await walk(laboratory.world, WALKS, SEED);
      expect(walked.walks).toBe(WALKS);
      expect(walked.longest).toBeGreaterThan(50);
    },
    LONGEST_MS,
  );
});

describe("the model itself", () => {
  test("a job to which nothing happens -> bought once, and its one event is delivered", async () => {
    const { world } = laboratory;
    const told: string[] = [];
    const scene = { ...anything, chances: {} };
    const rest = await runToRest(world, await opening(world, scene), scene, (words) => told.push(words));
    expect(jobIn(rest.image)).toMatchObject({ status: "succeeded", tasks: [{ id: "task-1" }] });
    expect(rest.posts).toMatchObject([{ fate: "sold", isHeard: true }]);
    expect(rest.received).toHaveLength(1);
    expect(told.join("\n")).toContain("submit A: the POST leaves (sold)");
  });

  test("the same steps are taken twice -> the same state, to the last letter", async () => {
    const { world } = laboratory;
    const scene = { ...anything, chances: {} };
    const texts = [];
    for (let round = 0; round < 2; round++) {
      let state = await opening(world, scene);
      for (let step = nextOf(state); step; step = nextOf(state)) state = await take(world, state, step);
      texts.push(canonical(state));
    }
    expect(texts[0]).toBe(texts[1]);
  });

  test("a step is taken -> the state before it is as it was, and can be gone on from again", async () => {
    const { world } = laboratory;
    const before = await opening(world, { ...anything, from: "posted" });
    const text = canonical(before);
    await runToRest(world, before, anything);
    expect(canonical(before)).toBe(text);
  });

  test(
    "the scripts do not compare versions -> found, and told from the first step on",
    async () => {
      const broken = await openLaboratory((text) =>
        text.replace(/if record\[1\] ~= version .*\n.*if write ~= .*\n/, ""),
      );
      try {
        const scene = { ...anything, name: "broken", chances: { cancel: 1 }, stages: ["submit"] as const };
        const { violation } = await explore(broken.world, {
          ...scene,
          from: "posted",
          depth: 6,
          fates: ["sold"],
        });
        expect(violation?.property).toBe("one write is one version");
        expect(violation?.trace).toHaveLength(4);
      } finally {
        await broken.close();
      }
    },
    LONGEST_MS,
  );
});
