import { delayed, html, json, send, truncated, type Answer } from "../answer.ts";
import { novitaError, refusals, refuse } from "../refusals.ts";
import { ambiguousStatuses, errorAnswer } from "./errors.ts";
import { bodyKind, milliseconds, retryAfter, retryAfterHeader, type Argument, type Fault } from "./fault.ts";

/** A fault of the POST that buys. `accepts`: whether a task was bought, whatever the answer says. */
export interface SubmitFault extends Fault {
  accepts: boolean;
  answer(given: SubmitGiven): Answer;
}

/** `taskId` is a made-up one when nothing was accepted. */
interface SubmitGiven {
  taskId: string;
  argument: string | undefined;
  now: number;
}

type Ambiguous = Omit<SubmitFault, "accepts">;

const redirectStatus: Argument = { means: "the status", example: "302", pattern: /^30[12378]$/ };
const clientStatus: Argument = { means: "the status", example: "418", pattern: /^4\d\d$/ };

/** Each comes in two kinds, told apart by the ledger only: nothing accepted, and accept-then-…. */
const ambiguous: Ambiguous[] = [
  { name: "drop", does: "the line is reset without an answer", answer: () => ({ kind: "drop" }) },
  { name: "hang", does: "no answer ever comes", answer: () => ({ kind: "hang" }) },
  ...ambiguousStatuses.map((status) => ({
    name: String(status),
    does: `answers ${status}`,
    argument: bodyKind,
    answer: ({ argument }: SubmitGiven) => errorAnswer(status, argument),
  })),
  { name: "empty", does: "answers 200 with nothing", answer: () => send(200, {}, "") },
  {
    name: "truncated",
    does: "answers 200 with half of the JSON",
    answer: ({ taskId }) => truncated(accepted(taskId)),
  },
  { name: "html", does: "answers 200 with HTML", answer: () => html(200) },
  { name: "no-task-id", does: "answers 200 without a task_id", answer: () => json(200, {}) },
  {
    name: "code",
    does: "answers 200 with code != 0 and no task_id",
    answer: () => json(200, { code: -1, msg: "internal error", data: null }),
  },
];

const clear: SubmitFault[] = [
  ...Object.entries(refusals).map(([reason, refusal]) => refusalFault(reason, refusal)),
  {
    name: "novita-4xx",
    does: "refused with a reason that nobody has seen before",
    argument: clientStatus,
    accepts: false,
    answer: ({ argument = "422" }) => novitaError(Number(argument), "BRAND_NEW_REASON", "no such luck"),
  },
  {
    name: "proxy-4xx",
    does: "refused by a proxy's page, without a Novita body",
    argument: clientStatus,
    accepts: false,
    answer: ({ argument = "403" }) => html(Number(argument)),
  },
  {
    name: "redirect",
    does: "redirects to /sim/followed, which counts who comes, and whether with a key",
    argument: redirectStatus,
    accepts: false,
    answer: ({ argument = "307" }) => html(Number(argument), { location: "/sim/followed" }),
  },
  {
    name: "late-refusal",
    does: "refused as RATE_LIMIT_EXCEEDED, so late that the caller may have gone",
    argument: milliseconds,
    accepts: false,
    answer: ({ argument = "5000" }) => delayed(refuse("RATE_LIMIT_EXCEEDED"), Number(argument)),
  },
  {
    name: "accept-then-late",
    does: "accepted; the right answer comes late",
    argument: milliseconds,
    accepts: true,
    answer: ({ taskId, argument = "5000" }) => delayed(accepted(taskId), Number(argument)),
  },
  {
    name: "old-envelope",
    does: "accepted; answers {code:0,msg,data:{task_id}}",
    accepts: true,
    answer: ({ taskId }) => json(200, { code: 0, msg: "", data: { task_id: taskId } }),
  },
];

export const submitFaults: readonly SubmitFault[] = [
  ...clear,
  ...ambiguous.map((fault) => ({ ...fault, accepts: false, does: `nothing accepted; ${fault.does}` })),
  ...ambiguous.map((fault) => ({
    ...fault,
    accepts: true,
    name: `accept-then-${fault.name}`,
    does: `accepted; ${fault.does}`,
  })),
];

export function accepted(taskId: string): Answer {
  return json(200, { task_id: taskId });
}

function refusalFault(reason: string, { status, message }: { status: number; message: string }): SubmitFault {
  const fault = {
    name: reason,
    does: `refused with ${status} ${reason}`,
    accepts: false,
    answer: ({ argument, now }: SubmitGiven) =>
      novitaError(status, reason, message, retryAfterHeader(argument, now)),
  };
  return status === 429 || status === 503 ? { ...fault, argument: retryAfter } : fault;
}
