/**
 * The clock, the timers and the chance that the product's code sees while the model runs it. Nothing else is replaced, and
 * only for as long as a piece of the product runs: the model's own traffic with Redis goes by the real clock.
 */
import crypto from "node:crypto";
import { syncBuiltinESMExports } from "node:module";
import timers from "node:timers/promises";

/** What one run of a program sees. `seed`: the same one makes the same ids. */
export type Surroundings = {
  seed: string;
  setTimer: (act: () => void, ms: number) => number;
  clearTimer: (timer: number) => void;
};

type Inside = { now: number; surroundings: Surroundings; drawn: number };

export type Virtual = ReturnType<typeof installVirtual>;

/** To be called once a process, before any of the product's code runs. */
export function installVirtual() {
  const real = {
    dateNow: Date.now,
    setTimeout: globalThis.setTimeout,
    clearTimeout: globalThis.clearTimeout,
    setImmediate: globalThis.setImmediate,
  };
  let inside: Inside | null = null;
  const draw = (size: number): Buffer => {
    const { surroundings, drawn } = inside ?? { surroundings: { seed: "outside" }, drawn: 0 };
    if (inside) inside.drawn++;
    return crypto.createHash("sha512").update(`${surroundings.seed}/${drawn}`).digest().subarray(0, size);
  };
  replaceChance(draw, () => inside !== null);

  function replaceClocks(here: Inside): void {
    Date.now = () => here.now;
    setNow(() => here.now - EPOCH);
    const { setTimer, clearTimer } = here.surroundings;
    Object.assign(globalThis, {
      setTimeout: (act: () => void, ms = 0) => setTimer(act, ms),
      clearTimeout: (timer: number | undefined) => timer !== undefined && clearTimer(timer),
    });
  }

  const realSleep = timers.setTimeout;
  Object.assign(timers, {
    setTimeout: (ms = 0, value?: unknown, options = {}) => {
      const here = inside;
      if (!here) return realSleep(ms, value, options);
      return new Promise((resolve) => here.surroundings.setTimer(() => resolve(value), ms));
    },
  });
  syncBuiltinESMExports();

  function restoreClocks(): void {
    Date.now = real.dateNow;
    Reflect.deleteProperty(performance, "now");
    Object.assign(globalThis, { setTimeout: real.setTimeout, clearTimeout: real.clearTimeout });
  }

  /** Enters the surroundings of one run of a program. */
  function enter(surroundings: Surroundings, now: number): Visit {
    const here: Inside = { now, surroundings, drawn: 0 };
    return {
      /** Lets it go on at this moment until it waits for something that is not there yet. */
      async run(at, act) {
        here.now = at;
        inside = here;
        replaceClocks(here);
        try {
          act();
          await new Promise<void>((resolve) => real.setImmediate(resolve));
        } finally {
          inside = null;
          restoreClocks();
        }
      },
    };
  }

  return { enter };
}

export type Visit = { run: (at: number, act: () => void) => Promise<void> };

/** Where the monotonic clock begins; no process of the model is older than its job. */
const EPOCH = Date.UTC(2026, 0, 1);

function replaceChance(draw: (size: number) => Buffer, isInside: () => boolean): void {
  const { randomBytes, randomUUID } = crypto;
  Object.assign(crypto, {
    randomBytes: (size: number) => (isInside() ? draw(size) : randomBytes(size)),
    randomUUID: () => (isInside() ? asUuid(draw(16).toString("hex")) : randomUUID()),
  });
  syncBuiltinESMExports();
}

const asUuid = (hex: string): string => hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");

function setNow(now: () => number): void {
  Object.defineProperty(performance, "now", { value: now, configurable: true, writable: true });
}
