import { delayed, dripped, html, json, send, truncated, type Answer } from "../answer.ts";
import { novitaError, refuse, taskNotFound } from "../refusals.ts";
import { ambiguousStatuses, errorAnswer } from "./errors.ts";
import { bodyKind, milliseconds, retryAfter, retryAfterHeader, type Fault } from "./fault.ts";

/** A fault of one look at a task; the task itself lives on untouched. */
export interface PollFault extends Fault {
  answer(given: PollGiven): Answer;
}

/** `normal` makes the honest answer, and counts as one that was given. */
interface PollGiven {
  normal: () => Answer;
  argument: string | undefined;
  look: number;
  now: number;
}

export const pollFaults: readonly PollFault[] = [
  { name: "404", does: "answers 404, as if the task were unknown", answer: taskNotFound },
  {
    name: "flap",
    does: "404 on every other look, the first included",
    answer: ({ look, normal }) => (look % 2 === 1 ? taskNotFound() : normal()),
  },
  {
    name: "429",
    does: "answers 429",
    argument: retryAfter,
    answer: ({ argument, now }) => refuse("RATE_LIMIT_EXCEEDED", undefined, retryAfterHeader(argument, now)),
  },
  ...[409, 425].map((status) => ({
    name: String(status),
    does: `answers ${status}`,
    answer: () => novitaError(status, "TRY_AGAIN", "try again"),
  })),
  ...ambiguousStatuses.map((status) => ({
    name: String(status),
    does: `answers ${status}`,
    argument: bodyKind,
    answer: ({ argument }: PollGiven) => errorAnswer(status, argument),
  })),
  { name: "401", does: "answers 401 FAILED_TO_AUTH", answer: () => refuse("FAILED_TO_AUTH") },
  { name: "403", does: "answers 403 INVALID_API_KEY", answer: () => refuse("INVALID_API_KEY") },
  {
    name: "redirect",
    does: "redirects to /sim/followed, which counts who comes, and whether with a key",
    answer: () => html(307, { location: "/sim/followed" }),
  },
  { name: "html", does: "answers 200 with HTML", answer: () => html(200) },
  { name: "empty", does: "answers 200 with nothing", answer: () => send(200, {}, "") },
  {
    name: "truncated",
    does: "answers 200 with half of the JSON",
    answer: ({ normal }) => truncated(normal()),
  },
  { name: "no-task", does: "answers 200 with {}", answer: () => json(200, {}) },
  { name: "drop", does: "the line is reset without an answer", answer: () => ({ kind: "drop" }) },
  { name: "hang", does: "no answer ever comes", answer: () => ({ kind: "hang" }) },
  {
    name: "late",
    does: "the right answer comes late",
    argument: milliseconds,
    answer: ({ normal, argument = "5000" }) => delayed(normal(), Number(argument)),
  },
  {
    name: "drip",
    does: "the right answer trickles out in twenty pieces; the argument is the gap between them",
    argument: milliseconds,
    answer: ({ normal, argument = "1000" }) => dripped(normal(), Number(argument)),
  },
];
