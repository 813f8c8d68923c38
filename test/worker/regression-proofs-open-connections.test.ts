// Each task that came back had a proof of its own under way, each on a connection of its own: a Redis that answered late left
// a worker with as many connections as it had bought in the meantime, and they were never closed.
import { expect, test } from "vitest";

import { createTaskKeeper } from "../../src/worker/keep-task.ts";
import { createLender } from "../../src/worker/lender.ts";
import type { Prove } from "../../src/shared/store/durability.ts";
import { processingJob } from "../support/job.ts";
import { openTestLedger, putJob } from "../support/ledger.ts";

test("a hundred tasks come while one proof takes its time -> one connection, and one more proof for all of them", async () => {
  const ledger = openTestLedger();
  const jobs = await Promise.all(
    Array.from({ length: 100 }, async (_none, n) => {
      const now = await ledger.jobs.readClock();
      return putJob(ledger, processingJob(now, { id: `job_${n}` }));
    }),
  );
  let opened = 0;
  let proofs = 0;
  const slow = Promise.withResolvers<void>();
  const connections = createLender(() => {
    opened += 1;
    return ledger.redis;
  });
  const prove: Prove = async (redis, look) => {
    proofs += 1;
    if (proofs === 1) await slow.promise;
    return { isConfirmed: true, found: await look(redis) };
  };
  const keepTask = createTaskKeeper({ jobs: ledger.jobs, prove, connections });
  const kept = jobs.map((job) =>
    keepTask({ jobId: job.id, taskId: job.tasks[0]?.id ?? "", write: async () => undefined }),
  );
  slow.resolve();
  await Promise.all(kept);
  expect({ opened, proofs }).toEqual({ opened: 1, proofs: 2 });
});
