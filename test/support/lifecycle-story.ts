/** Stories of a job, told at random: any step after any other, and the turns that single steps would hardly ever take. */
import * as fc from "fast-check";

import type { LookOutcome, SubmitOutcome } from "../../src/worker/novita/classify.ts";
import { lookPolicy, LOST_AFTER_MS, unknown } from "./lifecycle-world.ts";
import type { Step, Story } from "./lifecycle-world.ts";

const upstream = { status: 500, reason: null };

const outcome: fc.Arbitrary<SubmitOutcome> = fc.oneof(
  { arbitrary: fc.constant<SubmitOutcome>({ kind: "accepted", taskId: "task" }), weight: 4 },
  fc.constant(unknown),
  fc.constantFrom<SubmitOutcome>(
    { kind: "refused", code: "invalid_input", message: "bad size", upstream },
    { kind: "refused", code: "content_rejected", message: "no", upstream },
    { kind: "deferred", message: "busy", retryAfterMs: null, upstream },
    { kind: "blocked", cause: "account", message: "wallet", upstream },
    { kind: "unsent", cause: "connect", message: "refused" },
    { kind: "unsent", cause: "deadline", message: "late" },
  ),
);

const video = { url: "https://files.example/a.mp4", type: "mp4", expiresAt: null };
const look: fc.Arbitrary<LookOutcome> = fc.oneof(
  fc.record({
    kind: fc.constant("running" as const),
    progress: fc.option(fc.integer({ min: -10, max: 130 })),
    etaS: fc.option(fc.integer({ min: -1, max: 600 })),
    known: fc.boolean(),
  }),
  fc.constantFrom<LookOutcome>(
    { kind: "succeeded", video },
    { kind: "succeeded", video: null },
    { kind: "failed", reason: "no GPU", upstream },
    { kind: "missing" },
    { kind: "missing" },
  ),
  fc.record({
    kind: fc.constant("unavailable" as const),
    message: fc.constant("HTTP 500"),
    retryAfterMs: fc.option(fc.integer({ min: 1, max: lookPolicy.recoveryMs })),
    alarm: fc.boolean(),
    upstream: fc.constant(upstream),
  }),
);

const which = fc.nat(4);
const begin = fc.record({ do: fc.constant("begin" as const), fate: outcome });
const tell = fc.record({
  do: fc.constant("tell" as const),
  which,
  as: fc.constantFrom("fate" as const, "unknown" as const),
});
const lie = fc.record({ do: fc.constant("lie" as const), which, outcome });
const lookAt = fc.record({
  do: fc.constant("look" as const),
  which,
  look,
  looksWorkElsewhere: fc.boolean(),
  random: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
});
const cancel = fc.constant({ do: "cancel" as const });
const erase = fc.constant({ do: "erase" as const });
const resolve = fc.record({
  do: fc.constant("resolve" as const),
  action: fc.constantFrom("resubmit" as const, "resubmit" as const, "fail" as const),
  attempt: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
});
const ask = fc.constant({ do: "ask" as const });
const answer = fc.record({ do: fc.constant("answer" as const), look });
const gaps = [1000, 20_000, LOST_AFTER_MS, 5 * 60_000, 3_600_000, 86_400_000, 7 * 86_400_000];
const wait = fc.record({ do: fc.constant("wait" as const), ms: fc.constantFrom(...gaps) });
const rescue = fc.constant({ do: "rescue" as const });

/** What a task that is gone looks like: random single steps would hardly ever come upon it. */
const loseTask: fc.Arbitrary<Step[]> = which.map((task) => {
  const missing: Step = {
    do: "look",
    which: task,
    look: { kind: "missing" },
    looksWorkElsewhere: true,
    random: 0.5,
  };
  return [{ do: "wait", ms: LOST_AFTER_MS }, missing, missing, missing];
});

/** The answer to a first submission comes when a second is under way: as rare, and where money is lost. */
const overtake: fc.Arbitrary<Step[]> = begin.map((second) => [
  { do: "begin", fate: { kind: "accepted", taskId: "task" } },
  { do: "tell", which: 0, as: "unknown" },
  { do: "resolve", action: "resubmit", attempt: undefined },
  second,
  { do: "tell", which: 0, as: "fate" },
]);

/** A task that was given up for lost brings its video while the job waits to be bought again: rarer still. */
const comeBack: fc.Arbitrary<Step[]> = loseTask.map((lose) => [
  { do: "begin", fate: { kind: "accepted", taskId: "task" } },
  { do: "tell", which: 0, as: "unknown" },
  { do: "resolve", action: "resubmit", attempt: undefined },
  { do: "begin", fate: { kind: "deferred", message: "busy", retryAfterMs: null, upstream } },
  { do: "tell", which: 0, as: "fate" },
  ...lose,
  { do: "tell", which: 1, as: "fate" },
  { do: "look", which: 0, look: { kind: "succeeded", video }, looksWorkElsewhere: true, random: 0.5 },
]);

/** The operator finds the task of a submission that nobody knows the outcome of; in between anything else may happen. */
const attach: fc.Arbitrary<Step[]> = fc
  .tuple(lookAt, answer)
  .map(([other, found]) => [
    { do: "begin", fate: { kind: "accepted", taskId: "task" } },
    { do: "tell", which: 0, as: "unknown" },
    { do: "ask" },
    other,
    found,
  ]);

/** A job's whole story. Honest: Novita does one thing with each submission, and is never heard to say another. */
export const story = (honest: boolean): fc.Arbitrary<Story> => {
  const one = fc.oneof<fc.MaybeWeightedArbitrary<Step>[]>(
    { weight: 5, arbitrary: begin },
    { weight: 5, arbitrary: tell },
    { weight: honest ? 0 : 3, arbitrary: lie },
    { weight: 6, arbitrary: lookAt },
    { weight: 1, arbitrary: cancel },
    { weight: 1, arbitrary: erase },
    { weight: 2, arbitrary: resolve },
    { weight: 2, arbitrary: ask },
    { weight: 2, arbitrary: answer },
    { weight: 3, arbitrary: wait },
    { weight: 2, arbitrary: rescue },
  );
  const some = fc.oneof(
    { weight: 12, arbitrary: one.map((step) => [step]) },
    { weight: 2, arbitrary: loseTask },
    { weight: 2, arbitrary: overtake },
    { weight: 1, arbitrary: comeBack },
    { weight: 1, arbitrary: attach },
  );
  return fc.record({
    onUnconfirmed: fc.constantFrom(
      "hold" as const,
      "fail" as const,
      "resubmit" as const,
      "resubmit" as const,
    ),
    estimate: fc.constantFrom(null, 500_000),
    maxCost: fc.constantFrom(null, null, 500_000, 1_000_000),
    steps: fc.array(some, { minLength: 1, maxLength: 30, size: "max" }).map((steps) => steps.flat()),
  });
};
