/** Goes through everything that can happen, one step after the other, nearest first, and each moment once. */
import { hashOf } from "./canonical.ts";
import { checkStep } from "./properties.ts";
import { runToRest } from "./fair.ts";
import { opening } from "./opening.ts";
import type { Scene } from "./scenes.ts";
import type { State } from "./state.ts";
import { stepsOf } from "./steps.ts";
import type { Step } from "./steps.ts";
import { take } from "./take.ts";
import type { World } from "./take.ts";
import { Violation } from "./violation.ts";
import { wordsOf } from "./words.ts";

export type Found = {
  scene: string;
  depth: number;
  /** Whether nothing new was left to be found. */
  isExhausted: boolean;
  states: number;
  transitions: number;
  deepestQueue: number;
  seconds: number;
  /** How many states were gone on from until everything had come to an end. */
  rests: number;
  violation: Fault | null;
};

/** Where a state was first come from. */
type Origin = { from: string | null; words: string };

type Place = { state: State; hash: string };

/** One in so many of the states found is gone on from until everything has come to an end. */
const RUN_TO_REST = 50;

export async function explore(world: World, scene: Scene): Promise<Found> {
  return new Exploration(world, scene).run();
}

class Exploration {
  readonly #world: World;
  readonly #scene: Scene;
  readonly #origins = new Map<string, Origin>();
  #transitions = 0;
  #rests = 0;

  constructor(world: World, scene: Scene) {
    this.#world = world;
    this.#scene = scene;
  }

  async run(): Promise<Found> {
    const startedAt = performance.now();
    const root = await opening(this.#world, this.#scene);
    const first: Place = { state: root, hash: hashOf(root) };
    this.#origins.set(first.hash, { from: null, words: "" });
    let places = [first];
    let [depth, deepestQueue] = [0, 1];
    let violation: Found["violation"] = null;
    try {
      for (; places.length > 0 && depth < this.#scene.depth; depth++) {
        places = await this.#expand(places);
        deepestQueue = Math.max(deepestQueue, places.length);
      }
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      violation = error;
    }
    const seconds = (performance.now() - startedAt) / 1000;
    const counts = { states: this.#origins.size, transitions: this.#transitions, rests: this.#rests };
    return {
      ...counts,
      scene: this.#scene.name,
      depth,
      isExhausted: places.length === 0,
      deepestQueue,
      seconds,
      violation,
    };
  }

  async #expand(places: Place[]): Promise<Place[]> {
    const next: Place[] = [];
    for (const place of places) {
      for (const step of stepsOf(place.state, this.#scene)) {
        const found = await this.#follow(place, step);
        if (found) next.push(found);
      }
    }
    return next;
  }

  /** null: it has been there before. */
  async #follow({ state, hash }: Place, step: Step): Promise<Place | null> {
    const words = wordsOf(state, step);
    const trace = traceTo(this.#origins, hash);
    try {
      this.#transitions++;
      const after = await take(this.#world, state, step);
      checkStep(state, after, this.#scene);
      const reached = hashOf(after);
      if (this.#origins.has(reached)) return null;
      this.#origins.set(reached, { from: hash, words });
      await this.#rest(after, [...trace(), words]);
      return { state: after, hash: reached };
    } catch (error) {
      if (error instanceof Fault) throw error;
      throw faultOf(error, [...trace(), words]);
    }
  }

  async #rest(state: State, trace: string[]): Promise<void> {
    if (this.#origins.size % RUN_TO_REST > 0) return;
    this.#rests++;
    const told: string[] = [];
    try {
      await runToRest(this.#world, state, this.#scene, (words) => told.push(words));
    } catch (error) {
      throw faultOf(error, [...trace, "from here on nothing goes wrong", ...told]);
    }
  }
}

/** A violation, and the way there. */
export class Fault extends Error {
  readonly property: string;
  readonly trace: string[];

  constructor(property: string, what: string, trace: string[]) {
    super(what);
    this.property = property;
    this.trace = trace;
  }
}

export function faultOf(error: unknown, trace: string[]): unknown {
  if (error instanceof Violation) return new Fault(error.property, error.message, trace);
  return new Error(["The model broke:", ...trace].join("\n"), { cause: error });
}

const traceTo = (origins: Map<string, Origin>, hash: string) => (): string[] => {
  const trace: string[] = [];
  for (let at = origins.get(hash); at?.from !== null && at !== undefined; at = origins.get(at.from))
    trace.unshift(at.words);
  return trace;
};
