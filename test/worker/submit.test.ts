// The one place that spends money, step by step on a real Redis.
import { describe, expect, onTestFinished, test, vi } from "vitest";

import { buildSimulator } from "../../src/simulator/simulator.ts";
import { cancelJob, resolveJob } from "../../src/api/resolve.ts";
import type { Change } from "../../src/shared/change.ts";
import { jobError } from "../../src/shared/change.ts";
import { billingState } from "../../src/shared/job.ts";
import type { Job, JobRequest } from "../../src/shared/job.ts";
import { settleJob } from "../../src/shared/settle.ts";
import { beginAttempt, recordOutcome } from "../../src/worker/attempt.ts";
import { createBackground } from "../../src/worker/background.ts";
import type { EntryRules } from "../../src/shared/store/jobs.ts";
import type { SubmitOutcome } from "../../src/worker/novita/classify.ts";
import { createNovitaClient } from "../../src/worker/novita/client.ts";
import type { NovitaClient } from "../../src/worker/novita/client.ts";
import { createTaskKeeper } from "../../src/worker/keep-task.ts";
import { createRoad } from "../../src/worker/road.ts";
import { submitJob } from "../../src/worker/submit.ts";
import type { SubmitDeps } from "../../src/worker/submit.ts";
import { newAttempt, newJob, newRequest } from "../support/job.ts";
import { liveEntries, openTestLedger, putJob, readJob, readZset } from "../support/ledger.ts";
import type { TestLedger } from "../support/ledger.ts";
import { accepted, fakeNovita } from "../support/novita.ts";
import { mustChange } from "../support/must-change.ts";
import { confirming } from "../support/stage.ts";
import { testWitness } from "../support/witness.ts";

const HOLD_MS = 600_000;
const policy = { pollFirstMs: 10_000, recoveryMs: 86_400_000, holdMs: HOLD_MS };
const rules = {
  maxInFlight: 100,
  slotTtlMs: 1_800_000,
  paceIntervalMs: 0,
  paceToleranceMs: 0,
  probeIntervalMs: 60_000,
};

const isDurable = async () => true;

type Bench = SubmitDeps & { ledger: TestLedger };

function createBench(
  novita: NovitaClient,
  patch: Partial<SubmitDeps> = {},
  ledger = openTestLedger(),
): Bench {
  const { jobs, redis, keys, connections, log } = ledger;
  const witness = testWitness(ledger);
  const road = createRoad(redis, keys, rules.probeIntervalMs);
  const background = createBackground(log);
  const { prove = confirming(isDurable) } = patch;
  const keepTask = createTaskKeeper({ jobs, prove, connections });
  const deps = { jobs, connections, log, witness, road, background, novita, rules, policy, keepTask };
  return { ledger, ...deps, prove, submitTimeoutMs: 60_000, ...patch };
}

async function queueJob(
  { ledger }: Bench,
  request: Partial<JobRequest> = {},
  patch: Partial<Job> = {},
): Promise<Job> {
  const now = await ledger.jobs.readClock();
  return putJob(ledger, newJob(now, { request: newRequest(request), ...patch }));
}

const submit = (bench: Bench, { id }: Job, n = 1) => submitJob(bench, { id, n });
const upstream = { status: 500, reason: null };
const unknown: SubmitOutcome = { kind: "unknown", message: "no answer", upstream };
const deferred = (retryAfterMs: number | null): SubmitOutcome => ({
  kind: "deferred",
  message: "slow down",
  retryAfterMs,
  upstream: { status: 429, reason: null },
});
const refused = (code: "invalid_input" | "content_rejected" | "model_unavailable"): SubmitOutcome => ({
  kind: "refused",
  code,
  message: "no",
  upstream: { status: 400, reason: "R" },
});
const blocked = (cause: "account" | "proxy"): SubmitOutcome => ({
  kind: "blocked",
  cause,
  message: "no",
  upstream,
});
const unsent = (cause: "connect" | "deadline"): SubmitOutcome => ({
  kind: "unsent",
  cause,
  message: "not sent",
});

describe("a queued job whose turn it is", () => {
  test("-> its input is posted once to its model's path, and the task is kept", async () => {
    const novita = fakeNovita();
    const bench = createBench(novita);
    const job = await queueJob(bench);
    expect(await submit(bench, job)).toEqual({ as: "done" });
    expect(novita.submits).toEqual([{ path: "/v3/async/wan2.7-t2v", body: job.request.input }]);
    const after = await readJob(bench.ledger, job.id);
    expect(after).toMatchObject({
      status: "processing",
      tasks: [{ id: "task-1", attempt: 1, state: "running", watched: true }],
      attempts: [{ n: 1, state: "accepted" }],
    });
    expect(after.tasks[0]?.nextLookAt).toBe((after.tasks[0]?.acceptedAt ?? 0) + policy.pollFirstMs);
    expect(await liveEntries(bench.ledger, "poll")).toEqual([`${job.id}-1`]);
    expect(bench.ledger.logs.named("job.submitted")).toMatchObject([
      { job_id: job.id, outcome: "accepted", task_id: "task-1", status: "processing" },
    ]);
  });

  test("-> the POST leaves only when `submitting` stands, with its attempt and its slot, and is durable", async () => {
    const steps: string[] = [];
    const bench = createBench(
      fakeNovita({
        submit: async () => {
          const { status, attempts } = await readJob(bench.ledger, job.id);
          const taken = await readZset(bench.ledger, bench.ledger.keys.slots);
          const isOurs = attempts[0]?.state === "open" && Object.keys(taken).includes(attempts[0].id);
          steps.push(`post while ${status}${isOurs ? ", attempt open, slot taken" : ""}`);
          return accepted("t");
        },
      }),
      {
        prove: confirming(async () => {
          steps.push(`confirm while ${(await readJob(bench.ledger, job.id)).status}`);
          return true;
        }),
      },
    );
    const job = await queueJob(bench);
    await submit(bench, job);
    await bench.background.drain();
    expect(steps).toEqual([
      "confirm while submitting",
      "post while submitting, attempt open, slot taken",
      // Its task is made as sure.
      "confirm while processing",
    ]);
  });

  test("20 workers are woken for it at once -> one POST", async () => {
    const novita = fakeNovita();
    const one = createBench(novita);
    const two = createBench(novita, {}, openTestLedger({ prefix: one.ledger.prefix }));
    const job = await queueJob(one);
    const outcomes = await Promise.all(Array.from({ length: 20 }, (_, n) => submit(n % 2 ? one : two, job)));
    expect(novita.submits).toHaveLength(1);
    expect(outcomes.filter(({ as }) => as === "done")).toHaveLength(1);
    expect(await readJob(one.ledger, job.id)).toMatchObject({ status: "processing", attempts: [{ n: 1 }] });
  });

  test("the same wake-up comes again afterwards -> no POST", async () => {
    const novita = fakeNovita();
    const bench = createBench(novita);
    const job = await queueJob(bench);
    await submit(bench, job);
    expect(await submit(bench, job)).toEqual({ as: "discard" });
    expect(novita.submits).toHaveLength(1);
  });

  test.each([
    "submitting",
    "unconfirmed",
    "processing",
    "succeeded",
    "failed",
    "canceled",
    "expired",
  ] as const)("found %s by a wake-up -> no POST, and the record is left as it is", async (status) => {
    const novita = fakeNovita();
    const bench = createBench(novita);
    const attempts = [newAttempt(await bench.jobs.readClock())];
    const job = await queueJob(bench, {}, { status, attempts });
    expect(await submit(bench, job)).toEqual({ as: "discard" });
    expect(novita.submits).toEqual([]);
    expect(await readJob(bench.ledger, job.id)).toEqual(job);
  });
});

/** Novita's real client and stand-in: what counts is what arrives there. */
async function setUp() {
  const simulator = buildSimulator();
  const novita = createNovitaClient({
    baseUrl: await simulator.listen(),
    apiKey: "k",
    pollTimeoutMs: 2000,
    lateAnswerMs: 2000,
  });
  onTestFinished(async () => {
    await novita.close();
    await simulator.close();
  });
  return { simulator, bench: createBench(novita) };
}

describe("the deadline of a submission", () => {
  const clocks = [
    ["the monotonic", performance],
    ["the wall", Date],
  ] as const;
  test.each(clocks)(
    "begin's answer comes when SUBMIT_TIMEOUT has passed by %s clock -> zero POSTs, handed back",
    async (_, clock) => {
      const { simulator, bench } = await setUp();
      const job = await queueJob(bench);
      const begin = bench.jobs.begin.bind(bench.jobs);
      const realNow = clock.now.bind(clock);
      onTestFinished(() => void vi.restoreAllMocks());
      vi.spyOn(bench.jobs, "begin").mockImplementationOnce(async (...words) => {
        const admission = await begin(...words);
        expect(admission.as).toBe("begun");
        vi.spyOn(clock, "now").mockImplementation(() => realNow() + bench.submitTimeoutMs);
        return admission;
      });
      expect(await submit(bench, job)).toMatchObject({ as: "doze" });
      expect(simulator.ledger.counters.submits).toBe(0);
      const after = await readJob(bench.ledger, job.id);
      expect(after).toMatchObject({ status: "queued", attempts: [] });
      expect(billingState(after)).toBe("not_billed");
      expect(await readZset(bench.ledger, bench.ledger.keys.slots)).toEqual({});
    },
  );

  test("the wall clock goes back while begin is on its way -> zero POSTs", async () => {
    const { simulator, bench } = await setUp();
    const job = await queueJob(bench);
    const begin = bench.jobs.begin.bind(bench.jobs);
    const realNow = Date.now.bind(Date);
    onTestFinished(() => void vi.restoreAllMocks());
    vi.spyOn(bench.jobs, "begin").mockImplementationOnce(async (...words) => {
      const admission = await begin(...words);
      vi.spyOn(Date, "now").mockImplementation(() => realNow() - 3_600_000);
      return admission;
    });
    await submit(bench, job);
    expect(simulator.ledger.counters.submits).toBe(0);
    expect(await readJob(bench.ledger, job.id)).toMatchObject({ status: "queued", attempts: [] });
  });

  test("begin's answer comes in time -> one POST", async () => {
    const { simulator, bench } = await setUp();
    const job = await queueJob(bench);
    await submit(bench, job);
    expect(simulator.ledger.counters.submits).toBe(1);
    expect(await readJob(bench.ledger, job.id)).toMatchObject({
      status: "processing",
      tasks: [{ id: simulator.ledger.tasks[0]?.id }],
    });
  });
});

describe("a `submitting` that is not sure to last", () => {
  test.each<[string, string, () => Promise<boolean>]>([
    ["not confirmed", "submit.unproven", async () => false],
    ["its confirmation fails", "submit.interrupted", async () => Promise.reject(new Error("WAITAOF: no"))],
  ])("%s -> zero POSTs, no slot, queued again, and %s is told", async (_, line, confirm) => {
    const novita = fakeNovita();
    const bench = createBench(novita, { prove: confirming(confirm) });
    const job = await queueJob(bench);
    expect(await submit(bench, job)).toMatchObject({ as: "doze" });
    expect(novita.submits).toEqual([]);
    expect(await readJob(bench.ledger, job.id)).toMatchObject({ status: "queued", attempts: [] });
    expect(await readZset(bench.ledger, bench.ledger.keys.slots)).toEqual({});
    expect(await bench.ledger.redis.exists(bench.ledger.keys.breaker)).toBe(0);
    expect(bench.ledger.logs.named(line)).toMatchObject([{ job_id: job.id, act: expect.any(String) }]);
    expect(bench.ledger.logs.named("job.submitted")).toEqual([]);
  });
});

describe("a begin script over a bad connection", () => {
  test("another server has taken over that knows no such attempt, and confirms everything -> zero POSTs", async () => {
    const novita = fakeNovita();
    const bench = createBench(novita);
    const job = await queueJob(bench);
    vi.spyOn(bench.jobs, "begin").mockImplementationOnce(async (_redis, _snapshot, change) => ({
      as: "begun",
      job: change.job,
      begun: 1,
    }));
    expect(await submit(bench, job)).toMatchObject({ as: "doze" });
    expect(novita.submits).toEqual([]);
    expect(await readJob(bench.ledger, job.id)).toEqual(job);
    expect(bench.ledger.logs.named("submit.overtaken")).toMatchObject([{ job_id: job.id, level: "warn" }]);
  });

  test("its answer is lost and it is sent again -> the attempt is recognised as our own: one POST", async () => {
    const novita = fakeNovita();
    const bench = createBench(novita);
    const job = await queueJob(bench);
    const begin = bench.jobs.begin.bind(bench.jobs);
    vi.spyOn(bench.jobs, "begin").mockImplementationOnce(async (...words) => {
      expect((await begin(...words)).as).toBe("begun");
      return begin(...words);
    });
    expect(await submit(bench, job)).toEqual({ as: "done" });
    expect(novita.submits).toHaveLength(1);
    expect((await readJob(bench.ledger, job.id)).attempts).toHaveLength(1);
    expect(Object.keys(await readZset(bench.ledger, bench.ledger.keys.slots))).toHaveLength(1);
  });

  test("another worker has begun the job -> its attempt is not taken for our own: zero POSTs", async () => {
    const novita = fakeNovita();
    const bench = createBench(novita);
    const job = await queueJob(bench);
    const begin = bench.jobs.begin.bind(bench.jobs);
    vi.spyOn(bench.jobs, "begin").mockImplementationOnce(async (...words) => {
      await bench.jobs.changeJob(job.id, (each, now) => beginAttempt(each, "att_other", now));
      return begin(...words);
    });
    expect(await submit(bench, job)).toMatchObject({ as: "doze" });
    expect(novita.submits).toEqual([]);
    expect((await readJob(bench.ledger, job.id)).attempts).toMatchObject([
      { id: "att_other", state: "open" },
    ]);
  });

  test("it is written but fails here -> the attempt is handed back as never sent: zero POSTs", async () => {
    const novita = fakeNovita();
    const bench = createBench(novita);
    const job = await queueJob(bench);
    const begin = bench.jobs.begin.bind(bench.jobs);
    vi.spyOn(bench.jobs, "begin").mockImplementationOnce(async (...words) => {
      await begin(...words);
      throw new Error("Connection is closed.");
    });
    expect(await submit(bench, job)).toMatchObject({ as: "doze" });
    expect(novita.submits).toEqual([]);
    expect(await readJob(bench.ledger, job.id)).toMatchObject({ status: "queued", attempts: [] });
    expect(await readZset(bench.ledger, bench.ledger.keys.slots)).toEqual({});
    expect(bench.ledger.logs.named("submit.interrupted")).toHaveLength(1);
  });
});

const orphans = ({ ledger }: Bench) =>
  ledger.logs.lines.filter(({ msg }) => String(msg).startsWith("orphan_task"));

describe("the outcome of a POST", () => {
  type Expected = {
    status: string;
    billing: string;
    code: string | null;
    as: string;
    failures: string | null;
    cause: string | null;
  };
  const closed = { failures: null, cause: null };
  const rows: [string, SubmitOutcome, Expected][] = [
    [
      "accepted",
      accepted("t"),
      { status: "processing", billing: "billed", code: null, as: "done", ...closed },
    ],
    ...(["invalid_input", "content_rejected", "model_unavailable"] as const).map(
      (code): [string, SubmitOutcome, Expected] => [
        `refused: ${code}`,
        refused(code),
        { status: "failed", billing: "not_billed", code, as: "done", ...closed },
      ],
    ),
    [
      "deferred",
      deferred(7000),
      { status: "queued", billing: "not_billed", code: null, as: "doze", failures: "1", cause: null },
    ],
    [
      "blocked: account",
      blocked("account"),
      { status: "queued", billing: "not_billed", code: null, as: "doze", failures: "1", cause: "account" },
    ],
    [
      "blocked: proxy",
      blocked("proxy"),
      { status: "queued", billing: "not_billed", code: null, as: "doze", failures: "1", cause: "proxy" },
    ],
    [
      "unknown",
      unknown,
      {
        status: "unconfirmed",
        billing: "unknown",
        code: "submission_unconfirmed",
        as: "done",
        failures: "2",
        cause: null,
      },
    ],
    [
      "unsent: no connection",
      unsent("connect"),
      { status: "queued", billing: "not_billed", code: null, as: "doze", failures: "2", cause: null },
    ],
    [
      "unsent: too late",
      unsent("deadline"),
      { status: "queued", billing: "not_billed", code: null, as: "doze", failures: "1", cause: null },
    ],
  ];

  // The breaker has seen one trouble before, so that a reset shows.
  test.each(rows)("%s -> its status, its money, its turn and the breaker", async (_, outcome, expected) => {
    const bench = createBench(fakeNovita({ submit: () => outcome }));
    await bench.road.report({ as: "trouble" }, "wan2.7-t2v", await bench.jobs.readClock());
    const job = await queueJob(bench);
    const { as } = await submit(bench, job);
    const after = await readJob(bench.ledger, job.id);
    const { redis, keys } = bench.ledger;
    const [failures, cause] = await redis.hmget(keys.breaker, "failures", "cause");
    const { status, error } = after;
    expect({ status, billing: billingState(after), code: error?.code ?? null, as, failures, cause }).toEqual(
      expected,
    );
  });

  test("deferred with a Retry-After -> all workers wait for it, and no attempt is spent", async () => {
    const bench = createBench(fakeNovita({ submit: () => deferred(7000) }));
    const job = await queueJob(bench);
    await submit(bench, job);
    const hold = Number(await bench.ledger.redis.hget(bench.ledger.keys.pace("wan2.7-t2v"), "holdUntil"));
    const left = hold - (await bench.jobs.readClock());
    expect(left).toBeGreaterThan(5000);
    expect(left).toBeLessThanOrEqual(7000);
    expect((await readJob(bench.ledger, job.id)).attempts).toEqual([]);
  });

  test("a breaker that it opens -> the log says so, loudly", async () => {
    const bench = createBench(fakeNovita({ submit: () => blocked("account") }));
    await submit(bench, await queueJob(bench));
    const lines = bench.ledger.logs.lines.filter(({ msg }) => String(msg).startsWith("breaker.open"));
    expect(lines).toMatchObject([{ level: "error", cause: "account" }]);
  });

  test("unknown, three jobs in a row -> the fourth is not posted", async () => {
    const novita = fakeNovita({ submit: () => unknown });
    const bench = createBench(novita);
    for (let n = 0; n < 3; n++) await submit(bench, await queueJob(bench));
    const fourth = await queueJob(bench);
    expect(await submit(bench, fourth)).toMatchObject({ as: "doze" });
    expect(novita.submits).toHaveLength(3);
    expect(await readJob(bench.ledger, fourth.id)).toEqual(fourth);
  });

  test("a model that this version does not know -> failed, zero POSTs, not billed", async () => {
    const novita = fakeNovita();
    const bench = createBench(novita);
    const job = await queueJob(bench, { model: "wan9" });
    await submit(bench, job);
    expect(novita.submits).toEqual([]);
    const after = await readJob(bench.ledger, job.id);
    expect(after).toMatchObject({ status: "failed", error: { code: "model_unavailable" } });
    expect(billingState(after)).toBe("not_billed");
  });

  test("unknown with on_unconfirmed: fail -> failed, its money in doubt", async () => {
    const bench = createBench(fakeNovita({ submit: () => unknown }));
    const job = await queueJob(bench, { onUnconfirmed: "fail" });
    await submit(bench, job);
    const after = await readJob(bench.ledger, job.id);
    expect(after).toMatchObject({ status: "failed", error: { code: "submission_unconfirmed" } });
    expect(billingState(after)).toBe("unknown");
  });

  test("unknown twice with on_unconfirmed: resubmit -> bought at most once more, then held", async () => {
    const novita = fakeNovita({ submit: () => unknown });
    const bench = createBench(novita);
    const job = await queueJob(bench, { onUnconfirmed: "resubmit" });
    await submit(bench, job);
    expect(await readJob(bench.ledger, job.id)).toMatchObject({ status: "queued", submitWake: 2 });
    expect(await liveEntries(bench.ledger, "submit")).toContain(`${job.id}-2`);
    await submit(bench, job, 2);
    expect(await readJob(bench.ledger, job.id)).toMatchObject({
      status: "unconfirmed",
      attempts: [
        { n: 1, state: "unknown" },
        { n: 2, state: "unknown" },
      ],
    });
    expect(novita.submits).toHaveLength(2);
  });

  test("unknown -> held until HOLD_TIMEOUT_S, with an alarm", async () => {
    const bench = createBench(fakeNovita({ submit: () => unknown }));
    const job = await queueJob(bench);
    await submit(bench, job);
    const { holdUntil } = await readJob(bench.ledger, job.id);
    expect((holdUntil ?? 0) - (await bench.jobs.readClock())).toBeGreaterThan(HOLD_MS - 5000);
    const alarms = bench.ledger.logs.lines.filter(({ msg }) => String(msg).startsWith("job.unconfirmed"));
    expect(alarms).toMatchObject([{ level: "error", job_id: job.id }]);
  });

  const canceled: [string, SubmitOutcome, string, number][] = [
    ["accepted", accepted("t"), "billed", 1],
    ["refused", refused("content_rejected"), "not_billed", 0],
    ["deferred", deferred(1), "not_billed", 0],
    ["unsent", unsent("connect"), "not_billed", 0],
    ["unknown", unknown, "unknown", 0],
  ];
  test.each(canceled)(
    "%s, and the caller canceled meanwhile -> canceled, with the truth about the money",
    async (_, outcome, billing, tasks) => {
      const bench = createBench(
        fakeNovita({
          submit: async () => {
            await bench.jobs.changeJob(job.id, (each, now) => mustChange(cancelJob(each, now)));
            return outcome;
          },
        }),
      );
      const job = await queueJob(bench);
      expect(await submit(bench, job)).toEqual({ as: "done" });
      const after = await readJob(bench.ledger, job.id);
      expect(after.status).toBe("canceled");
      expect(billingState(after)).toBe(billing);
      expect(after.tasks.filter((task) => task.watched)).toHaveLength(tasks);
    },
  );
});

const broken = () => Promise.reject(new Error("LOADING Redis is loading"));

describe("an outcome that only this process knows", () => {
  test("Redis fails twice at the writing -> it is written in the end, and meanwhile the log holds the task id", async () => {
    const bench = createBench(fakeNovita({ submit: () => accepted("precious") }));
    const job = await queueJob(bench);
    vi.spyOn(bench.jobs, "changeJob").mockImplementationOnce(broken).mockImplementationOnce(broken);
    await submit(bench, job);
    expect(await readJob(bench.ledger, job.id)).toMatchObject({ tasks: [{ id: "precious" }] });
    const lines = bench.ledger.logs.named("submit.unrecorded");
    expect(lines).toHaveLength(2);
    expect(JSON.stringify(lines)).toContain("precious");
  });

  test("the process dies after its first write -> that write holds the task id, its status and its wake-up", async () => {
    const bench = createBench(fakeNovita({ submit: () => accepted("precious") }));
    const job = await queueJob(bench);
    const change = bench.jobs.changeJob.bind(bench.jobs);
    const died = Promise.withResolvers<never>();
    const nothing = () => died.promise;
    const first = Promise.withResolvers<void>();
    vi.spyOn(bench.jobs, "changeJob")
      .mockImplementation(nothing)
      .mockImplementationOnce(async (...words) => {
        const changed = await change(...words);
        first.resolve();
        return changed;
      });
    const road = { ...bench.road, report: nothing };
    void submitJob({ ...bench, road }, { id: job.id, n: 1 });
    await first.promise;
    expect(await readJob(bench.ledger, job.id)).toMatchObject({
      status: "processing",
      tasks: [{ id: "precious", watched: true }],
    });
    expect(await bench.ledger.redis.hget(bench.ledger.keys.tasks, "precious")).toBe(job.id);
    expect(await bench.ledger.redis.zscore(bench.ledger.keys.due, job.id)).not.toBeNull();
  });

  test("the shared breaker cannot be told -> the job's own outcome stands all the same", async () => {
    const bench = createBench(fakeNovita({ submit: () => accepted("precious") }));
    const road = { ...bench.road, report: () => Promise.reject(new Error("MISCONF")) };
    const job = await queueJob(bench);
    await expect(submitJob({ ...bench, road }, { id: job.id, n: 1 })).rejects.toThrow("MISCONF");
    expect(await readJob(bench.ledger, job.id)).toMatchObject({ tasks: [{ id: "precious" }] });
  });
});

/** A job whose POST has timed out, which takes no time here, and the answer that is still to come. */
async function timeOut(request: Partial<JobRequest> = {}) {
  const answer = Promise.withResolvers<SubmitOutcome>();
  const realNow = performance.now.bind(performance);
  const novita = fakeNovita({
    submit: () => {
      vi.spyOn(performance, "now").mockImplementation(() => realNow() + 60_000);
      return answer.promise;
    },
  });
  const bench = createBench(novita);
  const job = await queueJob(bench, request);
  await submit(bench, job);
  vi.restoreAllMocks();
  const change = (decide: (job: Job, now: number) => Change | null) => bench.jobs.changeJob(job.id, decide);
  const answerNow = async (outcome: SubmitOutcome) => {
    answer.resolve(outcome);
    await bench.background.drain();
    return readJob(bench.ledger, job.id);
  };
  return { novita, bench, job, change, answerNow };
}

const resubmit = (job: Job, now: number) => mustChange(resolveJob(job, "resubmit", undefined, now));

describe("an answer that comes after the deadline", () => {
  test("until then -> unconfirmed, and a graceful shutdown waits for it", async () => {
    const { bench, job, answerNow } = await timeOut();
    expect(await readJob(bench.ledger, job.id)).toMatchObject({ status: "unconfirmed" });
    let drained = false;
    const drain = bench.background.drain().then(() => (drained = true));
    await bench.jobs.readClock();
    expect(drained).toBe(false);
    await answerNow(unknown);
    expect(await drain).toBe(true);
  });

  test("unconfirmed, a late task -> processing: a purchase saved", async () => {
    const { bench, job, answerNow } = await timeOut();
    const after = await answerNow(accepted("late"));
    expect(after).toMatchObject({
      status: "processing",
      error: null,
      holdUntil: null,
      tasks: [{ id: "late", attempt: 1 }],
    });
    expect(await liveEntries(bench.ledger, "poll")).toEqual([`${job.id}-1`]);
  });

  test("resubmitted and queued again, a late task -> processing, and the second POST never leaves", async () => {
    const { novita, bench, job, change, answerNow } = await timeOut();
    await change(resubmit);
    expect(await answerNow(accepted("late"))).toMatchObject({
      status: "processing",
      tasks: [{ id: "late" }],
    });
    expect(await submit(bench, job, 2)).toEqual({ as: "discard" });
    expect(novita.submits).toHaveLength(1);
  });

  test("a later attempt is under way, a late task -> kept and watched, with an alarm; the later attempt goes on", async () => {
    const { bench, change, answerNow } = await timeOut();
    await change(resubmit);
    await change((job, now) => beginAttempt(job, "att_2", now));
    const after = await answerNow(accepted("late"));
    expect(after).toMatchObject({ status: "submitting", tasks: [{ id: "late", attempt: 1, watched: true }] });
    expect(orphans(bench)).toMatchObject([{ level: "error", task_id: "late" }]);
    await change((job, now) => recordOutcome(job, "att_2", accepted("second"), now, policy));
    const end = await readJob(bench.ledger, after.id);
    expect(end).toMatchObject({
      status: "processing",
      tasks: [{ id: "late" }, { id: "second", attempt: 2 }],
    });
    expect(billingState(end)).toBe("billed");
  });

  test("a later attempt was not accepted, with the late task under way -> processing on the late task", async () => {
    const { bench, job, change, answerNow } = await timeOut();
    await change(resubmit);
    await change((each, now) => beginAttempt(each, "att_2", now));
    await answerNow(accepted("late"));
    await change((each, now) => recordOutcome(each, "att_2", unsent("connect"), now, policy));
    expect(await readJob(bench.ledger, job.id)).toMatchObject({
      status: "processing",
      tasks: [{ id: "late" }],
    });
  });

  const ends: [string, (job: Job, now: number) => Change][] = [
    ["canceled", (job, now) => settleJob(job, { as: "canceled" }, now)],
    [
      "failed",
      (job, now) =>
        settleJob(job, { as: "failed", error: jobError("submission_unconfirmed", "submit") }, now),
    ],
  ];
  test.each(ends)(
    "%s meanwhile, a late task -> the status stays; the task is kept, billed and watched, with an alarm",
    async (status, end) => {
      const { bench, job, change, answerNow } = await timeOut();
      await change(end);
      const after = await answerNow(accepted("late"));
      expect(after).toMatchObject({ status, tasks: [{ id: "late", watched: true }] });
      expect(billingState(after)).toBe("billed");
      expect(orphans(bench)).toMatchObject([{ task_id: "late", job_id: job.id }]);
      expect(await liveEntries(bench.ledger, "poll")).toEqual([`${job.id}-1`]);
    },
  );

  test("expired meanwhile over a second task, a late task -> both are kept and watched", async () => {
    const { bench, change, answerNow } = await timeOut();
    await change(resubmit);
    await change((job, now) => beginAttempt(job, "att_2", now));
    await change((job, now) => recordOutcome(job, "att_2", accepted("second"), now, policy));
    await change((job, now) =>
      settleJob(job, { as: "expired", error: jobError("generation_timeout", "poll") }, now),
    );
    const after = await answerNow(accepted("late"));
    expect(after).toMatchObject({
      status: "expired",
      tasks: [{ id: "second" }, { id: "late", watched: true }],
    });
    expect(orphans(bench)).toMatchObject([{ task_id: "late" }]);
  });

  test("a late refusal -> failed, not billed, and the slot is free", async () => {
    const { bench, answerNow } = await timeOut();
    const after = await answerNow(refused("content_rejected"));
    expect(after).toMatchObject({ status: "failed", error: { code: "content_rejected" } });
    expect(billingState(after)).toBe("not_billed");
    expect(await readZset(bench.ledger, bench.ledger.keys.slots)).toEqual({});
  });

  test("a late 429 -> queued again, with a wake-up of its own and a full start timeout", async () => {
    const { bench, job, answerNow } = await timeOut();
    const after = await answerNow(deferred(null));
    expect(after).toMatchObject({
      status: "queued",
      attempts: [],
      submitWake: 2,
      holdUntil: null,
      error: null,
    });
    expect(after.startDeadlineAt).toBeGreaterThan(job.startDeadlineAt);
    expect(await liveEntries(bench.ledger, "submit")).toContain(`${job.id}-2`);
  });

  test("an end without an answer -> nothing new", async () => {
    const { bench, job, answerNow } = await timeOut();
    const before = await readJob(bench.ledger, job.id);
    expect(await answerNow(unknown)).toEqual(before);
  });
});

describe("the start timeout", () => {
  test("passed, never submitted -> expired, zero POSTs, not billed", async () => {
    const novita = fakeNovita();
    const bench = createBench(novita);
    const job = await queueJob(bench, {}, { startDeadlineAt: (await bench.jobs.readClock()) - 1 });
    expect(await submit(bench, job)).toEqual({ as: "done" });
    const after = await readJob(bench.ledger, job.id);
    expect(after).toMatchObject({ status: "expired", error: { code: "start_timeout", stage: "submit" } });
    expect(billingState(after)).toBe("not_billed");
    expect(novita.submits).toEqual([]);
  });

  test("passed, with an earlier attempt of unknown outcome -> unconfirmed, zero POSTs", async () => {
    const novita = fakeNovita();
    const bench = createBench(novita);
    const now = await bench.jobs.readClock();
    const attempts = [newAttempt(now, { state: "unknown" })];
    const job = await queueJob(bench, {}, { attempts, startDeadlineAt: now - 1 });
    await submit(bench, job);
    expect(await readJob(bench.ledger, job.id)).toMatchObject({
      status: "unconfirmed",
      error: { code: "submission_unconfirmed" },
    });
    expect(novita.submits).toEqual([]);
  });

  test("not passed -> the job is submitted", async () => {
    const bench = createBench(fakeNovita());
    const job = await queueJob(bench, {}, { startDeadlineAt: (await bench.jobs.readClock()) + 5000 });
    await submit(bench, job);
    expect(await readJob(bench.ledger, job.id)).toMatchObject({ status: "processing" });
  });
});

describe("a job that is not let in", () => {
  type State = { isOpen?: true; turnInMs?: number };
  test.each<[string, Partial<EntryRules>, State, [number, number]]>([
    ["full", { maxInFlight: 0 }, {}, [1, 150]],
    ["paced", { paceIntervalMs: 60_000 }, { turnInMs: 30_000 }, [1000, 1000]],
    ["paced for a moment", { paceIntervalMs: 300 }, { turnInMs: 300 }, [1, 300]],
    ["open", {}, { isOpen: true }, [1000, 1000]],
  ])(
    "%s -> the whole queue dozes, not for long; nothing is sent or changed",
    async (_, limits, state, [least, most]) => {
      const novita = fakeNovita();
      const bench = createBench(novita, { rules: { ...rules, ...limits } });
      const { redis, keys } = bench.ledger;
      const now = await bench.jobs.readClock();
      await redis.hset(keys.pace("wan2.7-t2v"), "tat", String(now + (state.turnInMs ?? 0)));
      if (state.isOpen) await bench.road.report({ as: "open", cause: "account" }, "wan2.7-t2v", 0);
      const job = await queueJob(bench);
      const outcome = await submit(bench, job);
      if (outcome.as !== "doze") throw new Error(`unexpected: ${outcome.as}`);
      expect(outcome.ms).toBeGreaterThanOrEqual(least);
      expect(outcome.ms).toBeLessThanOrEqual(most);
      expect(novita.submits).toEqual([]);
      expect(await readJob(bench.ledger, job.id)).toEqual(job);
    },
  );
});
