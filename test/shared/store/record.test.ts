import { describe, expect, onTestFinished, test, vi } from "vitest";

import type { Decision } from "../../../src/shared/store/jobs.ts";
import { CorruptRecordError } from "../../../src/shared/store/record.ts";
import { newJob, NOON } from "../../support/job.ts";
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
    ["a field that this version does not know", { state: JSON.stringify({ ...stateOf(), surprise: 1 }) }],
    ["a field that is missing", { state: JSON.stringify({ ...stateOf(), tasks: undefined }) }],
    ["a status that does not exist", { status: "vanished" }],
    ["a version that is no number", { version: "seven" }],
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
});
