/**
 * The whole of a run, drawn from its seed: what is asked for, what goes wrong with it, and what is broken when. A pure
 * function, so the same seed and size give the same plan; what becomes of it is up to the machine.
 */
import { createHash } from "node:crypto";

import { seededRandom } from "../../src/simulator/random.ts";
import { sharesOf, type FaultKind } from "./kinds.ts";
import { calmReceiver, receiverPlans, troubleGroups, type ReceiverPlan, type Trouble } from "./troubles.ts";

export type Size = { seed: number; jobs: number; faults: number };

export type OnUnconfirmed = "hold" | "fail" | "resubmit";
/** What the operator, who can read Novita's books, does with it should it become unconfirmed. */
export type Decision = "leave" | "fail" | "resubmit" | "attach";
export type Reading = "wait" | "stream" | "stream-left";

export type JobPlan = {
  /** From 1; its mark in Novita's books, its reference, and its receiver's path. */
  n: number;
  /** When it is posted, in ms from the beginning. */
  at: number;
  tenant: 0 | 1;
  trouble: Trouble;
  genMs: number;
  receiver: ReceiverPlan;
  onUnconfirmed: OnUnconfirmed;
  decision: Decision;
  /** How many callers post it at once, with one Idempotency-Key. */
  posts: number;
  /** The caller hangs up after so many ms, and asks again; null: it waits for the answer. */
  hangsUpMs: number | null;
  /** How long after acceptance the caller cancels; null: never. */
  cancelMs: number | null;
  /** Buys again what ended without a video. */
  retries: boolean;
  /** Has it erased once it has ended. */
  erases: boolean;
  reads: Reading | null;
};

/** An address that gets the events of all of a tenant's jobs. Its receiver takes events in any order, so the answers fall where they may. */
export type EndpointPlan = { n: number; tenant: 0 | 1; receiver: ReceiverPlan };

export type Fault = {
  n: number;
  kind: FaultKind;
  /** In ms from the beginning. */
  at: number;
  forMs: number;
  /** Draws which process is hit, and how hard: 0 to 1. */
  target: number;
  size: number;
  /** What was held back on a silent way is lost with its connection; or else it arrives late. */
  loses: boolean;
};

export type Plan = Size & {
  appendfsync: "always" | "everysec";
  /** Within this time everything is posted and every fault begins. */
  spanMs: number;
  timeline: Fault[];
  work: JobPlan[];
  /** Made before the first job is posted. */
  endpoints: EndpointPlan[];
};

/** Below this a run would be over before its faults are. */
const SHORTEST_MS = 12_000;
const MS_PER_JOB = 125;
/** Nothing is broken until the first jobs are on their way. */
const FIRST_FAULT_MS = 1000;

export function planChaos(size: Size): Plan {
  const random = seededRandom(size.seed);
  const spanMs = Math.max(SHORTEST_MS, size.jobs * MS_PER_JOB);
  const appendfsync = random() < 0.5 ? "always" : "everysec";
  const timeline = planFaults(size, spanMs, random);
  const work = planJobs(size, spanMs, random);
  return { ...size, appendfsync, spanMs, timeline, work, endpoints: planEndpoints(work, random) };
}

/** Tells plans apart, and is the same wherever the plan is drawn. */
export const hashOf = (plan: Plan): string =>
  createHash("sha256").update(JSON.stringify(plan)).digest("hex").slice(0, 16);

type Random = () => number;

function planFaults({ faults }: Size, spanMs: number, random: Random): Fault[] {
  const kinds = [...sharesOf(faults)].flatMap(([kind, count]) => Array.from({ length: count }, () => kind));
  const gapMs = (spanMs - FIRST_FAULT_MS) / Math.max(1, faults);
  return shuffle(kinds, random).map((kind, index) => ({
    n: index + 1,
    kind,
    at: Math.round(FIRST_FAULT_MS + (index + random()) * gapMs),
    forMs: kind === "freeze-long" ? between(random, 32_000, 40_000) : between(random, 300, 2500),
    target: random(),
    size: random(),
    loses: random() < 0.5,
  }));
}

function planJobs({ jobs }: Size, spanMs: number, random: Random): JobPlan[] {
  const deal = dealer(random);
  return Array.from({ length: jobs }, (_, index) => {
    const trouble = deal.trouble();
    return {
      n: index + 1,
      at: Math.round((index + random()) * ((spanMs - FIRST_FAULT_MS) / jobs)),
      tenant: random() < 0.7 ? 0 : 1,
      trouble,
      genMs: trouble.genMs ?? between(random, 300, 2000),
      receiver: deal.receiver(),
      onUnconfirmed: pick(random, ["hold", "hold", "hold", "hold", "fail", "resubmit"]),
      decision: pick(random, ["leave", "fail", "resubmit", "attach", "attach"]),
      posts: random() < 0.2 ? between(random, 2, 3) : 1,
      hangsUpMs: random() < 0.1 ? between(random, 1, 30) : null,
      cancelMs: random() < 0.06 ? between(random, 0, 2000) : null,
      retries: random() < 0.3,
      erases: random() < 0.04,
      reads: random() < 0.15 ? pick(random, ["wait", "stream", "stream-left"]) : null,
    };
  });
}

/** The smaller tenant has endpoints, one well and one troubled; the other has none, and must not be told of any. */
const TENANT_WITH_ENDPOINTS = 1;
/** The answers stand in the address, whose length has a limit. */
const MOST_ANSWERS = 150;

/** The troubled one fails about a third of what comes first, and gets well when its answers have run out. */
function planEndpoints(work: readonly JobPlan[], random: Random): EndpointPlan[] {
  const jobs = work.filter(({ tenant }) => tenant === TENANT_WITH_ENDPOINTS).length;
  const troubled = Array.from({ length: Math.min(jobs, MOST_ANSWERS) }, () =>
    random() < 0.35 ? pick(random, ["500", "404", "429", "503", "302", "drop", "hang"]) : "204",
  );
  const receivers = [calmReceiver, { name: "endpoint", answers: [...troubled, "204"], retryAfterS: 2 }];
  return receivers.map((receiver, index) => ({ n: index + 1, tenant: TENANT_WITH_ENDPOINTS, receiver }));
}

/** Each group of troubles is dealt out in turn, from a place of the seed's choice. */
function dealer(random: Random) {
  const nextOf = new Map(troubleGroups.map((group) => [group, Math.floor(random() * group.troubles.length)]));
  let nextReceiver = Math.floor(random() * receiverPlans.length);
  return {
    trouble(): Trouble {
      let place = random() * 100;
      const group = troubleGroups.find(({ share }) => (place -= share) < 0);
      const next = group && (nextOf.get(group) ?? 0);
      if (!group || next === undefined) return { name: "none", orders: "" };
      nextOf.set(group, next + 1);
      return itemAt(group.troubles, next);
    },
    receiver: () => (random() < 0.5 ? calmReceiver : itemAt(receiverPlans, nextReceiver++)),
  };
}

const between = (random: Random, from: number, to: number): number =>
  Math.floor(from + random() * (to - from + 1));

function pick<T>(random: Random, items: readonly T[]): T {
  return itemAt(items, Math.floor(random() * items.length));
}

/** Round and round; the lists of this file are never empty. */
function itemAt<T>(items: readonly T[], index: number): T {
  const [first, ...rest] = items;
  if (first === undefined) throw new Error("there is nothing to choose from");
  return [first, ...rest][index % items.length] ?? first;
}

function shuffle<T>(items: readonly T[], random: Random): T[] {
  return items
    .map((item) => ({ item, place: random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item);
}
