import type { Evidence } from "../evidence.ts";

/** What a run must keep to. Each broken one is named with what broke it. */
export const invariants = {
  accepted: "every request is answered, one key makes one job, and every job that was accepted is there",
  ended: "every job ends in one terminal status, or rests unconfirmed with a cause",
  history: "every history obeys the table of transitions, and its versions rise",
  "paid once": "no job is paid for more often than somebody asked for",
  "no task forgotten": "every task that Novita sold is known to its job, or known to be unknown",
  told: "every end, and every unconfirmed rest, is received at least once at every address, signed, by one id with one body",
  feed: "every event is in its tenant's feed once, as webhooks carry it, and in one order for everybody",
  "retry-after": "no delivery comes before its Retry-After",
  cap: "never more than MAX_IN_FLIGHT tasks run at Novita",
  leftovers: "nothing is left behind: no slot, entry, key, listener or connection",
  processes: "every process stops in order, and holds no more at the end than early on",
} as const;

export type Invariant = keyof typeof invariants;
export type Finding = { invariant: Invariant; says: string };
export type Rule = (evidence: Evidence) => Finding[];

/** Makes findings of one invariant. */
export const finder =
  (invariant: Invariant) =>
  (says: string): Finding => ({ invariant, says });
