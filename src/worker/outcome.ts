/**
 * How a stage's step ended, as a value; one place (`stages.ts`) turns it into BullMQ's verbs. A snooze is not a retry:
 * it spends no attempt.
 */
export type Outcome =
  /** The step is done; the entry may go. */
  | { as: "done" }
  /** The record is gone or has moved on: there is nothing to do. */
  | { as: "discard" }
  /** Come back later. */
  | { as: "snooze"; ms: number }
  /** An attempt has failed; come back later for the next. */
  | { as: "retry"; ms: number }
  /** Nobody can get on with this stage just now: the whole queue dozes. */
  | { as: "doze"; ms: number };

/** An entry that comes so little early has come in time: clocks differ by some milliseconds. */
export const EARLY_MS = 50;

export const done: Outcome = { as: "done" };
export const discard: Outcome = { as: "discard" };
export const snooze = (ms: number): Outcome => ({ as: "snooze", ms });
export const retry = (ms: number): Outcome => ({ as: "retry", ms });
export const doze = (ms: number): Outcome => ({ as: "doze", ms });
