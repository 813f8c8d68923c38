// The demo's command line.
import { parseArgs } from "node:util";

export type DemoOptions = {
  /** For scripts: it ends by itself. */
  isOnce: boolean;
  /** null: the usual story of a few jobs, told step by step. */
  jobs: number | null;
  hasFaults: boolean;
};

export type Arguments =
  | { as: "run"; options: DemoOptions }
  | { as: "help" }
  /** What is wrong, for the person who typed it. */
  | { as: "wrong"; problem: string };

const MOST_JOBS = 200;
const USUAL_JOBS = 20;

export const USAGE = `usage: npm run demo [-- options]

  (none)     one job from its POST to its verified webhook, then jobs that meet
             trouble; stays up until Ctrl-C
  --once     for scripts: ends with exit code 0 after the first verified webhook
  --jobs N   N jobs, 1 to ${MOST_JOBS}, watched in a table and audited at the end
  --faults   Novita and the receiver misbehave, workers and Redis are killed;
             ${USUAL_JOBS} jobs unless --jobs says otherwise
  --help     this text

With --once, --jobs and --faults end after the audit; jobs that nobody can know
about (unconfirmed) are then given up.

exit codes: 0 all went well, 1 it did not, 64 a wrong option, 130 --once was
stopped before its end`;

export function readArguments(args: string[]): Arguments {
  try {
    const { values } = parseArgs({
      args,
      options: {
        once: { type: "boolean", default: false },
        jobs: { type: "string" },
        faults: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    });
    if (values.help) return { as: "help" };
    const jobs = values.jobs === undefined ? null : readCount(values.jobs);
    if (Number.isNaN(jobs))
      return wrong(`--jobs takes a whole number from 1 to ${MOST_JOBS}, not "${values.jobs}"`);
    const { once: isOnce, faults: hasFaults } = values;
    return { as: "run", options: { isOnce, hasFaults, jobs: jobs ?? (hasFaults ? USUAL_JOBS : null) } };
  } catch (error) {
    return wrong(error instanceof Error ? firstSentence(error.message) : String(error));
  }
}

/** Why the real Novita gets none of this; null: it may. */
export function refuseOnNovita({ jobs, hasFaults }: DemoOptions): string | null {
  if (hasFaults) return "--faults needs the simulator, which misbehaves on request: unset NOVITA_API_KEY";
  if (jobs === null) return null;
  return `--jobs ${jobs} would buy ${jobs === 1 ? "a video" : `${jobs} videos`} from Novita, and the demo buys one at most: unset NOVITA_API_KEY, or leave --jobs out`;
}

/** NaN for anything but a count that is allowed. */
function readCount(text: string): number {
  const count = /^\d{1,3}$/.test(text) ? Number(text) : NaN;
  return count >= 1 && count <= MOST_JOBS ? count : NaN;
}

const wrong = (problem: string): Arguments => ({ as: "wrong", problem });

/** Node's own messages go on about what is of no use here. */
const firstSentence = (message: string): string => message.split(/[.\n]/)[0] ?? message;
