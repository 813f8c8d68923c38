/**
 * The hand-overs of a job's road: each write to Redis and each request of submit, poll, settle, deliver and rescue, and
 * what must come of the job when its worker stops just before or just after it. It all follows from one rule: a purchase
 * that may have been made is never made again unasked.
 */
import type { JobBody } from "./caller.ts";
import type { Place, Stop } from "./victim.ts";
import {
  deliveryBecomes,
  entryDelayed,
  entryDone,
  firstLook,
  goodLook,
  proof,
  roadReport,
  transition,
  wakeUp,
} from "./writes.ts";

/** What becomes of a job: `tasks` are those that were paid for, `events` in the order in which they first came. */
export type Ends = { status: string; tasks: number; events: string[] };

export type HandOver = {
  name: string;
  at: Place;
  /** What others make of the job when its worker has stopped there, before or after. */
  before: Ends;
  after: Ends;
  /** What the worker makes of that when it comes back; absent: nothing new. */
  comesBack?: { before?: Ends; after?: Ends };
  /** How many of its requests that buy are refused. */
  refusals?: number;
  /** Where another worker is killed before, which makes this one the one that comes to the rescue. */
  first?: Stop;
  /** Markers for the simulator. */
  orders?: string;
  /** The receiver's answers, in order. */
  answers?: string;
  onUnconfirmed?: "hold" | "fail" | "resubmit";
};

const bought = { status: "succeeded", tasks: 1, events: ["job.succeeded"] };
/** Nobody knows whether it was bought, and it was not. */
const unsent = { status: "unconfirmed", tasks: 0, events: ["job.unconfirmed"] };
/** Nobody knows whether it was bought, and it was. */
const unseen = { status: "unconfirmed", tasks: 1, events: ["job.unconfirmed"] };
const refused = { status: "failed", tasks: 0, events: ["job.failed"] };
/** It was given up, and then its worker came back: with the task, or with the proof that there is none. */
const boughtLate = { status: "succeeded", tasks: 1, events: ["job.unconfirmed", "job.succeeded"] };
const refusedLate = { status: "failed", tasks: 0, events: ["job.unconfirmed", "job.failed"] };

const refusal = "[[sim:submit=ILLEGAL_PROMPT]]";
const wait = "[[sim:submit=RATE_LIMIT_EXCEEDEDx1:1]]";
const failure = "[[sim:end=failed]]";
/** Still running at its first look, however late that comes. */
const slow = "[[sim:gen=8000]]";

export const handOvers: HandOver[] = [
  // Submit.
  {
    name: "begin is written",
    at: { write: transition("begin") },
    before: bought,
    after: unsent,
    comesBack: { after: boughtLate },
  },
  {
    name: "begin is written, on_unconfirmed: fail",
    at: { write: transition("begin") },
    onUnconfirmed: "fail",
    before: bought,
    after: refused,
  },
  {
    name: "begin is written, on_unconfirmed: resubmit",
    at: { write: transition("begin") },
    onUnconfirmed: "resubmit",
    before: bought,
    after: bought,
  },
  {
    name: "begin is proved",
    at: { write: proof },
    before: unsent,
    after: unsent,
    comesBack: { before: boughtLate, after: boughtLate },
  },
  {
    name: "Novita takes the POST",
    at: { novita: "POST" },
    before: unsent,
    after: unseen,
    comesBack: { before: boughtLate, after: boughtLate },
  },
  {
    name: "accept is written",
    at: { write: transition("accept") },
    before: unseen,
    after: bought,
    comesBack: { before: boughtLate },
  },
  { name: "the poll entry is added", at: { write: wakeUp("poll") }, before: bought, after: bought },
  { name: "the breaker hears of it", at: { write: roadReport("closed") }, before: bought, after: bought },
  { name: "the submit entry is done", at: { write: entryDone("submit") }, before: bought, after: bought },
  {
    name: "a refusal is written",
    at: { write: transition("fail") },
    orders: refusal,
    before: unsent,
    after: refused,
    comesBack: { before: refusedLate },
    refusals: 1,
  },
  {
    name: "a hand-back is written",
    at: { write: transition("handBack") },
    orders: wait,
    before: unsent,
    after: bought,
    comesBack: { before: boughtLate },
    refusals: 1,
  },
  {
    name: "all are told to wait",
    at: { write: roadReport("wait") },
    orders: wait,
    before: bought,
    after: bought,
    refusals: 1,
  },
  // Poll.
  { name: "Novita takes a look", at: { novita: "GET" }, before: bought, after: bought },
  { name: "a look is written", at: { write: firstLook }, orders: slow, before: bought, after: bought },
  { name: "a good look is noted", at: { write: goodLook }, before: bought, after: bought },
  {
    name: "the poll entry is put off",
    at: { write: entryDelayed("poll") },
    orders: slow,
    before: bought,
    after: bought,
  },
  // Settle.
  { name: "success is written", at: { write: transition("succeed") }, before: bought, after: bought },
  {
    name: "a failed task is written",
    at: { write: transition("fail") },
    orders: failure,
    before: { status: "failed", tasks: 1, events: ["job.failed"] },
    after: { status: "failed", tasks: 1, events: ["job.failed"] },
  },
  { name: "the deliver entry is added", at: { write: wakeUp("deliver") }, before: bought, after: bought },
  { name: "the poll entry is done", at: { write: entryDone("poll") }, before: bought, after: bought },
  // Deliver.
  {
    name: "delivering is written",
    at: { write: deliveryBecomes("delivering") },
    before: bought,
    after: bought,
  },
  { name: "the receiver takes the event", at: { receiver: true }, before: bought, after: bought },
  {
    name: "delivered is written",
    at: { write: deliveryBecomes("delivered") },
    before: bought,
    after: bought,
  },
  {
    name: "retrying is written",
    at: { write: deliveryBecomes("retrying") },
    answers: "500,204",
    before: bought,
    after: bought,
  },
  {
    name: "the deliver entry is put off",
    at: { write: entryDelayed("deliver") },
    answers: "500,204",
    before: bought,
    after: bought,
  },
  { name: "the deliver entry is done", at: { write: entryDone("deliver") }, before: bought, after: bought },
  // Rescue: the victim is the one that came to help.
  {
    name: "rescue gives a lost submission up",
    first: { when: "after", at: { write: transition("begin") } },
    at: { write: transition("lose") },
    before: unsent,
    after: unsent,
  },
  {
    name: "rescue wakes a lost look",
    first: { when: "after", at: { write: transition("accept") } },
    at: { write: wakeUp("poll") },
    before: bought,
    after: bought,
  },
  {
    name: "rescue wakes a lost delivery",
    first: { when: "after", at: { write: transition("succeed") } },
    at: { write: wakeUp("deliver") },
    before: bought,
    after: bought,
  },
];

/** A job that comes by the hand-over; `prefix` is its mark and its path at the receiver. */
export function jobOf(
  prefix: string,
  { orders = "", answers, onUnconfirmed = "hold" }: Partial<HandOver>,
  receiverUrl: string,
): JobBody {
  return {
    input: { prompt: `[[job:${prefix}]] [[sim:gen=1000]] ${orders}` },
    webhook: { url: `${receiverUrl}/${prefix}${answers === undefined ? "" : `?answer=${answers}`}` },
    on_unconfirmed: onUnconfirmed,
  };
}
