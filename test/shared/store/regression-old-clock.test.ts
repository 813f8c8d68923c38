// A read that waited for a lost connection gave a clock that ran ahead by the whole outage: to a rescuer with such a
// clock a submission of a moment ago looked lost, and with `on_unconfirmed: resubmit` it was bought a second time.
import { expect, onTestFinished, test, vi } from "vitest";

import { readRecord } from "../../../src/shared/store/record.ts";
import { Job } from "../../../src/shared/job.ts";
import { newJob } from "../../support/job.ts";
import { openTestLedger, putJob } from "../../support/ledger.ts";

test("a read is on its way for a whole outage -> the clock that comes with it is Redis' all the same", async () => {
  const ledger = openTestLedger();
  const job = await putJob(ledger, newJob(await ledger.jobs.readClock()));
  let outageMs = 0;
  const realNow = performance.now.bind(performance);
  vi.spyOn(performance, "now").mockImplementation(() => realNow() + outageMs);
  onTestFinished(() => void vi.restoreAllMocks());
  const evalsha = vi.spyOn(ledger.redis, "evalsha").mockImplementationOnce((...words) => {
    outageMs = 90_000;
    return ledger.redis.evalsha(...words);
  });
  const snapshot = await readRecord(ledger.redis, ledger.keys.job(job.id), Job);
  const ahead = (snapshot?.now() ?? 0) - (await ledger.jobs.readClock());
  expect(evalsha.mock.calls.length).toBeGreaterThan(1);
  expect(Math.abs(ahead)).toBeLessThan(5000);
});
