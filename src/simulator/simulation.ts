import { randomBytes } from "node:crypto";
import { ArmedFaults } from "./armed.ts";
import { readVideo } from "./files.ts";
import { drawGenerationMs } from "./generation.ts";
import { Ledger } from "./ledger.ts";
import { Limits } from "./limits.ts";
import type { Order } from "./order.ts";
import { seededRandom } from "./random.ts";
import { changeSettings, defaultSettings, type Settings } from "./settings.ts";

export interface SimulationOptions {
  settings?: Partial<Settings>;
  /** The same seed and the same order of requests give the same times and the same dice. */
  seed?: number;
  /** Epoch milliseconds. Late and slow answers run on real time all the same. */
  clock?: () => number;
}

/** All that the routes share. `reset` starts over in place, so that references to the parts stay good. */
export class Simulation {
  readonly clock: () => number;
  readonly ledger = new Ledger();
  readonly limits = new Limits();
  readonly armed = new ArmedFaults(() => this.#dice());
  readonly signingKey = randomBytes(32);
  readonly video = readVideo();
  settings: Settings;
  readonly #initial: Settings;
  readonly #seed: number;
  #dice: () => number;
  #times: () => number;

  constructor({ settings = {}, seed = 1, clock = Date.now }: SimulationOptions) {
    this.clock = clock;
    this.#initial = changeSettings(defaultSettings, settings);
    this.settings = this.#initial;
    this.#seed = seed;
    this.#dice = seededRandom(seed);
    this.#times = seededRandom(seed + 1);
  }

  /** @throws ZodError for an unknown name or a value out of range; then nothing changes. */
  configure(change: object): void {
    this.settings = changeSettings(this.settings, change);
  }

  /** Draws how long this order takes, before the time scale. */
  drawGenerationMs(order: Order): number {
    return drawGenerationMs(order, this.settings.generationMs, this.#times);
  }

  reset(): void {
    this.settings = this.#initial;
    this.ledger.clear();
    this.limits.clear();
    this.armed.clear();
    this.#dice = seededRandom(this.#seed);
    this.#times = seededRandom(this.#seed + 1);
  }
}
