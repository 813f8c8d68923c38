/** The command's words. */
import { parseArgs } from "node:util";

import type { Size } from "./plan.ts";

export type Wanted = Size & { planOnly: boolean };

const usual = { seed: 1, jobs: 60, faults: 34 };
const long = { jobs: 10_000, faults: 500 };

export const usage = `npm run chaos -- [--seed N] [--jobs N] [--faults N] [--long] [--plan]
  --seed N     what everything is drawn from (${usual.seed})
  --jobs N     how many jobs (${usual.jobs})
  --faults N   how many faults beside those that the jobs bring with them (${usual.faults})
  --long       ${long.jobs} jobs and ${long.faults} faults, about half an hour
  --plan       prints what would be done, and does nothing`;

/** @throws Error that says which word is wrong */
export function readArguments(args: string[]): Wanted {
  const { values } = parseArgs({
    args,
    options: {
      seed: { type: "string" },
      jobs: { type: "string" },
      faults: { type: "string" },
      long: { type: "boolean", default: false },
      plan: { type: "boolean", default: false },
    },
  });
  const size = values.long ? { ...usual, ...long } : usual;
  return {
    seed: readNumber("seed", values.seed, size.seed, 0),
    jobs: readNumber("jobs", values.jobs, size.jobs, 1),
    faults: readNumber("faults", values.faults, size.faults, 0),
    planOnly: values.plan,
  };
}

const LARGEST = 1_000_000;

function readNumber(name: string, text: string | undefined, usually: number, least: number): number {
  if (text === undefined) return usually;
  const number = Number(text);
  if (Number.isInteger(number) && number >= least && number <= LARGEST) return number;
  throw new Error(`--${name} must be a whole number from ${least} to ${LARGEST}, not ${text}`);
}
