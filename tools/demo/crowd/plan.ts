// Who meets what: the jobs of a run of many, each with what Novita and its receiver will do to it.

export type Plan = {
  /** From 1. */
  n: number;
  /** In a few words, for the table. */
  trouble: string;
  /** What Novita does to it, in the simulator's words. */
  orders: string;
  /** What its receiver answers, one webhook after the other; the last one for ever. */
  answers: string[];
  /** It asks to be bought again when nobody knows whether it was. */
  mayBuyTwice: boolean;
};

type Trouble = Pick<Plan, "trouble"> & Partial<Plan>;

const CALM: Trouble = { trouble: "none" };

/** A paid request whose answer is long on its way: time enough to kill the worker that waits for it. */
const LONG_ANSWER_MS = 1500;
const LONG_ANSWER: Trouble = {
  trouble: "answer comes slowly",
  orders: `[[sim:submit=accept-then-late:${LONG_ANSWER_MS}]]`,
};

/** Dealt out in this order, again and again; a small run gets the more telling ones. */
const TROUBLES: Trouble[] = [
  CALM,
  { trouble: "looks answered 500", orders: "[[sim:poll=500x2]]" },
  { trouble: "bought, answer lost", orders: "[[sim:submit=accept-then-dropx1]]" },
  LONG_ANSWER,
  { trouble: "webhook refused twice", answers: ["500", "503", "204"] },
  { trouble: "generation fails", orders: "[[sim:end=failed:out of memory]]" },
  { trouble: "429: too many requests", orders: "[[sim:submit=RATE_LIMIT_EXCEEDEDx1:1]]" },
  { trouble: "looks cut off", orders: "[[sim:poll=dropx2]]" },
  { trouble: "a look never answered", orders: "[[sim:poll=hangx1]]" },
  { trouble: "webhook cut off", answers: ["drop", "204"] },
  { trouble: "task unknown for a while", orders: "[[sim:poll=404x2]]" },
  { trouble: "cut off, may buy again", orders: "[[sim:submit=dropx1]]", mayBuyTwice: true },
  CALM,
  { trouble: "looks answered 429", orders: "[[sim:poll=429x2:1]]" },
  { trouble: "bought, answered 500", orders: "[[sim:submit=accept-then-500x1]]" },
  { trouble: "prompt refused", orders: "[[sim:submit=ILLEGAL_PROMPT]]" },
  { trouble: "slow looks", orders: "[[sim:poll=late:700]]" },
  { trouble: "webhook never answered", answers: ["hang", "204"] },
  { trouble: "broken JSON", orders: "[[sim:poll=truncatedx2]]" },
  { trouble: "task lost by Novita", orders: "[[sim:end=lost]]" },
];

export function planJobs(jobs: number, hasFaults: boolean): Plan[] {
  return Array.from({ length: jobs }, (_, index) => {
    const dealt = (hasFaults && TROUBLES[index % TROUBLES.length]) || CALM;
    return { n: index + 1, orders: "", answers: ["204"], mayBuyTwice: false, ...dealt };
  });
}

export const waitsLong = ({ orders }: Plan): boolean => orders === LONG_ANSWER.orders;

/** Whether the receiver's `nth` answer (from 0) takes the webhook. */
export function isTaken({ answers }: Plan, nth: number): boolean {
  return (answers[Math.min(nth, answers.length - 1)] ?? "204").startsWith("2");
}
