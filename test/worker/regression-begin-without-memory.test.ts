// The first write of the begin script took no memory, and Redis asks only before the first. So a submission began when
// Redis had no memory left, and its outcome could not be written.
import { expect, onTestFinished, test } from "vitest";
import { submitJob } from "../../src/worker/submit.ts";
import { newJob } from "../support/job.ts";
import { openTestLedger, putJob, readJob } from "../support/ledger.ts";
import { accepted, fakeNovita } from "../support/novita.ts";
import { startPrivateRedis } from "../support/redis.ts";
import { submitDeps } from "../support/stage.ts";

test("Redis has no memory left -> no submission begins; when there is some, it does", async () => {
  const server = await startPrivateRedis({ appendonly: false });
  onTestFinished(() => server.stop());
  const ledger = openTestLedger({ url: server.url });
  const { redis, keys } = ledger;
  const job = await putJob(ledger, newJob(await ledger.jobs.readClock()));
  let posts = 0;
  const novita = fakeNovita({
    submit: async () => {
      posts += 1;
      return accepted("task-1");
    },
  });
  const deps = submitDeps(ledger, { novita });
  await redis.config("SET", "maxmemory", 1);
  await submitJob(deps, { id: job.id, n: 1 });
  expect(posts).toBe(0);
  expect(await readJob(ledger, job.id)).toMatchObject({ status: "queued", attempts: [] });
  expect(await redis.zcard(keys.slots)).toBe(0);
  await redis.config("SET", "maxmemory", 0);
  await submitJob(deps, { id: job.id, n: 1 });
  expect(posts).toBe(1);
  expect(await readJob(ledger, job.id)).toMatchObject({ status: "processing" });
});
