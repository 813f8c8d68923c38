import { describe, expect, onTestFinished, test, vi } from "vitest";

import type { Decision } from "../../../src/shared/store/jobs.ts";
import { CorruptRecordError, NewerRecordError } from "../../../src/shared/store/record.ts";
import { note } from "../../../src/shared/change.ts";
import { formats } from "../../../src/shared/store/format.ts";
import { newJob, newRequest, NOON, processingJob } from "../../support/job.ts";
import { openTestLedger, putJob } from "../../support/ledger.ts";

describe("reading a record", () => {
  test("as it was written -> the same record, and nothing where there is none", async () => {
    const ledger = openTestLedger();
    const job = await putJob(ledger, newJob(NOON));
    expect((await ledger.jobs.readJob(job.id))?.record).toEqual(job);
    expect(await ledger.jobs.readJob("job_none")).toBeNull();
  });

  test("this process' clock is wrong -> the time is Redis'", async () => {
    const ledger = openTestLedger();
    const job = await putJob(ledger, newJob(NOON));
    vi.spyOn(Date, "now").mockReturnValue(12_345);
    onTestFinished(() => void vi.restoreAllMocks());
    const before = await ledger.jobs.readClock();
    const snapshot = await ledger.jobs.readJob(job.id);
    const now = snapshot?.now() ?? 0;
    const after = await ledger.jobs.readClock();
    expect(now).toBeGreaterThanOrEqual(before);
    // It may be ahead by the time that the request was on its way.
    expect(now).toBeLessThanOrEqual(after + 50);
  });
});

function stateOf() {
  const { status: _status, version: _version, request: _request, ...state } = newJob(NOON);
  return state;
}

describe("a record that cannot be understood", () => {
  const damages: [string, Record<string, string>][] = [
    ["JSON that breaks off", { state: '{"id":' }],
    ["a request that is no JSON", { request: "prompt" }],
    ["a field that is missing", { state: JSON.stringify({ ...stateOf(), tasks: undefined }) }],
    ["a status that does not exist", { status: "vanished" }],
    ["a version that is no number", { version: "seven" }],
    ["a format that is no number", { format: "one" }],
    ["a format before the first", { format: "0" }],
  ];

  test.each(damages)(
    "%s -> CorruptRecordError with its key, and the record is left as it is",
    async (_, damage) => {
      const ledger = openTestLedger();
      const { id } = await putJob(ledger, newJob(NOON));
      const key = ledger.keys.job(id);
      await ledger.redis.hset(key, damage);
      const before = await ledger.redis.hgetall(key);
      const failure: unknown = await ledger.jobs.readJob(id).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(CorruptRecordError);
      expect(String(failure)).toContain(key);
      const decide = vi.fn<Decision>(() => null);
      await expect(ledger.jobs.changeJob(id, decide)).rejects.toBeInstanceOf(CorruptRecordError);
      expect(decide).not.toHaveBeenCalled();
      expect(await ledger.redis.hgetall(key)).toEqual(before);
    },
  );

  test("its status is lost -> CorruptRecordError: it is not taken for one that is not there", async () => {
    const ledger = openTestLedger();
    const { id } = await putJob(ledger, newJob(NOON));
    await ledger.redis.hdel(ledger.keys.job(id), "status");
    await expect(ledger.jobs.readJob(id)).rejects.toBeInstanceOf(CorruptRecordError);
  });

  test("a key of another type in its place -> CorruptRecordError", async () => {
    const ledger = openTestLedger();
    await ledger.redis.set(ledger.keys.job("job_1"), "a text");
    await expect(ledger.jobs.readJob("job_1")).rejects.toBeInstanceOf(CorruptRecordError);
  });

  test("-> the error says what is wrong, and not a word of the record", async () => {
    const ledger = openTestLedger();
    const request = newRequest({ input: { prompt: "a secret" }, metadata: { campaign: "spring" } });
    const { id } = await putJob(ledger, newJob(NOON, { request }));
    const { metadata: _metadata, ...rest } = request;
    const leaks = [
      ["a secret, which is no JSON", "it is no JSON"],
      [JSON.stringify({ ...rest, metadata: { "a secret": 7 } }), "request.metadata: "],
    ];
    for (const [text = "", reason] of leaks) {
      await ledger.redis.hset(ledger.keys.job(id), "request", text);
      const failure: unknown = await ledger.jobs.readJob(id).catch((error: unknown) => error);
      expect(String(failure)).toContain(reason);
      expect(String(failure)).not.toContain("secret");
    }
  });
});

describe("the format of a record", () => {
  test("-> is written with it; one without was written before there were any, is read, and gets it", async () => {
    const ledger = openTestLedger();
    const job = await putJob(ledger, newJob(NOON));
    const key = ledger.keys.job(job.id);
    expect(await ledger.redis.hget(key, "format")).toBe("1");
    await ledger.redis.hdel(key, "format");
    expect((await ledger.jobs.readJob(job.id))?.record).toEqual(job);
    await ledger.jobs.changeJob(job.id, (each) => note(each, {}, null));
    expect(await ledger.redis.hget(key, "format")).toBe("1");
  });

  test("is newer than this version knows -> NewerRecordError, whatever else it says, and it is left as it is", async () => {
    const ledger = openTestLedger();
    const { id } = await putJob(ledger, newJob(NOON));
    const key = ledger.keys.job(id);
    await ledger.redis.hset(key, {
      format: formats.readable + 1,
      status: "dreaming",
      state: "another language",
    });
    const before = await ledger.redis.hgetall(key);
    const failure: unknown = await ledger.jobs.readJob(id).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(NewerRecordError);
    expect(String(failure)).toContain(key);
    await expect(ledger.jobs.changeJob(id, () => null)).rejects.toBeInstanceOf(NewerRecordError);
    expect(await ledger.redis.hgetall(key)).toEqual(before);
  });
});

describe("fields that a newer version has added", () => {
  test("at the top, in the request, in an attempt, in a task -> are kept, and written back with each change", async () => {
    const ledger = openTestLedger();
    const job = processingJob(NOON);
    const added = {
      ...job,
      mood: "calm",
      request: { ...job.request, voice: "low" },
      attempts: job.attempts.map((attempt) => ({ ...attempt, via: "proxy" })),
      tasks: job.tasks.map((task) => ({ ...task, region: "eu" })),
    };
    const before = await putJob(ledger, added);
    expect((await ledger.jobs.readJob(job.id))?.record).toEqual(before);
    await ledger.jobs.changeJob(job.id, (each) =>
      note(each, { tasks: each.tasks.map((task) => ({ ...task, looks: 7 })) }, null),
    );
    const after = (await ledger.jobs.readJob(job.id))?.record;
    expect(after).toEqual({
      ...before,
      version: before.version + 1,
      tasks: added.tasks.map((task) => ({ ...task, looks: 7 })),
    });
  });
});
