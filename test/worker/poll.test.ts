// One look at a time, on a real Redis: what it costs, when the next one comes, and what ends a job.
import { describe, expect, test } from "vitest";

import { isDeliveryId } from "../../src/shared/ids.ts";
import { note } from "../../src/shared/change.ts";
import { billingState } from "../../src/shared/job.ts";
import type { Job, JobRequest, Task } from "../../src/shared/job.ts";
import { settleJob } from "../../src/shared/settle.ts";
import type { LookOutcome } from "../../src/worker/novita/classify.ts";
import { pollTask } from "../../src/worker/poll.ts";
import type { PollDeps } from "../../src/worker/poll.ts";
import { newRequest, newTask, processingJob } from "../support/job.ts";
import { openTestLedger, putJob, readJob } from "../support/ledger.ts";
import type { TestLedger } from "../support/ledger.ts";
import { fakeNovita, running } from "../support/novita.ts";
import type { FakeNovita } from "../support/novita.ts";
import { pollDeps } from "../support/stage.ts";

const RECOVERY_MS = 300_000;
const video = { url: "https://v.example/1.mp4", type: "mp4", expiresAt: null };
const succeeded: LookOutcome = { kind: "succeeded", video };
const missing: LookOutcome = { kind: "missing" };
const unavailable = (patch: Partial<Extract<LookOutcome, { kind: "unavailable" }>> = {}): LookOutcome => ({
  kind: "unavailable",
  message: "HTTP 502",
  retryAfterMs: null,
  alarm: false,
  upstream: { status: 502, reason: null },
  ...patch,
});

type Bench = PollDeps & { ledger: TestLedger; novita: FakeNovita; now: () => Promise<number> };

/** `looks` are the answers in order, the last one for ever. */
function createBench(...looks: LookOutcome[]): Bench {
  const ledger = openTestLedger();
  let next = 0;
  const novita = fakeNovita({ look: () => looks[Math.min(next++, looks.length - 1)] ?? running() });
  return { ...pollDeps(ledger), ledger, novita, now: () => ledger.jobs.readClock() };
}

type Age = { ageMs?: number; request?: Partial<JobRequest>; task?: Partial<Task>; job?: Partial<Job> };

/** A job whose task was accepted `ageMs` ago and is to be looked at now. */
async function processing(bench: Bench, { ageMs = 0, request, task, job }: Age = {}): Promise<Job> {
  const now = await bench.now();
  const asked = newRequest(request);
  const acceptedAt = now - ageMs;
  const timeoutMs = asked.timeoutS * 1000;
  const tasks = [
    newTask(acceptedAt, { nextLookAt: now, watchUntil: acceptedAt + timeoutMs + 86_400_000, ...task }),
  ];
  const state = {
    request: asked,
    tasks,
    submittedAt: acceptedAt,
    deadlineAt: acceptedAt + timeoutMs,
    ...job,
  };
  return putJob(bench.ledger, processingJob(acceptedAt, state));
}

const poll = (bench: Bench, { id }: Job, n = 1) => pollTask(bench, { id, n });

/** Time passes until the next look is due. */
const passTime = (bench: Bench, { id }: Job, patch: Partial<Task> = {}) =>
  bench.jobs.changeJob(id, (job, now) =>
    note(job, { tasks: job.tasks.map((task) => ({ ...task, nextLookAt: now - 1000, ...patch })) }, null),
  );

/** The types of the job's events, in the order of the alphabet. */
async function events({ ledger }: Bench, { id }: Job): Promise<string[]> {
  const ids = (await ledger.redis.smembers(ledger.keys.outbox(id))).filter((each) => !isDeliveryId(each));
  const types = await Promise.all(ids.map((each) => ledger.redis.hget(ledger.keys.event(each), "type")));
  return types.map(String).sort();
}

describe("when to look", () => {
  test("a wake-up that comes early -> no look, and it comes back in time", async () => {
    const bench = createBench();
    const job = await processing(bench, { task: { nextLookAt: (await bench.now()) + 5000 } });
    const outcome = await poll(bench, job);
    if (outcome.as !== "snooze") throw new Error(`unexpected: ${outcome.as}`);
    expect(outcome.ms).toBeGreaterThan(4000);
    expect(outcome.ms).toBeLessThanOrEqual(5000);
    expect(bench.novita.looks).toEqual([]);
    expect(await readJob(bench.ledger, job.id)).toEqual(job);
  });

  test("a wake-up that comes some milliseconds early -> a look, for clocks differ", async () => {
    const bench = createBench();
    const job = await processing(bench, { task: { nextLookAt: (await bench.now()) + 20 } });
    await poll(bench, job);
    expect(bench.novita.looks).toEqual(["task-1"]);
  });

  test("look after look of a running task -> the gap grows by half each time up to the longest, and no attempt is spent", async () => {
    const bench = createBench();
    const job = await processing(bench);
    const gaps: number[] = [];
    for (let n = 0; n < 7; n++) {
      const outcome = await poll(bench, job);
      if (outcome.as !== "snooze") throw new Error(`unexpected: ${outcome.as}`);
      const [task] = (await readJob(bench.ledger, job.id)).tasks;
      const left = (task?.nextLookAt ?? 0) - (await bench.now());
      expect(Math.abs(outcome.ms - left)).toBeLessThan(1000);
      gaps.push(outcome.ms);
      await passTime(bench, job);
    }
    const expected = [3000, 4500, 6750, 10_125, 15_000, 15_000, 15_000];
    expect(gaps.every((gap, at) => Math.abs(gap - (expected[at] ?? 0)) < 200)).toBe(true);
    expect(await readJob(bench.ledger, job.id)).toMatchObject({
      polls: 7,
      attempts: [{ n: 1 }],
      tasks: [{ looks: 7 }],
    });
  });

  test.each<[string, Partial<Task>]>([
    ["a task that is no longer watched", { watched: false }],
    ["a task that has succeeded", { watched: false, state: "succeeded" }],
  ])("a wake-up for %s -> no look", async (_, task) => {
    const bench = createBench();
    const job = await processing(bench, { task });
    expect(await poll(bench, job)).toEqual({ as: "discard" });
    expect(bench.novita.looks).toEqual([]);
  });

  test("a wake-up for a task or a job that does not exist -> no look", async () => {
    const bench = createBench();
    const job = await processing(bench);
    expect(await poll(bench, job, 2)).toEqual({ as: "discard" });
    expect(await pollTask(bench, { id: "job_none", n: 1 })).toEqual({ as: "discard" });
    expect(bench.novita.looks).toEqual([]);
  });

  test("two tasks -> each entry looks at its own", async () => {
    const bench = createBench();
    const now = await bench.now();
    const tasks = [newTask(now), newTask(now, { id: "task-2", attempt: 2 })];
    const job = await processing(bench, { job: { tasks } });
    await poll(bench, job, 2);
    expect(bench.novita.looks).toEqual(["task-2"]);
    expect(await readJob(bench.ledger, job.id)).toMatchObject({ tasks: [{ looks: 0 }, { looks: 1 }] });
  });

  test("Novita asks to wait longer than the gap -> its wait counts", async () => {
    const bench = createBench(unavailable({ retryAfterMs: 40_000 }));
    const outcome = await poll(bench, await processing(bench));
    if (outcome.as !== "snooze") throw new Error(`unexpected: ${outcome.as}`);
    expect(outcome.ms).toBeGreaterThan(39_000);
    expect(outcome.ms).toBeLessThanOrEqual(40_100);
  });
});

describe("a look that learns nothing", () => {
  test("20 in a row -> the job is processing as before", async () => {
    const bench = createBench(unavailable());
    const job = await processing(bench, { ageMs: 600_000 });
    for (let n = 0; n < 20; n++) {
      expect(await poll(bench, job)).toMatchObject({ as: "snooze" });
      await passTime(bench, job);
    }
    expect(await readJob(bench.ledger, job.id)).toMatchObject({
      status: "processing",
      polls: 20,
      error: null,
    });
  });

  test("for our own key was turned away -> the log says so, loudly", async () => {
    const bench = createBench(unavailable({ alarm: true }));
    await poll(bench, await processing(bench));
    expect(bench.ledger.logs.named("job.polled")).toMatchObject([{ level: "error", outcome: "unavailable" }]);
  });

  test("a status that Novita does not document -> still running, and a warning", async () => {
    const bench = createBench(running({ known: false }));
    const job = await processing(bench);
    expect(await poll(bench, job)).toMatchObject({ as: "snooze" });
    expect(bench.ledger.logs.named("job.polled")).toMatchObject([{ level: "warn" }]);
  });
});

const look = async (bench: Bench, job: Job, times: number) => {
  for (let n = 0; n < times; n++) {
    await poll(bench, job);
    await passTime(bench, job);
  }
  return readJob(bench.ledger, job.id);
};

const noteGoodLook = async (bench: Bench, ageMs = 0) =>
  bench.road.noteGoodLook("other", (await bench.now()) - ageMs);

describe("the deadline", () => {
  test("near -> the next look is at the deadline itself", async () => {
    const bench = createBench();
    const job = await processing(bench, { ageMs: 9000, request: { timeoutS: 10 }, task: { looks: 5 } });
    await poll(bench, job);
    expect((await readJob(bench.ledger, job.id)).tasks[0]?.nextLookAt).toBe(job.deadlineAt);
  });

  test("passed, and the last look finds it running -> expired, told, and looked at now and then", async () => {
    const bench = createBench();
    const job = await processing(bench, { ageMs: 10_001, request: { timeoutS: 10 } });
    const outcome = await poll(bench, job);
    if (outcome.as !== "snooze") throw new Error(`unexpected: ${outcome.as}`);
    expect(outcome.ms).toBeGreaterThan(RECOVERY_MS - 1000);
    const after = await readJob(bench.ledger, job.id);
    expect(after).toMatchObject({ status: "expired", error: { code: "generation_timeout", stage: "poll" } });
    expect(billingState(after)).toBe("billed");
    expect(await events(bench, job)).toEqual(["job.expired"]);
  });

  test("passed, and the last look finds the video -> succeeded", async () => {
    const bench = createBench(succeeded);
    const job = await processing(bench, { ageMs: 10_001, request: { timeoutS: 10 } });
    expect(await poll(bench, job)).toEqual({ as: "done" });
    expect(await readJob(bench.ledger, job.id)).toMatchObject({ status: "succeeded", video, progress: 100 });
  });

  test("passed while Novita is away -> expired all the same", async () => {
    const bench = createBench(unavailable());
    const job = await processing(bench, { ageMs: 10_001, request: { timeoutS: 10 } });
    await poll(bench, job);
    expect(await readJob(bench.ledger, job.id)).toMatchObject({ status: "expired" });
  });

  test("expired, and the video still arrives -> succeeded, and job.recovered is delivered", async () => {
    const bench = createBench(running(), running(), succeeded);
    const webhook = { url: "https://hooks.example/in", events: ["job.succeeded"] };
    const job = await processing(bench, { ageMs: 10_001, request: { timeoutS: 10, webhook } });
    await poll(bench, job);
    await passTime(bench, job);
    expect(await poll(bench, job)).toMatchObject({ as: "snooze" });
    await passTime(bench, job);
    expect(await poll(bench, job)).toEqual({ as: "done" });
    expect(await readJob(bench.ledger, job.id)).toMatchObject({ status: "succeeded", video, error: null });
    expect(await events(bench, job)).toEqual(["job.expired", "job.recovered"]);
    const deliveries = await bench.ledger.deliveries.deliveriesOf(job.id);
    expect(deliveries).toMatchObject([{ eventType: "job.recovered", status: "pending" }]);
  });

  test("expired, and the watch is over -> the last look ends it", async () => {
    const bench = createBench();
    const now = await bench.now();
    const job = await processing(bench, {
      ageMs: 90_000_000,
      task: { watchUntil: now - 1 },
      job: { status: "expired", finishedAt: now - 86_000_000 },
    });
    expect(await poll(bench, job)).toEqual({ as: "done" });
    expect(await readJob(bench.ledger, job.id)).toMatchObject({
      status: "expired",
      tasks: [{ watched: false }],
    });
  });
});

describe("a task that is not found", () => {
  const old = { ageMs: 120_000, request: { timeoutS: 3600 } };

  test("three times in a row, while looks work elsewhere -> task_lost, and looked at now and then", async () => {
    const bench = createBench(missing);
    await noteGoodLook(bench);
    const job = await processing(bench, old);
    expect(await look(bench, job, 2)).toMatchObject({ status: "processing", tasks: [{ missing: 2 }] });
    const outcome = await poll(bench, job);
    const after = await readJob(bench.ledger, job.id);
    expect(after).toMatchObject({
      status: "failed",
      error: { code: "task_lost" },
      tasks: [{ state: "lost", watched: true }],
    });
    expect(outcome.as === "snooze" && outcome.ms > RECOVERY_MS - 1000).toBe(true);
    expect(billingState(after)).toBe("billed");
  });

  test("ten times while no look works anywhere -> the upstream is at fault: processing", async () => {
    const bench = createBench(missing);
    expect(await look(bench, await processing(bench, old), 10)).toMatchObject({ status: "processing" });
  });

  test("ten times, the last good look elsewhere more than a minute ago -> processing", async () => {
    const bench = createBench(missing);
    await noteGoodLook(bench, 61_000);
    expect(await look(bench, await processing(bench, old), 10)).toMatchObject({ status: "processing" });
  });

  test("ten times, and the only good look was at this very task -> processing", async () => {
    const bench = createBench(running(), missing);
    expect(await look(bench, await processing(bench, old), 10)).toMatchObject({ status: "processing" });
  });

  test("ten times within the grace after its acceptance -> lag: processing", async () => {
    const bench = createBench(missing);
    await noteGoodLook(bench);
    const after = await look(bench, await processing(bench, { ageMs: 1000 }), 10);
    expect(after).toMatchObject({ status: "processing", tasks: [{ missing: 0 }] });
  });

  test("twice, then found, then twice -> processing", async () => {
    const bench = createBench(missing, missing, running(), missing, missing);
    await noteGoodLook(bench);
    expect(await look(bench, await processing(bench, old), 5)).toMatchObject({ status: "processing" });
  });

  test("lost, and found again with its video -> succeeded, recovered", async () => {
    const bench = createBench(missing, missing, missing, succeeded);
    await noteGoodLook(bench);
    const job = await processing(bench, old);
    expect(await look(bench, job, 4)).toMatchObject({ status: "succeeded", video });
    expect(await events(bench, job)).toEqual(["job.failed", "job.recovered"]);
  });
});

describe("the end of a task", () => {
  test("failed -> generation_failed with Novita's reason, its money in doubt", async () => {
    const bench = createBench({
      kind: "failed",
      reason: "out of memory",
      upstream: { status: 200, reason: "out of memory" },
    });
    const job = await processing(bench);
    expect(await poll(bench, job)).toEqual({ as: "done" });
    const after = await readJob(bench.ledger, job.id);
    expect(after).toMatchObject({
      status: "failed",
      error: { code: "generation_failed", message: "out of memory" },
    });
    expect(billingState(after)).toBe("unknown");
  });

  test("success without a video, twice, then with one -> succeeded", async () => {
    const bench = createBench(
      { kind: "succeeded", video: null },
      { kind: "succeeded", video: null },
      succeeded,
    );
    const job = await processing(bench);
    for (let n = 0; n < 2; n++) {
      expect(await poll(bench, job)).toMatchObject({ as: "snooze" });
      await passTime(bench, job);
    }
    expect(await poll(bench, job)).toEqual({ as: "done" });
    expect(await readJob(bench.ledger, job.id)).toMatchObject({ status: "succeeded", video });
  });

  test("success without a video three times -> upstream_contract; a video that comes later recovers it", async () => {
    const blank: LookOutcome = { kind: "succeeded", video: null };
    const bench = createBench(blank, blank, blank, succeeded);
    const job = await processing(bench);
    for (let n = 0; n < 3; n++) {
      await poll(bench, job);
      await passTime(bench, job);
    }
    expect(await readJob(bench.ledger, job.id)).toMatchObject({
      status: "failed",
      error: { code: "upstream_contract" },
    });
    await poll(bench, job);
    expect(await readJob(bench.ledger, job.id)).toMatchObject({ status: "succeeded", video });
  });

  test("two entries look at once and both find the video -> one end, one event", async () => {
    const bench = createBench(succeeded);
    const job = await processing(bench);
    const outcomes = await Promise.all([poll(bench, job), poll(bench, job)]);
    expect(outcomes.every(({ as }) => as === "done" || as === "discard")).toBe(true);
    expect(await readJob(bench.ledger, job.id)).toMatchObject({ status: "succeeded", polls: 1 });
    expect(await events(bench, job)).toEqual(["job.succeeded"]);
  });
});

const cancel = (bench: Bench, { id }: Job) =>
  bench.jobs.changeJob(id, (job, now) => settleJob(job, { as: "canceled" }, now));

describe("a cancellation while a look is on its way", () => {
  test("the answer is the video -> canceled; the paid video is kept, and no second event", async () => {
    const bench = createBench();
    const job = await processing(bench);
    bench.novita.look = async () => {
      await cancel(bench, job);
      return succeeded;
    };
    expect(await poll(bench, job)).toEqual({ as: "done" });
    expect(await readJob(bench.ledger, job.id)).toMatchObject({ status: "canceled", video });
    expect(await events(bench, job)).toEqual(["job.canceled"]);
  });

  test("the answer is that it runs -> canceled, watched on", async () => {
    const bench = createBench();
    const job = await processing(bench);
    bench.novita.look = async () => {
      await cancel(bench, job);
      return running({ progress: 70 });
    };
    expect(await poll(bench, job)).toMatchObject({ as: "snooze" });
    expect(await readJob(bench.ledger, job.id)).toMatchObject({
      status: "canceled",
      progress: 0,
      tasks: [{ watched: true }],
    });
  });

  test("the answer is that it failed -> canceled, and no failure is told", async () => {
    const bench = createBench();
    const job = await processing(bench);
    bench.novita.look = async () => {
      await cancel(bench, job);
      return { kind: "failed", reason: "boom", upstream: { status: 200, reason: null } };
    };
    expect(await poll(bench, job)).toEqual({ as: "done" });
    expect(await readJob(bench.ledger, job.id)).toMatchObject({ status: "canceled", error: null });
    expect(await events(bench, job)).toEqual(["job.canceled"]);
  });
});

const told = async (bench: Bench, job: Job) => (await events(bench, job)).length;

describe("progress", () => {
  const request = { webhook: { url: "https://hooks.example/in", events: ["job.progress"] } };

  test("as it grows -> job.progress at most every 10 s, and never backwards", async () => {
    const bench = createBench(...[10, 40, 30, 60, 60].map((progress) => running({ progress, etaS: 30 })));
    const job = await processing(bench, { request });
    const seen: number[] = [];
    const step = async () => {
      await poll(bench, job);
      await passTime(bench, job);
      const { progress } = await readJob(bench.ledger, job.id);
      seen.push(progress);
    };
    await step();
    expect(await told(bench, job)).toBe(1);
    await step();
    await step();
    expect(await told(bench, job)).toBe(1);
    await bench.jobs.changeJob(job.id, (each, now) => note(each, { progressEventAt: now - 10_000 }, null));
    await step();
    expect(await told(bench, job)).toBe(2);
    await bench.jobs.changeJob(job.id, (each, now) => note(each, { progressEventAt: now - 10_000 }, null));
    await step();
    expect(await told(bench, job)).toBe(2);
    expect(seen).toEqual([10, 40, 40, 60, 60]);
  });

  test("an eta -> the time by Redis' clock", async () => {
    const bench = createBench(running({ progress: 10, etaS: 30 }));
    const job = await processing(bench);
    await poll(bench, job);
    const { etaAt } = await readJob(bench.ledger, job.id);
    expect(Math.abs((etaAt ?? 0) - 30_000 - (await bench.now()))).toBeLessThan(2000);
  });
});
