/** Who acts in one exploration, and how often what can go wrong does. */
import type { JobRequest } from "../../src/shared/job.ts";
import type { Stage } from "../../src/shared/queues.ts";
import type { Fate } from "./doors.ts";
import type { Chances } from "./state.ts";

export type Settings = { onUnconfirmed: JobRequest["onUnconfirmed"]; fates: readonly Fate[] };

export type Scene = Settings & {
  name: string;
  /** Whose wake-ups are taken; the others' are left lying. */
  stages: readonly Stage[];
  chances: Partial<Chances>;
  /** Where it begins: nothing has happened yet, the first POST is out, or its task is known. */
  from: "queued" | "posted" | "processing";
  /** Longest chain of steps that is followed from there. */
  depth: number;
  /** What there is to be found there; it changes when the machine does. */
  found: { states: number; transitions: number };
};

export const scenes: readonly Scene[] = [
  {
    name: "two workers, one of which dies",
    onUnconfirmed: "hold",
    fates: ["sold", "not sold, no answer", "deferred"],
    stages: ["submit"],
    from: "queued",
    chances: { crash: 1, wait: 2 },
    depth: 10,
    found: { states: 2520, transitions: 4619 },
  },
  {
    name: "a worker is frozen, and given up",
    onUnconfirmed: "hold",
    fates: ["sold", "deferred"],
    stages: ["submit"],
    from: "queued",
    chances: { again: 1, wait: 3 },
    depth: 10,
    found: { states: 6331, transitions: 11210 },
  },
  {
    name: "answers of Redis are lost",
    onUnconfirmed: "hold",
    fates: ["sold", "refused", "deferred"],
    stages: ["submit"],
    from: "queued",
    chances: { lost: 2, wait: 2 },
    depth: 10,
    found: { states: 3520, transitions: 5432 },
  },
  {
    name: "another Redis takes over",
    onUnconfirmed: "hold",
    fates: ["sold"],
    stages: ["submit"],
    from: "queued",
    chances: { failover: 1, unproven: 1, again: 1, cancel: 1, wait: 2 },
    depth: 8,
    found: { states: 14624, transitions: 24899 },
  },
  {
    name: "bought again by itself, and the first answer comes late",
    onUnconfirmed: "resubmit",
    fates: ["sold", "sold, no answer"],
    stages: ["submit"],
    from: "posted",
    chances: { wait: 2, crash: 1 },
    depth: 11,
    found: { states: 1876, transitions: 3618 },
  },
  {
    name: "callers decide while the answer is on its way",
    onUnconfirmed: "hold",
    fates: ["sold"],
    stages: ["submit"],
    from: "posted",
    chances: { cancel: 1, resubmit: 1, fail: 1, wait: 2 },
    depth: 10,
    found: { states: 5060, transitions: 7986 },
  },
  {
    name: "an operator attaches the task",
    onUnconfirmed: "hold",
    fates: ["sold"],
    stages: ["submit", "poll"],
    from: "posted",
    chances: { attach: 1, resubmit: 1, wait: 2 },
    depth: 11,
    found: { states: 2310, transitions: 3574 },
  },
  {
    name: "looks and deliveries, made twice and broken off",
    onUnconfirmed: "hold",
    fates: ["sold"],
    stages: ["poll", "deliver"],
    from: "processing",
    chances: { again: 1, crash: 1, badLook: 1, badSend: 1, wait: 2 },
    depth: 10,
    found: { states: 2328, transitions: 5776 },
  },
  {
    name: "canceled, expired and erased with a task under way",
    onUnconfirmed: "hold",
    fates: ["sold"],
    stages: ["poll", "deliver"],
    from: "processing",
    chances: { cancel: 1, erase: 1, badLook: 1, wait: 3 },
    depth: 8,
    found: { states: 7753, transitions: 11083 },
  },
];

/** All that can happen, for walks at random. */
export const anything: Scene = {
  name: "anything",
  onUnconfirmed: "hold",
  fates: ["sold", "sold, no answer", "not sold, no answer", "refused", "deferred"],
  stages: ["submit", "poll", "deliver"],
  from: "queued",
  chances: {
    crash: 5,
    lost: 5,
    again: 5,
    unproven: 2,
    failover: 2,
    wait: 60,
    cancel: 1,
    fail: 2,
    resubmit: 2,
    attach: 2,
    erase: 1,
    badLook: 6,
    badSend: 3,
  },
  depth: 0,
  found: { states: 0, transitions: 0 },
};

export const noChances: Chances = {
  crash: 0,
  lost: 0,
  again: 0,
  unproven: 0,
  failover: 0,
  wait: 0,
  cancel: 0,
  fail: 0,
  resubmit: 0,
  attach: 0,
  erase: 0,
  badLook: 0,
  badSend: 0,
};
