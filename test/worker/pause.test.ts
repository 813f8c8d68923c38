// The operator's pause, as workers keep it.
import { expect, onTestFinished, test } from "vitest";

import { loadWorkerConfig } from "../../src/shared/config.ts";
import { buildReceiver } from "../../src/simulator/receiver.ts";
import { buildSimulator } from "../../src/simulator/simulator.ts";
import { submitJob } from "../../src/worker/submit.ts";
import { startWorker } from "../../src/worker/worker.ts";
import { asOperator, makeJob, recordOf, statusOf } from "../api/support.ts";
import { readyApi } from "../support/api.ts";
import { eventually } from "../support/eventually.ts";
import { newJob } from "../support/job.ts";
import { openTestLedger, putJob, readJob, readZset } from "../support/ledger.ts";
import { openLogBook } from "../support/log-book.ts";
import { fakeNovita } from "../support/novita.ts";
import { submitDeps } from "../support/stage.ts";

const pause = "/v1/admin/submissions/pause";
const resume = "/v1/admin/submissions/resume";

test("the submit stage while paused -> nothing is posted or written, and the queue dozes for a second; resumed -> it posts", async () => {
  const api = await readyApi();
  const ledger = openTestLedger({ prefix: api.prefix });
  const novita = fakeNovita();
  const deps = submitDeps(ledger, { novita });
  const job = await putJob(ledger, newJob(await ledger.jobs.readClock()));
  await asOperator(api, "POST", pause);
  expect(await submitJob(deps, { id: job.id, n: 1 })).toEqual({ as: "doze", ms: 1000 });
  expect(novita.submits).toEqual([]);
  expect((await readJob(ledger, job.id)).version).toBe(job.version);
  expect(await readZset(ledger, ledger.keys.slots)).toEqual({});
  await asOperator(api, "POST", resume);
  expect(await submitJob(deps, { id: job.id, n: 1 })).toEqual({ as: "done" });
  expect(novita.submits).toHaveLength(1);
});

test("a start timeout that ends while paused -> expired as ever", async () => {
  const api = await readyApi();
  const ledger = openTestLedger({ prefix: api.prefix });
  const now = await ledger.jobs.readClock();
  const job = await putJob(ledger, newJob(now - 1000, { startDeadlineAt: now }));
  await asOperator(api, "POST", pause);
  expect(await submitJob(submitDeps(ledger), { id: job.id, n: 1 })).toEqual({ as: "done" });
  expect((await readJob(ledger, job.id)).status).toBe("expired");
});

/** A worker of the API's ledger, with a Novita that takes half a second for a video, and a receiver. */
async function startAll() {
  const simulator = buildSimulator({ settings: { generationMs: 500 } });
  const receiver = buildReceiver();
  onTestFinished(async () => void (await Promise.all([simulator.close(), receiver.close()])));
  const [novita, hooks] = await Promise.all([simulator.listen(), receiver.listen()]);
  const api = await readyApi({ WEBHOOK_ALLOW_CIDRS: "127.0.0.0/8" });
  const settings = {
    ...api.environment,
    NOVITA_BASE_URL: novita,
    NOVITA_API_KEY: "novita-key",
    WORKER_PORT: "0",
    SUBMIT_RPM: "1000000",
    POLL_FIRST_MS: "50",
    POLL_BASE_MS: "50",
  };
  const worker = await startWorker(loadWorkerConfig(settings), openLogBook("worker").log);
  onTestFinished(() => worker.close());
  const body = (path: string) => ({ input: { prompt: "a cat" }, webhook: { url: `${hooks}${path}` } });
  return { api, simulator, receiver, body };
}

test("a whole worker while paused -> buys nothing, yet polls, cancels and tells; resumed -> goes on with what waited", async () => {
  const { api, simulator, receiver, body } = await startAll();
  const before = await makeJob(api, body("/before"));
  await eventually(async () => expect(await statusOf(api, before)).toBe("processing"));
  await asOperator(api, "POST", pause);
  const [waiting, unwanted] = [await makeJob(api, body("/waiting")), await makeJob(api, body("/unwanted"))];
  // The stage has tried, and was told to doze.
  const { redis, keys } = api.ledger;
  await eventually(async () => expect(await redis.exists(`${keys.queues}:submit:limiter`)).toBe(1));
  expect((await api.call("POST", `/v1/jobs/${unwanted}/cancel`)).json["status"]).toBe("canceled");
  await receiver.waitFor(({ path }) => path === "/unwanted");
  await receiver.waitFor(({ path }) => path === "/before");
  expect(await statusOf(api, before)).toBe("succeeded");
  expect(await recordOf(api, waiting)).toMatchObject({ status: "queued", attempts: [] });
  expect(simulator.ledger.counters.submits).toBe(1);
  await asOperator(api, "POST", resume);
  await receiver.waitFor(({ path }) => path === "/waiting");
  expect(await recordOf(api, waiting)).toMatchObject({ status: "succeeded", attempts: [{ n: 1 }] });
  expect(simulator.ledger.counters.submits).toBe(2);
});
