// An inquiry on its way from the record to its answer, on a real Redis with real queues.
import { describe, expect, test } from "vitest";

import { askAbout } from "../../src/api/ask.ts";
import type { Question } from "../../src/api/ask.ts";
import { settleJob } from "../../src/shared/settle.ts";
import type { Job } from "../../src/shared/job.ts";
import { recordOutcome } from "../../src/worker/attempt.ts";
import type { LookOutcome } from "../../src/worker/novita/classify.ts";
import { pollTask } from "../../src/worker/poll.ts";
import { rescueOverdue } from "../../src/worker/rescue.ts";
import { eventually } from "../support/eventually.ts";
import { newAttempt, newTask, processingJob, unconfirmedJob } from "../support/job.ts";
import {
  liveEntries,
  loseWakeUps,
  openTestLedger,
  putJob,
  readJob,
  readZset,
  RETENTION_S,
  SUBMIT_TIMEOUT_MS,
} from "../support/ledger.ts";
import type { TestLedger } from "../support/ledger.ts";
import { submitPolicy } from "../support/lifecycle-world.ts";
import { fakeNovita, running } from "../support/novita.ts";
import { pollDeps, startTestStage } from "../support/stage.ts";

const video = { url: "https://files.example/old.mp4", type: "mp4", expiresAt: 1, taskId: "task-1" };
const fresh: LookOutcome = {
  kind: "succeeded",
  video: { url: "https://files.example/new.mp4", type: "mp4", expiresAt: null },
};
const aboutVideo: Question = { about: "video", taskId: "task-1" };
const aboutTask = (taskId: string): Question => ({
  about: "attach",
  taskId,
  attemptId: "att_1",
  by: "operator",
});

const succeededJob = (now: number): Job =>
  processingJob(now, {
    status: "succeeded",
    finishedAt: now,
    video,
    tasks: [newTask(now, { state: "succeeded", watched: false })],
  });

const heldJob = (now: number): Job =>
  unconfirmedJob(now, { attempts: [newAttempt(now, { id: "att_1", state: "unknown" })] });

const put = async (ledger: TestLedger, make: (now: number) => Job): Promise<Job> =>
  putJob(ledger, make(await ledger.jobs.readClock()));

/** Asks, and returns the number of the inquiry that is open then. */
async function ask(ledger: TestLedger, { id }: Job, question: Question): Promise<number> {
  const changed = await ledger.jobs.changeJob(id, (job, now) => askAbout(job, question, now));
  return changed?.job.inquiry?.n ?? 0;
}

/** As if the last inquiry had been made so long ago. */
async function age(ledger: TestLedger, { id }: Job, ms: number): Promise<void> {
  await ledger.jobs.changeJob(id, ({ inquiry, ...job }) => ({
    transition: null,
    job: {
      ...job,
      version: job.version + 1,
      inquiry: inquiry && { ...inquiry, askedAt: inquiry.askedAt - ms },
    },
    fact: null,
    event: null,
  }));
}

const rescue = (ledger: TestLedger) =>
  rescueOverdue({ ...ledger, policy: submitPolicy, submitTimeoutMs: SUBMIT_TIMEOUT_MS, scheduleS: [5] });

const eventsOf = async (ledger: TestLedger, { id }: Job): Promise<(string | null)[]> => {
  const ids = await ledger.redis.smembers(ledger.keys.outbox(id));
  return Promise.all(ids.map((each) => ledger.redis.hget(ledger.keys.event(each), "type")));
};

describe("an inquiry", () => {
  test("asked -> one poll entry of its own, and in it one look, counted, logged and answered", async () => {
    const ledger = openTestLedger();
    const job = await put(ledger, succeededJob);
    expect(await ask(ledger, job, aboutVideo)).toBe(1001);
    expect(await liveEntries(ledger, "poll")).toContain(`${job.id}-1001`);
    const novita = fakeNovita({ look: () => fresh });
    expect(await pollTask(pollDeps(ledger, { novita }), { id: job.id, n: 1001 })).toEqual({ as: "done" });
    expect(novita.looks).toEqual(["task-1"]);
    expect(await readJob(ledger, job.id)).toMatchObject({
      status: "succeeded",
      polls: 1,
      tasks: job.tasks,
      video: { url: "https://files.example/new.mp4" },
      inquiry: { answer: "found" },
    });
    const line = { job_id: job.id, task_id: "task-1", about: "video", outcome: "succeeded", answer: "found" };
    expect(ledger.logs.named("job.polled")).toMatchObject([{ level: "info", status: "succeeded", ...line }]);
    expect(await eventsOf(ledger, job)).toEqual([]);
    expect(await ledger.redis.zcard(ledger.keys.slots)).toBe(0);
  });

  test("woken once more after its answer -> no look", async () => {
    const ledger = openTestLedger();
    const job = await put(ledger, succeededJob);
    const n = await ask(ledger, job, aboutVideo);
    const novita = fakeNovita({ look: () => fresh });
    const deps = pollDeps(ledger, { novita });
    await pollTask(deps, { id: job.id, n });
    const answered = await readJob(ledger, job.id);
    expect(await pollTask(deps, { id: job.id, n })).toEqual({ as: "discard" });
    expect(novita.looks).toHaveLength(1);
    expect(await readJob(ledger, job.id)).toEqual(answered);
  });

  test("asked again within 30 s -> the last one does; afterwards -> another, with an entry that is not the finished one", async () => {
    const ledger = openTestLedger();
    const job = await put(ledger, succeededJob);
    const novita = fakeNovita({ look: () => fresh });
    const deps = pollDeps(ledger, { novita });
    startTestStage(ledger, "poll", (entry) => pollTask(deps, entry));
    const answered = () =>
      eventually(async () => expect((await readJob(ledger, job.id)).inquiry?.answer).toBe("found"));
    await ask(ledger, job, aboutVideo);
    await answered();
    expect(await ask(ledger, job, aboutVideo)).toBe(1001);
    await age(ledger, job, 30_000);
    expect(await ask(ledger, job, aboutVideo)).toBe(1002);
    await answered();
    expect(novita.looks).toHaveLength(2);
  });

  test("asked again while the first, however old, is still to be answered -> the first one does", async () => {
    const ledger = openTestLedger();
    const job = await put(ledger, succeededJob);
    await ask(ledger, job, aboutVideo);
    await age(ledger, job, 60_000);
    const before = await readJob(ledger, job.id);
    expect(await ask(ledger, job, aboutVideo)).toBe(1001);
    expect(await readJob(ledger, job.id)).toEqual(before);
  });

  test("asked before Redis' clock was set back -> it does not hold the next one up", async () => {
    const ledger = openTestLedger();
    const job = await put(ledger, succeededJob);
    const n = await ask(ledger, job, aboutVideo);
    await pollTask(pollDeps(ledger), { id: job.id, n });
    await age(ledger, job, -3_600_000);
    expect(await ask(ledger, job, aboutVideo)).toBe(1002);
  });

  test("on a job that is processed meanwhile -> its watch has its own entry, times and counts", async () => {
    const ledger = openTestLedger();
    const now = await ledger.jobs.readClock();
    const asked = askAbout(heldJob(now), aboutTask("task-9"), now);
    const inquiry = asked?.job.inquiry ?? null;
    const tasks = [newTask(now, { nextLookAt: now + 60_000, looks: 2, missing: 1 })];
    const job = await putJob(ledger, processingJob(now, { tasks, inquiry }));
    expect(await liveEntries(ledger, "poll")).toEqual([`${job.id}-1`, `${job.id}-1001`]);
    expect(await pollTask(pollDeps(ledger), { id: job.id, n: 1001 })).toEqual({ as: "done" });
    const after = await readJob(ledger, job.id);
    expect(after).toMatchObject({ status: "processing", tasks, inquiry: { answer: "moved_on" } });
    const watch = await pollTask(pollDeps(ledger), { id: job.id, n: 1 });
    expect(watch).toMatchObject({ as: "snooze" });
  });

  test("a look that goes well -> known to be one; a 404 -> not", async () => {
    const ledger = openTestLedger();
    const [one, two] = [await put(ledger, succeededJob), await put(ledger, heldJob)];
    const novita = fakeNovita({ look: (id) => (id === "task-1" ? fresh : { kind: "missing" }) });
    const deps = pollDeps(ledger, { novita });
    await pollTask(deps, { id: one.id, n: await ask(ledger, one, aboutVideo) });
    await pollTask(deps, { id: two.id, n: await ask(ledger, two, aboutTask("task-9")) });
    expect(await ledger.redis.zrange(ledger.keys.goodLooks, "0", "-1")).toEqual(["task-1"]);
  });
});

describe("a task that is attached", () => {
  test("-> processing, billed; its own entry settles the job, once, whatever comes twice", async () => {
    const ledger = openTestLedger();
    const job = await put(ledger, heldJob);
    const n = await ask(ledger, job, aboutTask("task-9"));
    const deps = pollDeps(ledger, { novita: fakeNovita({ look: () => fresh }) });
    await pollTask(deps, { id: job.id, n });
    expect(await readJob(ledger, job.id)).toMatchObject({ status: "processing", polls: 1 });
    expect(await liveEntries(ledger, "poll")).toContain(`${job.id}-1`);
    await Promise.all([1, n, 1, n].map((each) => pollTask(deps, { id: job.id, n: each })));
    expect(await readJob(ledger, job.id)).toMatchObject({
      status: "succeeded",
      polls: 2,
      video: { taskId: "task-9" },
      tasks: [{ id: "task-9", state: "succeeded" }],
    });
    expect(await eventsOf(ledger, job)).toEqual(["job.succeeded"]);
    const audit = await ledger.redis.xrange(ledger.keys.audit, "-", "+");
    expect(audit.map(([, [, entry = ""]]) => JSON.parse(entry))).toEqual([
      { action: "resolve.attach", by: "operator", tenant: "acme", subject: job.id },
    ]);
  });

  test("to two jobs at once -> one gets it, the other is told whose it is", async () => {
    const ledger = openTestLedger();
    const jobs = [await put(ledger, heldJob), await put(ledger, heldJob)];
    const looked = Promise.withResolvers<void>();
    const novita = fakeNovita({
      look: async () => {
        if (novita.looks.length === 2) looked.resolve();
        await looked.promise;
        return running();
      },
    });
    const deps = pollDeps(ledger, { novita });
    await Promise.all(
      jobs.map(async (job) => pollTask(deps, { id: job.id, n: await ask(ledger, job, aboutTask("task-9")) })),
    );
    const after = await Promise.all(jobs.map(({ id }) => readJob(ledger, id)));
    const winner = after.find(({ status }) => status === "processing");
    const loser = after.find(({ status }) => status === "unconfirmed");
    expect(winner).toMatchObject({ tasks: [{ id: "task-9" }], inquiry: { answer: "found" } });
    expect(loser).toMatchObject({ tasks: [], inquiry: { answer: "taken", owner: winner?.id } });
    expect(await ledger.redis.hgetall(ledger.keys.tasks)).toEqual({ "task-9": winner?.id });
    expect(await ledger.redis.xlen(ledger.keys.audit)).toBe(1);
  });

  test("while the submission itself brings it -> the job has it once", async () => {
    const ledger = openTestLedger();
    const job = await put(ledger, heldJob);
    const n = await ask(ledger, job, aboutTask("task-9"));
    const late = { kind: "accepted", taskId: "task-9" } as const;
    const novita = fakeNovita({
      look: async () => {
        await ledger.jobs.changeJob(job.id, (each, now) =>
          recordOutcome(each, "att_1", late, now, submitPolicy),
        );
        return running();
      },
    });
    await pollTask(pollDeps(ledger, { novita }), { id: job.id, n });
    expect(await readJob(ledger, job.id)).toMatchObject({
      status: "processing",
      tasks: [{ id: "task-9" }],
      inquiry: { answer: "found" },
    });
    expect(await ledger.redis.xlen(ledger.keys.audit)).toBe(0);
  });

  test("while the caller cancels -> canceled it stays, and the task is nobody's", async () => {
    const ledger = openTestLedger();
    const job = await put(ledger, heldJob);
    const n = await ask(ledger, job, aboutTask("task-9"));
    const novita = fakeNovita({
      look: async () => {
        await ledger.jobs.changeJob(job.id, (each, now) => settleJob(each, { as: "canceled" }, now));
        return running();
      },
    });
    await pollTask(pollDeps(ledger, { novita }), { id: job.id, n });
    expect(await readJob(ledger, job.id)).toMatchObject({ status: "canceled", tasks: [] });
    expect(await ledger.redis.hgetall(ledger.keys.tasks)).toEqual({});
  });
});

describe("an inquiry whose wake-up was lost", () => {
  const TEN_MINUTES = 600_000;

  test("-> it is due ten seconds after it was asked, and rescue adds its entry again", async () => {
    const ledger = openTestLedger();
    const job = await put(ledger, succeededJob);
    await ask(ledger, job, aboutVideo);
    const { inquiry } = await readJob(ledger, job.id);
    expect(await readZset(ledger, ledger.keys.due)).toEqual({ [job.id]: (inquiry?.askedAt ?? 0) + 10_000 });
    await loseWakeUps(ledger);
    await ledger.redis.zadd(ledger.keys.due, 1, job.id);
    await rescue(ledger);
    expect(await liveEntries(ledger, "poll")).toEqual([`${job.id}-1001`]);
    expect(ledger.logs.named("wake_up.rescued")).toMatchObject([{ stage: "poll", id: job.id, n: 1001 }]);
  });

  test("and its job may go -> it stays until the answer, and goes then", async () => {
    const ledger = openTestLedger();
    const job = await put(ledger, succeededJob);
    await ask(ledger, job, aboutVideo);
    expect(await readZset(ledger, ledger.keys.purge)).toEqual({});
    await pollTask(pollDeps(ledger), { id: job.id, n: 1001 });
    const purgeAt = (job.finishedAt ?? 0) + RETENTION_S * 1000;
    expect(await readZset(ledger, ledger.keys.purge)).toEqual({ [job.id]: purgeAt });
    expect(await readZset(ledger, ledger.keys.due)).toEqual({});
  });

  test("and nobody answers for ten minutes -> it lapses, and its job may go", async () => {
    const ledger = openTestLedger();
    const job = await put(ledger, succeededJob);
    await ask(ledger, job, aboutVideo);
    await age(ledger, job, TEN_MINUTES);
    await rescue(ledger);
    expect(await readJob(ledger, job.id)).toMatchObject({ polls: 0, inquiry: { answer: "unavailable" } });
    expect(ledger.logs.named("inquiry.lapsed")).toMatchObject([{ job_id: job.id }]);
    expect(Object.keys(await readZset(ledger, ledger.keys.purge))).toEqual([job.id]);
    const novita = fakeNovita();
    expect(await pollTask(pollDeps(ledger, { novita }), { id: job.id, n: 1001 })).toEqual({ as: "discard" });
    expect(novita.looks).toEqual([]);
  });

  test("about a job that waits to be resolved -> it lapses all the same, and the job is held on", async () => {
    const ledger = openTestLedger();
    const job = await put(ledger, heldJob);
    await ask(ledger, job, aboutTask("task-9"));
    await age(ledger, job, TEN_MINUTES);
    await rescue(ledger);
    expect(await readJob(ledger, job.id)).toMatchObject({
      status: "unconfirmed",
      inquiry: { answer: "unavailable" },
    });
    expect(await readZset(ledger, ledger.keys.due)).toEqual({ [job.id]: job.holdUntil });
  });
});
