// Records that nobody can understand, on a real Redis with real queues: set aside, looked at again, returned.
import { describe, expect, test } from "vitest";

import { note } from "../../src/shared/change.ts";
import { formats } from "../../src/shared/store/format.ts";
import { settleJob } from "../../src/shared/settle.ts";
import type { Job } from "../../src/shared/job.ts";
import { done } from "../../src/worker/outcome.ts";
import { rescueOverdue } from "../../src/worker/rescue.ts";
import { eventually } from "../support/eventually.ts";
import { newJob, newRequest, processingJob } from "../support/job.ts";
import {
  liveEntries,
  openTestLedger,
  putJob,
  readJob,
  readZset,
  SUBMIT_TIMEOUT_MS,
} from "../support/ledger.ts";
import type { TestLedger } from "../support/ledger.ts";
import { pollDeps, startTestStage, submitDeps } from "../support/stage.ts";
import { submitJob } from "../../src/worker/submit.ts";
import { pollTask } from "../../src/worker/poll.ts";
import { fakeNovita } from "../support/novita.ts";

const policy = { pollFirstMs: 10_000, recoveryMs: 86_400_000, holdMs: 600_000 };
const rescue = (ledger: TestLedger) =>
  rescueOverdue({ ...ledger, policy, submitTimeoutMs: SUBMIT_TIMEOUT_MS, scheduleS: [5] });

const told = (ledger: TestLedger) => ledger.logs.named("record.set_aside");

async function put(ledger: TestLedger, make: (now: number) => Job): Promise<string> {
  return (await putJob(ledger, make(await ledger.jobs.readClock()))).id;
}

/** Breaks off a record's JSON; returns what repairs it. */
async function damage({ redis }: TestLedger, key: string): Promise<() => Promise<unknown>> {
  const state = (await redis.hget(key, "state")) ?? "";
  await redis.hset(key, "state", state.slice(0, -1));
  return () => redis.hset(key, "state", state);
}

/** As if the few minutes were over. */
const letTimePass = async ({ redis, keys }: TestLedger, id: string): Promise<void> =>
  void (await redis.zadd(keys.aside, "XX", 1, id));

/** In which of the walks' sets it is. */
async function placesOf({ redis, keys }: TestLedger, id: string): Promise<string[]> {
  const places = ["due", "purge", "aside"] as const;
  const scores = await Promise.all(places.map((place) => redis.zscore(keys[place], id)));
  return places.filter((_, index) => scores[index] !== null);
}

describe("a stage meets a record that nobody can understand", () => {
  test("-> it is set aside in a few minutes' time, alarmed once, left as it is, and its entry is done with", async () => {
    const ledger = openTestLedger();
    const id = await put(ledger, (now) => newJob(now));
    await damage(ledger, ledger.keys.job(id));
    const before = await ledger.redis.hgetall(ledger.keys.job(id));
    const now = await ledger.jobs.readClock();
    const novita = fakeNovita();
    startTestStage(ledger, "submit", (entry) => submitJob(submitDeps(ledger, { novita }), entry));
    await eventually(async () => expect(await placesOf(ledger, id)).toEqual(["aside"]));
    await eventually(async () =>
      expect(await ledger.motor.queues.submit.getJobState(`${id}-1`)).toBe("completed"),
    );
    expect((await readZset(ledger, ledger.keys.aside))[id]).toBeGreaterThanOrEqual(now + 300_000);
    expect(told(ledger)).toMatchObject([{ level: "error", id, message: expect.stringContaining(id) }]);
    expect(ledger.logs.named("stage.broken")).toEqual([]);
    expect(await ledger.redis.hgetall(ledger.keys.job(id))).toEqual(before);
    expect(novita.submits).toEqual([]);
  });

  test("-> the others of its stage go on", async () => {
    const ledger = openTestLedger();
    const bad = await put(ledger, (now) => newJob(now));
    const good = await put(ledger, (now) => newJob(now));
    await damage(ledger, ledger.keys.job(bad));
    startTestStage(ledger, "submit", (entry) => submitJob(submitDeps(ledger), entry));
    await eventually(async () => expect((await readJob(ledger, good)).status).toBe("processing"));
  });

  test("an open attempt -> keeps its slot", async () => {
    const ledger = openTestLedger();
    const id = await put(ledger, (now) => processingJob(now));
    await ledger.redis.zadd(ledger.keys.slots, Date.now() + 60_000, "att_1");
    await damage(ledger, ledger.keys.job(id));
    startTestStage(ledger, "poll", (entry) => pollTask(pollDeps(ledger), entry));
    await eventually(async () => expect(await placesOf(ledger, id)).toEqual(["aside"]));
    expect(await ledger.redis.zcard(ledger.keys.slots)).toBe(1);
  });

  test("the record is a delivery's -> the same", async () => {
    const ledger = openTestLedger();
    const { id } = await putDelivery(ledger);
    await damage(ledger, ledger.keys.delivery(id));
    startTestStage(ledger, "deliver", async (entry) => {
      await ledger.deliveries.readDelivery(entry.id);
      return done;
    });
    await eventually(async () => expect(await placesOf(ledger, id)).toEqual(["aside"]));
    expect(told(ledger)).toMatchObject([{ id }]);
  });

  test("Redis fails while it is set aside -> the entry comes back: it is neither lost nor forgotten", async () => {
    const ledger = openTestLedger();
    const id = await put(ledger, (now) => newJob(now));
    await damage(ledger, ledger.keys.job(id));
    startTestStage(ledger, "submit", (entry) => submitJob(submitDeps(ledger), entry), {
      setAside: async () => Promise.reject(new Error("OOM")),
    });
    await eventually(async () =>
      expect(await ledger.motor.queues.submit.getJobState(`${id}-1`)).toBe("delayed"),
    );
    expect(await placesOf(ledger, id)).toEqual(["due"]);
  });
});

/** A job whose event waits for its delivery. */
async function putDelivery(ledger: TestLedger) {
  const webhook = { url: "https://hooks.example/in", events: null };
  const jobId = await put(ledger, (now) => newJob(now, { request: newRequest({ webhook }) }));
  await ledger.jobs.changeJob(jobId, (job, now) => settleJob(job, { as: "canceled" }, now));
  const [delivery] = await ledger.deliveries.deliveriesOf(jobId);
  if (!delivery) throw new Error("no delivery");
  return { ...delivery, jobId };
}

describe("rescue meets one", () => {
  test.each(["due", "purge"] as const)("in %s -> it is set aside, and alarmed once", async (place) => {
    const ledger = openTestLedger();
    const id = await put(ledger, (now) => newJob(now));
    await ledger.redis.zrem(ledger.keys.due, id);
    await ledger.redis.zadd(ledger.keys[place], 1, id);
    await damage(ledger, ledger.keys.job(id));
    await rescue(ledger);
    await rescue(ledger);
    expect(await placesOf(ledger, id)).toEqual(["aside"]);
    expect(told(ledger)).toMatchObject([{ id }]);
    expect(ledger.logs.named("rescue.failed")).toEqual([]);
  });

  test("whose status was lost -> it is not forgotten as if it were gone", async () => {
    const ledger = openTestLedger();
    const id = await put(ledger, (now) => newJob(now));
    await ledger.redis.hdel(ledger.keys.job(id), "status");
    await ledger.redis.zadd(ledger.keys.due, 1, id);
    await rescue(ledger);
    expect(await placesOf(ledger, id)).toEqual(["aside"]);
  });
});

describe("a look at what is aside", () => {
  test("it still cannot be understood -> alarmed anew, and left for another few minutes", async () => {
    const ledger = openTestLedger();
    const id = await put(ledger, (now) => newJob(now));
    await damage(ledger, ledger.keys.job(id));
    await ledger.redis.zadd(ledger.keys.due, 1, id);
    await rescue(ledger);
    await letTimePass(ledger, id);
    const now = await ledger.jobs.readClock();
    await rescue(ledger);
    await rescue(ledger);
    expect(told(ledger)).toMatchObject([{ id }, { id }]);
    expect(await placesOf(ledger, id)).toEqual(["aside"]);
    expect((await readZset(ledger, ledger.keys.aside))[id]).toBeGreaterThanOrEqual(now + 300_000);
  });

  test.each([
    ["queued", "submit", (now: number) => newJob(now)],
    ["processing", "poll", (now: number) => processingJob(now)],
  ] as const)(
    "a %s job was repaired -> it is due again, said, and woken in the same walk",
    async (_, stage, make) => {
      const ledger = openTestLedger();
      const id = await put(ledger, make);
      const repair = await damage(ledger, ledger.keys.job(id));
      startTestStage(ledger, stage, async (entry) => {
        await ledger.jobs.readJob(entry.id);
        return { as: "snooze", ms: 60_000 };
      });
      await eventually(async () => expect(await placesOf(ledger, id)).toEqual(["aside"]));
      await eventually(async () => expect(await liveEntries(ledger, stage)).toEqual([]));
      await repair();
      await letTimePass(ledger, id);
      await rescue(ledger);
      expect(await placesOf(ledger, id)).toEqual(["due"]);
      expect(await liveEntries(ledger, stage)).toEqual([`${id}-1`]);
      expect(ledger.logs.named("record.returned")).toMatchObject([{ level: "info", id }]);
    },
  );

  test("an ended job was repaired -> it waits for its purge again, and nothing else", async () => {
    const ledger = openTestLedger();
    const id = await put(ledger, (now) => newJob(now, { status: "canceled", finishedAt: now }));
    const purgeAt = await ledger.redis.zscore(ledger.keys.purge, id);
    const repair = await damage(ledger, ledger.keys.job(id));
    await ledger.redis.zadd(ledger.keys.purge, 1, id);
    await rescue(ledger);
    expect(await placesOf(ledger, id)).toEqual(["aside"]);
    await repair();
    await letTimePass(ledger, id);
    await rescue(ledger);
    expect(await placesOf(ledger, id)).toEqual(["purge"]);
    expect(await ledger.redis.zscore(ledger.keys.purge, id)).toBe(purgeAt);
  });

  test("a delivery was repaired -> it is due again and woken", async () => {
    const ledger = openTestLedger();
    const { id } = await putDelivery(ledger);
    const repair = await damage(ledger, ledger.keys.delivery(id));
    await ledger.redis.zadd(ledger.keys.due, 1, id);
    await rescue(ledger);
    expect(await placesOf(ledger, id)).toEqual(["aside"]);
    await ledger.motor.queues.deliver.obliterate({ force: true });
    await repair();
    await letTimePass(ledger, id);
    await rescue(ledger);
    expect(await placesOf(ledger, id)).toEqual(["due"]);
    expect(await liveEntries(ledger, "deliver")).toEqual([`${id}-1`]);
  });

  test("its key was deleted -> it is forgotten", async () => {
    const ledger = openTestLedger();
    await ledger.redis.zadd(ledger.keys.aside, 1, "job_1", 1, "dlv_1_job");
    await rescue(ledger);
    expect(await ledger.redis.zcard(ledger.keys.aside)).toBe(0);
    expect(ledger.logs.named("record.returned")).toEqual([]);
  });

  test("150 are aside -> a walk looks at 100 of them, the next one at the rest", async () => {
    const ledger = openTestLedger();
    const ids = Array.from({ length: 150 }, (_, n) => `job_${n}`);
    await ledger.redis.zadd(ledger.keys.aside, ...ids.flatMap((id) => [1, id]));
    await rescue(ledger);
    expect(await ledger.redis.zcard(ledger.keys.aside)).toBe(50);
    await rescue(ledger);
    expect(await ledger.redis.zcard(ledger.keys.aside)).toBe(0);
  });
});

describe("a record that something it needs keeps from going on", () => {
  test("an ended job with a delivery that nobody understands -> is set aside instead of being tried at each walk", async () => {
    const ledger = openTestLedger();
    const delivery = await putDelivery(ledger);
    const repair = await damage(ledger, ledger.keys.delivery(delivery.id));
    await ledger.redis.zadd(ledger.keys.purge, 1, delivery.jobId);
    await rescue(ledger);
    expect(await placesOf(ledger, delivery.jobId)).toEqual(["aside"]);
    expect(told(ledger)).toMatchObject([
      { id: delivery.jobId, message: expect.stringContaining(delivery.id) },
    ]);
    await repair();
    await letTimePass(ledger, delivery.jobId);
    await rescue(ledger);
    expect(await placesOf(ledger, delivery.jobId)).toEqual(["purge"]);
  });

  test("an event that is no hash -> its delivery is set aside", async () => {
    const ledger = openTestLedger();
    const { id, eventId } = await putDelivery(ledger);
    await ledger.redis.set(ledger.keys.event(eventId), "a text");
    startTestStage(ledger, "deliver", async () => {
      await ledger.deliveries.readEventBody(eventId);
      return done;
    });
    await eventually(async () => expect(await placesOf(ledger, id)).toEqual(["aside"]));
  });
});

const newer = (ledger: TestLedger, id: string) =>
  ledger.redis.hset(ledger.keys.job(id), "format", formats.readable + 1);

describe("a record of a newer version", () => {
  test("met by a stage -> left to the newer workers: its entry comes back within seconds, nothing is set aside", async () => {
    const ledger = openTestLedger();
    const id = await put(ledger, (now) => newJob(now));
    await newer(ledger, id);
    startTestStage(ledger, "submit", (entry) => submitJob(submitDeps(ledger), entry));
    await eventually(async () =>
      expect(await ledger.motor.queues.submit.getJobState(`${id}-1`)).toBe("delayed"),
    );
    const entry = await ledger.motor.queues.submit.getJob(`${id}-1`);
    expect(entry?.delay).toBeLessThanOrEqual(2500);
    expect(await placesOf(ledger, id)).toEqual(["due"]);
    expect(ledger.logs.named("stage.broken")).toEqual([]);
  });

  test("met by rescue -> left where it is, and said quietly", async () => {
    const ledger = openTestLedger();
    const id = await put(ledger, (now) => newJob(now));
    await newer(ledger, id);
    await ledger.redis.zadd(ledger.keys.due, 1, id);
    await rescue(ledger);
    expect(await placesOf(ledger, id)).toEqual(["due"]);
    expect(ledger.logs.named("record.newer")).toMatchObject([{ level: "warn", id }]);
    expect(told(ledger)).toEqual([]);
  });

  test("an older record was set aside by an older version, and a newer one has made it its own -> an older look leaves it", async () => {
    const ledger = openTestLedger();
    const id = await put(ledger, (now) => newJob(now));
    await ledger.redis.zadd(ledger.keys.aside, 1, id);
    await newer(ledger, id);
    await rescue(ledger);
    expect(await placesOf(ledger, id)).toEqual(["due", "aside"]);
    await ledger.redis.hset(ledger.keys.job(id), "format", 1);
    await letTimePass(ledger, id);
    await rescue(ledger);
    expect(await placesOf(ledger, id)).toEqual(["due"]);
  });
});

test("an attempt that is under way when its record is put back -> its outcome is written all the same", async () => {
  const ledger = openTestLedger();
  const id = await put(ledger, (now) => newJob(now));
  await ledger.redis.zadd(ledger.keys.aside, 1, id);
  const known = await ledger.jobs.readJob(id);
  await rescue(ledger);
  if (!known) throw new Error("no job");
  const changed = await ledger.jobs.changeJob(id, (job) => note(job, { polls: 7 }, null), { known });
  expect(changed?.job.polls).toBe(7);
});
