// The loops on real queues: what becomes of an entry after each outcome of its step.
import { describe, expect, onTestFinished, test, vi } from "vitest";

import type { Stage } from "../../src/shared/queues.ts";
import { within } from "../../src/shared/within.ts";
import { recordLook } from "../../src/worker/look.ts";
import { createHeartbeat } from "../../src/worker/heartbeat.ts";
import { discard, done, doze, retry, snooze } from "../../src/worker/outcome.ts";
import { startStage } from "../../src/worker/stages.ts";
import type { Loop, StageDeps, Step } from "../../src/worker/stages.ts";
import { submitJob } from "../../src/worker/submit.ts";
import type { SubmitDeps } from "../../src/worker/submit.ts";
import { eventually } from "../support/eventually.ts";
import { newJob } from "../support/job.ts";
import { submitDeps } from "../support/stage.ts";
import { liveEntries, openTestLedger, putJob, readJob } from "../support/ledger.ts";
import type { TestLedger } from "../support/ledger.ts";
import { accepted, fakeNovita } from "../support/novita.ts";

const hurry = async () => undefined;

function start(ledger: TestLedger, stage: Stage, step: Step, patch: Partial<StageDeps> = {}): Loop {
  const heartbeat = createHeartbeat();
  const deps = {
    ...ledger,
    connection: ledger.redis,
    prefix: ledger.keys.queues,
    heartbeat,
    hurry,
    ...patch,
  };
  const loop = startStage(deps, stage, step, 1000);
  onTestFinished(async () => void (await within(2000, loop.close())));
  return loop;
}

const add = (ledger: TestLedger, stage: Stage, ...ids: string[]) =>
  ledger.motor.wake(
    ids.map((id) => ({ stage, id, n: 1 })),
    0,
  );

const stateOf = (ledger: TestLedger, stage: Stage, id: string) =>
  ledger.motor.queues[stage].getJobState(`${id}-1`);

describe("an outcome", () => {
  test.each([
    ["done", done],
    ["discard", discard],
  ])("%s -> the entry is completed, and its step was taken once", async (_, outcome) => {
    const ledger = openTestLedger();
    const seen: unknown[] = [];
    start(ledger, "poll", async (entry) => {
      seen.push(entry);
      return outcome;
    });
    await add(ledger, "poll", "a");
    await eventually(async () => expect(await stateOf(ledger, "poll", "a")).toBe("completed"));
    expect(seen).toEqual([{ id: "a", n: 1 }]);
  });

  test.each([
    ["snooze", snooze(60_000)],
    ["retry", retry(60_000)],
  ])(
    "%s -> the entry is delayed so long, and BullMQ counts no attempt of its own against it",
    async (_, outcome) => {
      const ledger = openTestLedger();
      start(ledger, "poll", async () => outcome);
      await add(ledger, "poll", "a");
      await eventually(async () => expect(await stateOf(ledger, "poll", "a")).toBe("delayed"));
      const entry = await ledger.motor.queues.poll.getJob("a-1");
      expect(entry?.delay).toBeGreaterThan(55_000);
      expect(entry?.delay).toBeLessThanOrEqual(60_500);
      expect(entry?.attemptsMade).toBe(0);
      expect(entry?.failedReason).toBeUndefined();
    },
  );

  test("snooze, ten times, though `attempts` is 1 -> the same entry comes back each time, then completes", async () => {
    const ledger = openTestLedger();
    let steps = 0;
    start(ledger, "poll", async () => (++steps < 10 ? snooze(1) : done));
    await add(ledger, "poll", "a");
    await eventually(async () => expect(await stateOf(ledger, "poll", "a")).toBe("completed"));
    expect(steps).toBe(10);
  });

  test("a step that throws -> it is said, and the entry comes back later: neither failed nor lost", async () => {
    const ledger = openTestLedger();
    start(ledger, "deliver", async () => Promise.reject(new Error("boom")));
    await add(ledger, "deliver", "a");
    await eventually(async () => expect(await stateOf(ledger, "deliver", "a")).toBe("delayed"));
    const entry = await ledger.motor.queues.deliver.getJob("a-1");
    expect(entry?.delay).toBeGreaterThan(4000);
    expect(ledger.logs.named("stage.broken")).toMatchObject([{ level: "error", stage: "deliver", id: "a" }]);
  });

  test("an entry that BullMQ fails all the same -> rescue is told to look at its record at once", async () => {
    const ledger = openTestLedger();
    const { submit } = ledger.motor.queues;
    vi.spyOn(submit, "rateLimit").mockRejectedValueOnce(new Error("OOM"));
    const hurried = Promise.withResolvers<string>();
    const hurrying = async (id: string) => hurried.resolve(id);
    start(ledger, "submit", async () => doze(10), { hurry: hurrying });
    await add(ledger, "submit", "a");
    expect(await hurried.promise).toBe("a");
    expect(await stateOf(ledger, "submit", "a")).toBe("failed");
  });

  test("doze -> the whole queue dozes, for all workers; then every entry is taken", async () => {
    const DOZE_MS = 400;
    const one = openTestLedger();
    const two = openTestLedger({ prefix: one.prefix });
    const taken: { id: string; at: number }[] = [];
    let dozedAt = 0;
    const step: Step = async ({ id }) => {
      taken.push({ id, at: performance.now() });
      if (dozedAt > 0) return done;
      dozedAt = performance.now();
      return doze(DOZE_MS);
    };
    start(one, "submit", step);
    await add(one, "submit", "a");
    await eventually(async () => {
      expect(dozedAt).toBeGreaterThan(0);
      expect(await stateOf(one, "submit", "a")).toBe("waiting");
    });
    start(two, "submit", step);
    await add(one, "submit", "b", "c");
    await eventually(() => expect(taken).toHaveLength(4));
    const later = taken.slice(1);
    expect(later.map(({ id }) => id).sort()).toEqual(["a", "b", "c"]);
    expect(Math.min(...later.map(({ at }) => at)) - dozedAt).toBeGreaterThan(DOZE_MS - 50);
    await eventually(async () => expect(await liveEntries(one, "submit")).toEqual([]));
  });
});

describe("priority", () => {
  test("high, normal and low wait -> they are taken in this order", async () => {
    const ledger = openTestLedger();
    for (const priority of ["low", "normal", "high"] as const) {
      await ledger.motor.wake([{ stage: "submit", id: priority, n: 1, priority }], 0);
    }
    const taken: string[] = [];
    start(ledger, "submit", async ({ id }) => {
      taken.push(id);
      return done;
    });
    await eventually(() => expect(taken).toEqual(["high", "normal", "low"]));
  });
});

describe("a worker that closes", () => {
  test("with steps under way and entries waiting -> the steps end, nothing is lost, another worker takes the rest", async () => {
    const one = openTestLedger();
    const two = openTestLedger({ prefix: one.prefix });
    const ids = Array.from({ length: 30 }, (_, n) => `job-${n}`);
    const gate = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    const first: string[] = [];
    const loop = start(one, "submit", async ({ id }) => {
      first.push(id);
      if (first.length === 8) begun.resolve();
      await gate.promise;
      return done;
    });
    await add(one, "submit", ...ids);
    await begun.promise;
    const closing = loop.close();
    gate.resolve();
    await Promise.all([closing, loop.idle()]);
    const endedByFirst = [...first];
    expect(endedByFirst).toHaveLength(8);
    expect(await liveEntries(one, "submit")).toHaveLength(ids.length - endedByFirst.length);
    const second: string[] = [];
    start(two, "submit", async ({ id }) => {
      second.push(id);
      return done;
    });
    await eventually(() => expect([...endedByFirst, ...second].sort()).toEqual([...ids].sort()));
    expect(first).toEqual(endedByFirst);
  });

  test("with nothing to do -> it closes at once", async () => {
    const loop = start(openTestLedger(), "poll", async () => done);
    expect(await within(2000, loop.close())).toBe(true);
  });
});

describe("a slot that is freed", () => {
  const open = { slotTtlMs: 60_000, paceIntervalMs: 0, paceToleranceMs: 0, probeIntervalMs: 60_000 };
  const lookPolicy = { baseMs: 3000, maxMs: 15_000, recoveryMs: 300_000, lostGraceMs: 0 };
  const video = { url: "https://v.example/1.mp4", type: "mp4", expiresAt: null };

  /** A worker at its cap of one task, posting to a Novita that notes when. */
  function startSubmitting(ledger: TestLedger) {
    const posted: { jobId: string; at: number }[] = [];
    const deps: Omit<SubmitDeps, "novita"> = submitDeps(ledger, {
      rules: { maxInFlight: 1, ...open },
      policy: { pollFirstMs: 600_000, recoveryMs: 60_000, holdMs: 60_000 },
      submitTimeoutMs: 10_000,
    });
    start(ledger, "submit", (entry) =>
      submitJob(
        {
          ...deps,
          novita: fakeNovita({
            submit: () => {
              posted.push({ jobId: entry.id, at: performance.now() });
              return accepted(`task of ${entry.id}`);
            },
          }),
        },
        entry,
      ),
    );
    return posted;
  }

  test("six jobs through a cap of one -> each next one is posted within a quarter of a second of the end before, and never sooner", async () => {
    const ledger = openTestLedger();
    const posted = startSubmitting(ledger);
    const now = await ledger.jobs.readClock();
    for (let n = 0; n < 6; n++) await putJob(ledger, newJob(now));
    const gaps: number[] = [];
    let freedAt = 0;
    for (let n = 1; n <= 6; n++) {
      const { jobId, at } = await eventually(() => {
        const last = posted[n - 1];
        if (!last) throw new Error(`only ${posted.length} are posted`);
        return last;
      });
      if (n > 1) gaps.push(at - freedAt);
      await eventually(async () =>
        expect(await readJob(ledger, jobId)).toMatchObject({ status: "processing" }),
      );
      expect(posted).toHaveLength(n);
      await ledger.jobs.changeJob(jobId, (job, time) =>
        recordLook(job, job.tasks[0]?.id ?? "", { kind: "succeeded", video }, time, lookPolicy, {
          looksWorkElsewhere: true,
          random: 0,
        }),
      );
      freedAt = performance.now();
    }
    expect(gaps).toHaveLength(5);
    expect(gaps.sort((a, b) => a - b)[2]).toBeLessThan(250);
  });
});
