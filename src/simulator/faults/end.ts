import { freeText, milliseconds, type Argument, type Directive, type Fault } from "./fault.ts";

/** How a task's life goes and ends. A task has one; the argument and `times` belong to the end itself. */
export interface EndFault extends Fault {
  /** When it ends, after acceptance; by default after its generation time. */
  endsAfterMs?(generationMs: number, argument: string | undefined): number;
  /** The share of the work, 0..1, that is never passed while the task runs. */
  stopsAt?: number;
  end(given: EndGiven): Ending;
}

/** `look` counts the honest answers since the end, from 0; `times` null = every time. */
interface EndGiven {
  look: number;
  argument: string | undefined;
  times: number | null;
}

export type Ending =
  | { state: "succeeded"; video: "given" | "empty" | "blank" | "absent" }
  | { state: "failed"; reason: string }
  | { state: "lost" };

const USUAL_REASON = "The video could not be generated.";
const HUGE_REASON = "\u0000\u001b[31mboom\u001b[0m\r\n\u202e\u2028".repeat(5_000);

const withoutUrl: Argument = {
  means: "videos: empty, blank (an empty URL) or absent",
  example: "blank",
  pattern: /^(empty|blank|absent)$/,
};

const success: EndFault = {
  name: "succeed",
  does: "succeeds, as it does when nothing is ordered",
  end: succeed,
};

export const USUAL_END: Directive<EndFault> = { fault: success, argument: undefined, times: null };

export const endFaults: readonly EndFault[] = [
  success,
  {
    name: "late",
    does: "stays at 99 % for so much longer, then succeeds",
    argument: milliseconds,
    stopsAt: 0.99,
    endsAfterMs: (generationMs, argument = "60000") => generationMs + Number(argument),
    end: succeed,
  },
  {
    name: "failed",
    does: "fails; the argument is the reason",
    argument: freeText,
    end: ({ argument = USUAL_REASON }) => fail(argument),
  },
  {
    name: "failed-huge",
    does: "fails with an endless reason full of control characters",
    end: () => fail(HUGE_REASON),
  },
  {
    name: "failed-then-succeed",
    does: "fails on the first look after its end (x2: the first two), then succeeds",
    end: ({ look, times }) => (look < (times ?? 1) ? fail(USUAL_REASON) : succeed()),
  },
  {
    name: "no-url",
    does: "succeeds without a URL (x2: on two looks, then with one)",
    argument: withoutUrl,
    end: ({ look, times, argument }) => (look < (times ?? Infinity) ? succeedWithout(argument) : succeed()),
  },
  { name: "stuck", does: "runs for ever", stopsAt: 0.5, endsAfterMs: () => Infinity, end: succeed },
  { name: "stuck-queued", does: "waits for ever", stopsAt: 0, endsAfterMs: () => Infinity, end: succeed },
  {
    name: "lost",
    does: "is forgotten half way: 404 from then on",
    endsAfterMs: (generationMs) => generationMs / 2,
    end: () => ({ state: "lost" }),
  },
];

function succeed(): Ending {
  return { state: "succeeded", video: "given" };
}

function succeedWithout(argument = "empty"): Ending {
  return { state: "succeeded", video: argument === "blank" || argument === "absent" ? argument : "empty" };
}

function fail(reason: string): Ending {
  return { state: "failed", reason };
}
