import { onTestFinished } from "vitest";

import { within } from "../../src/shared/within.ts";
import type { Stage } from "../../src/shared/queues.ts";
import type { Prove } from "../../src/shared/store/durability.ts";
import type { RedisClient } from "../../src/shared/store/redis.ts";
import { createBackground } from "../../src/worker/background.ts";
import { createHeartbeat } from "../../src/worker/heartbeat.ts";
import { createTaskKeeper } from "../../src/worker/keep-task.ts";
import type { PollDeps } from "../../src/worker/poll.ts";
import { createRoad } from "../../src/worker/road.ts";
import { startStage } from "../../src/worker/stages.ts";
import type { Loop, StageDeps, Step } from "../../src/worker/stages.ts";
import type { SubmitDeps } from "../../src/worker/submit.ts";
import { SUBMIT_TIMEOUT_MS } from "./ledger.ts";
import type { TestLedger } from "./ledger.ts";
import { fakeNovita } from "./novita.ts";
import { testWitness } from "./witness.ts";

/** A stage's loop on real queues, closed when the test ends. */
export function startTestStage(
  ledger: TestLedger,
  stage: Stage,
  step: Step,
  patch: Partial<StageDeps> = {},
): Loop {
  const own = { connection: ledger.redis, prefix: ledger.keys.queues, heartbeat: createHeartbeat() };
  const loop = startStage({ ...ledger, ...own, ...patch }, stage, step, 1000);
  onTestFinished(async () => void (await within(2000, loop.close())));
  return loop;
}

/** What the submit stage needs, with everything open, every write confirmed, and a Novita that accepts. */
export function submitDeps(ledger: TestLedger, patch: Partial<SubmitDeps> = {}): SubmitDeps {
  const { prove = confirming(async () => true) } = patch;
  return {
    ...ledger,
    keepTask: createTaskKeeper({ ...ledger, prove }),
    witness: testWitness(ledger),
    road: createRoad(ledger.redis, ledger.keys, 60_000),
    novita: fakeNovita(),
    prove,
    rules: {
      maxInFlight: 100,
      slotTtlMs: 1_800_000,
      paceIntervalMs: 0,
      paceToleranceMs: 0,
      probeIntervalMs: 60_000,
    },
    policy: submitPolicy,
    submitTimeoutMs: SUBMIT_TIMEOUT_MS,
    background: createBackground(ledger.log),
    ...patch,
  };
}

/** What the poll stage needs, with the usual gaps, no jitter, and a Novita whose tasks all run. */
export function pollDeps(
  ledger: Pick<TestLedger, "redis" | "keys" | "jobs" | "log">,
  patch: Partial<PollDeps> = {},
): PollDeps {
  const { redis, keys, jobs, log } = ledger;
  return {
    jobs,
    log,
    road: createRoad(redis, keys, 60_000),
    novita: fakeNovita(),
    policy: { baseMs: 3000, maxMs: 15_000, recoveryMs: 300_000, lostGraceMs: 60_000 },
    submitPolicy,
    random: () => 0.5,
    ...patch,
  };
}

/** A proof whose confirmation is what `confirm` says. */
export const confirming =
  (confirm: (redis: RedisClient) => Promise<boolean>): Prove =>
  async (redis, look) => ({ isConfirmed: await confirm(redis), found: await look(redis) });

const submitPolicy = { pollFirstMs: 10_000, recoveryMs: 86_400_000, holdMs: 600_000 };
