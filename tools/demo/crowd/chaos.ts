// What a machine room may do in the middle of a run: it kills the worker, Redis, and the worker again, each with SIGKILL.
import { setTimeout as delay } from "node:timers/promises";
import type { Simulator } from "../../../src/simulator/simulator.ts";
import type { Installation } from "../installation.ts";
import { type Plan, waitsLong } from "./plan.ts";

export type Casualties = { workers: number; redis: number };

export type Chaos = {
  simulator: Simulator;
  plans: Plan[];
  /** How many jobs have been accepted. */
  accepted: () => number;
  /** Nothing is left to be disturbed. */
  isOver: () => boolean;
  tell: (who: string, what: string, detail: string) => void;
  casualties: Casualties;
  signal: AbortSignal;
};

const LOOK_MS = 20;

/** Resolves when all has been done, or there is nothing left to disturb. */
export async function wreak({ replaceWorker, crashRedis }: Installation, chaos: Chaos): Promise<void> {
  const { simulator, plans, accepted, casualties, tell } = chaos;
  const inFlight = () => simulator.ledger.inFlight(Date.now());
  const hasPassed = (share: number) => accepted() >= Math.ceil(plans.length * share);

  const killWorker = async (when: string) => {
    tell("worker", "killed", when);
    casualties.workers += 1;
    await replaceWorker();
    tell("worker", "replaced", "another one is at work");
  };

  const slow = plans.find(waitsLong);
  const isBuying = () =>
    slow ? simulator.ledger.tasksOf(String(slow.n)).length > 0 : hasPassed(0.3) && inFlight() > 0;
  if (!(await comes(isBuying, chaos))) return;
  await killWorker(slow ? `while it buys job ${slow.n}: sold, and no answer yet` : "in mid-flight");

  if (crashRedis) {
    if (!(await comes(() => hasPassed(0.5) && inFlight() > 0, chaos))) return;
    tell("redis", "killed", "the API answers 503 meanwhile");
    casualties.redis += 1;
    await crashRedis();
    tell("redis", "back", "with what it had written to its disk");
  }

  if (!(await comes(() => hasPassed(0.75) && inFlight() > 0, chaos))) return;
  await killWorker(`with ${inFlight()} tasks at Novita`);
}

/** False when it can come no more. */
async function comes(moment: () => boolean, { isOver, signal }: Chaos): Promise<boolean> {
  while (!moment()) {
    if (isOver()) return false;
    await delay(LOOK_MS, undefined, { signal });
  }
  return true;
}
