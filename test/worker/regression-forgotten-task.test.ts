// A failover may forget that a task was written, although the server had answered. The job was then unconfirmed, and the
// task's id was in this process' log only.
import { expect, test } from "vitest";

import type { Prove } from "../../src/shared/store/durability.ts";
import { submitJob } from "../../src/worker/submit.ts";
import { newJob } from "../support/job.ts";
import { openTestLedger, putJob, readJob } from "../support/ledger.ts";
import { accepted, fakeNovita } from "../support/novita.ts";
import { submitDeps } from "../support/stage.ts";

test("a new primary knows of the request and not of its task -> the task is written again, and watched", async () => {
  const ledger = openTestLedger();
  const job = await putJob(ledger, newJob(await ledger.jobs.readClock()));
  const key = ledger.keys.job(job.id);
  let begun: Buffer | null = null;
  let proofs = 0;
  const prove: Prove = async (redis, look) => {
    proofs += 1;
    // The first proof is the request's; at the second, another server has taken over that was filled at that time.
    if (proofs === 1) begun = await ledger.redis.dumpBuffer(key);
    else if (proofs === 2 && begun) await ledger.redis.restore(key, 0, begun, "REPLACE");
    return { isConfirmed: true, found: await look(redis) };
  };
  const deps = submitDeps(ledger, { prove, novita: fakeNovita({ submit: async () => accepted("task-1") }) });
  await submitJob(deps, { id: job.id, n: job.submitWake });
  await deps.background.drain();

  const kept = await readJob(ledger, job.id);
  expect(kept.status).toBe("processing");
  expect(kept.tasks.map(({ id }) => id)).toEqual(["task-1"]);
  expect(proofs).toBe(3);
});
