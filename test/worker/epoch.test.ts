// What a worker concludes from what Redis says and from what the worker itself was told.
import { describe, expect, test } from "vitest";

import { judge, WITNESS_LIFE_MS } from "../../src/worker/epoch.ts";
import type { Judgement, Memory, Sighting } from "../../src/worker/epoch.ts";

const NOON = 1_800_000_000_000;
const GAP_MS = 60_000;

const memory: Memory = { epoch: "e1", witness: "w", run: "r1", begun: 7, beats: 100, beatAt: NOON };
const epoch = { id: "e1", after: null, at: NOON, run: "r1" };
const seen: Sighting = {
  isKnown: false,
  now: NOON,
  run: "r1",
  epoch,
  witness: { begun: 7, beats: 100 },
  jobs: 3,
  buyable: 1,
};

const joins: Judgement = { as: "joins" };
const remembers: Judgement = { as: "remembers" };
const wiped: Judgement = { as: "forgot", what: "wiped", mustPause: true };
const wentBack: Judgement = { as: "forgot", what: "went_back", mustPause: true };
const lostBeats: Judgement = { as: "forgot", what: "went_back", mustPause: false };
const restored: Judgement = { as: "forgot", what: "restored", mustPause: true };

describe("a worker that lives", () => {
  const later = (witness: Sighting["witness"], others: Partial<Sighting> = {}) =>
    judge(memory, { ...seen, witness, ...others }, GAP_MS, NOON + 1000);

  test.each<[string, Partial<Sighting>]>([
    ["nothing is new", {}],
    ["Redis was restarted, or another server took over", { run: "r2" }],
    ["the same, hours after the last beat", { run: "r2", now: NOON + 8 * 3_600_000 }],
    ["another worker has begun a new epoch", { epoch: { ...epoch, id: "e2", after: "e1" } }],
    ["the epoch alone is gone", { epoch: null }],
  ])("its witness says all that it was told, and %s -> the server remembers", (_name, others) => {
    expect(later(seen.witness, others)).toEqual(remembers);
  });

  test("its witness says more, since an answer was lost -> the server remembers", () => {
    expect(later({ begun: 8, beats: 101 })).toEqual(remembers);
  });

  test.each<[string, Sighting["witness"], Judgement]>([
    ["a purchase is lost", { begun: 6, beats: 100 }, wentBack],
    ["a purchase and beats are lost", { begun: 6, beats: 99 }, wentBack],
    ["a beat is lost", { begun: 7, beats: 99 }, lostBeats],
    ["five beats are lost", { begun: 7, beats: 95 }, lostBeats],
    ["six beats are lost: no failover loses as much", { begun: 7, beats: 94 }, wentBack],
    ["all is lost that it was told", null, wentBack],
  ])("%s -> %j", (_name, witness, judgement) => {
    expect(later(witness)).toEqual(judgement);
  });

  test("nothing is left -> wiped; the same when a new worker has begun an epoch there since", () => {
    expect(later(null, { epoch: null })).toEqual(wiped);
    expect(later(null, { epoch: { ...epoch, id: "e9" } })).toEqual(wiped);
  });

  test("another worker has found the loss and paused -> joins, and does not pause what was perhaps resumed", () => {
    const next = { ...epoch, id: "e2", after: "e1" };
    expect(later(null, { epoch: next })).toEqual(joins);
    expect(later({ begun: 6, beats: 50 }, { epoch: next })).toEqual(joins);
  });

  test("the loss that another found was a later one -> this one is still to be told", () => {
    expect(later(null, { epoch: { ...epoch, id: "e3", after: "e2" } })).toEqual(wiped);
  });
});

const thawed = (ms: number, others: Partial<Sighting>) =>
  judge(memory, { ...seen, now: NOON + ms, ...others }, GAP_MS, NOON + ms);

describe("a worker that was frozen", () => {
  test("for two days, while others worked on -> its witness has waited for it", () => {
    const present = { ...epoch, at: NOON + 2 * 86_400_000 };
    expect(thawed(2 * 86_400_000, { epoch: present })).toEqual(remembers);
  });

  test("for longer than its witness lives -> it comes as a new worker, and nobody is alarmed", () => {
    const present = { ...epoch, at: NOON + WITNESS_LIFE_MS + 1 };
    expect(thawed(WITNESS_LIFE_MS + 1, { witness: null, epoch: present })).toEqual(joins);
  });

  test("for longer than that, and the server is another, long unused -> what any new worker would say", () => {
    expect(thawed(WITNESS_LIFE_MS + 1, { witness: null, run: "r2" })).toEqual(restored);
  });

  test("for a shorter time, and its witness is gone -> the server went back", () => {
    expect(thawed(WITNESS_LIFE_MS, { witness: null })).toEqual(wentBack);
  });
});

describe("a worker that has just started", () => {
  const first = (others: Partial<Sighting>, gapMs = GAP_MS) =>
    judge(null, { ...seen, witness: null, ...others }, gapMs, NOON);
  const gone = { run: "r2", now: NOON + GAP_MS + 1 };

  test("no epoch, with jobs or without -> the first use of this Redis", () => {
    expect(first({ epoch: null, jobs: 0 })).toEqual({ as: "first_used" });
    expect(first({ epoch: null, jobs: 3 })).toEqual({ as: "first_used" });
  });

  test("the server has run since the last beat, however long ago that is -> joins", () => {
    expect(first({ now: NOON + 90 * 86_400_000 })).toEqual(joins);
  });

  test("another server, and the last beat is fresh, as after a failover -> joins", () => {
    expect(first({ run: "r2", now: NOON + GAP_MS })).toEqual(joins);
  });

  test("another server, the last beat is old, and a job may be bought -> restored", () => {
    expect(first(gone)).toEqual(restored);
  });

  test("the same with nothing to buy -> restarted: it is said, and nobody pauses", () => {
    expect(first({ ...gone, buyable: 0 })).toEqual({ as: "restarted" });
  });

  test("RESTORE_GAP_S is 0 -> joins whatever it finds", () => {
    expect(first(gone, 0)).toEqual(joins);
  });

  test("the last beat lies in the future, since a clock was set back -> nobody knows how old it is: restored", () => {
    expect(first({ run: "r2", now: NOON - GAP_MS - 1 })).toEqual(restored);
  });

  test("the server does not tell which one it is -> the age of the last beat decides", () => {
    const hidden = { run: "", epoch: { ...epoch, run: "" } };
    expect(first({ ...hidden, now: NOON + GAP_MS })).toEqual(joins);
    expect(first({ ...hidden, now: NOON + GAP_MS + 1 })).toEqual(restored);
  });
});
