// A write whose answer was lost is sent again over the new connection, and the second answer used to be "stale": a look
// was counted twice, and what follows from a write (its log line, its wake-ups, the attempt of a delivery) did not happen.
import { expect, test, vi } from "vitest";

import { settleJob } from "../../src/shared/settle.ts";
import { tenantSecret } from "../../src/shared/webhook/sign.ts";
import { deliverEvent } from "../../src/worker/deliver.ts";
import type { LookOutcome } from "../../src/worker/novita/classify.ts";
import { pollTask } from "../../src/worker/poll.ts";
import type { Sender } from "../../src/worker/send.ts";
import { submitJob } from "../../src/worker/submit.ts";
import { newJob, newRequest, processingJob } from "../support/job.ts";
import { liveEntries, openTestLedger, putJob, readJob } from "../support/ledger.ts";
import type { TestLedger } from "../support/ledger.ts";
import { fakeNovita, running } from "../support/novita.ts";
import { pollDeps, submitDeps } from "../support/stage.ts";
import { disableEndpoint, signedWith } from "../support/addressee.ts";

const secret = tenantSecret(Buffer.alloc(32, 7), "acme", 0);
const webhook = { url: "https://hooks.example/in", events: null };
const request = newRequest({ webhook });
const video = { url: "https://v.example/1.mp4", type: "mp4", expiresAt: null };

/** From now on every script runs twice, and what is heard is the second answer. */
function loseFirstAnswers({ redis }: TestLedger): void {
  const send = redis.evalsha.bind(redis);
  vi.spyOn(redis, "evalsha").mockImplementation(async (...words) => {
    await send(...words);
    return send(...words);
  });
}

const look = (ledger: TestLedger, id: string, seen: LookOutcome) =>
  pollTask(pollDeps(ledger, { novita: fakeNovita({ look: () => seen }) }), { id, n: 1 });

const named = (ledger: TestLedger, start: string) =>
  ledger.logs.lines.filter(({ msg }) => String(msg).startsWith(start));

/** Puts a job on a ledger that has answered each script once, so that Redis knows them. */
async function putProcessing(ledger: TestLedger) {
  const job = await putJob(ledger, processingJob(await ledger.jobs.readClock(), { request }));
  await readJob(ledger, job.id);
  return job;
}

test("a look -> counted once, with one line of history", async () => {
  const ledger = openTestLedger();
  const { id, version } = await putProcessing(ledger);
  loseFirstAnswers(ledger);
  await look(ledger, id, running({ progress: 40 }));
  const after = await readJob(ledger, id);
  expect(after).toMatchObject({ version: version + 1, polls: 1, tasks: [{ looks: 1 }], progress: 40 });
  const told = (await ledger.jobs.readHistory(id)).filter(({ kind }) => kind === "progress");
  expect(told).toHaveLength(1);
});

test("the end of a job -> said once, and its one delivery is woken", async () => {
  const ledger = openTestLedger();
  const { id } = await putProcessing(ledger);
  loseFirstAnswers(ledger);
  expect(await look(ledger, id, { kind: "succeeded", video })).toEqual({ as: "done" });
  expect(ledger.logs.named("job.settled")).toMatchObject([{ job_id: id, status: "succeeded", polls: 1 }]);
  const deliveries = await ledger.deliveries.deliveriesOf(id);
  expect(deliveries).toMatchObject([{ eventType: "job.succeeded" }]);
  expect(await liveEntries(ledger, "deliver")).toEqual(deliveries.map((delivery) => `${delivery.id}-1`));
});

test("an unknown outcome -> the alarm is raised once", async () => {
  const ledger = openTestLedger();
  const job = await putJob(ledger, newJob(await ledger.jobs.readClock(), { request }));
  const unknown = { kind: "unknown", message: "reset", upstream: null } as const;
  const novita = fakeNovita({ submit: () => unknown });
  loseFirstAnswers(ledger);
  expect(await submitJob(submitDeps(ledger, { novita }), { id: job.id, n: 1 })).toEqual({ as: "done" });
  expect(novita.submits).toHaveLength(1);
  expect(await readJob(ledger, job.id)).toMatchObject({ status: "unconfirmed", version: 3 });
  expect(named(ledger, "job.unconfirmed")).toMatchObject([{ level: "error", job_id: job.id }]);
  expect(await liveEntries(ledger, "deliver")).toHaveLength(1);
});

test("a new job -> accepted, and its first stage is woken", async () => {
  const ledger = openTestLedger();
  await putProcessing(ledger);
  loseFirstAnswers(ledger);
  const job = newJob(await ledger.jobs.readClock());
  const change = { transition: null, job, fact: { kind: "queued" }, event: null };
  expect(await ledger.jobs.createJob(change)).toBeNull();
  expect(await liveEntries(ledger, "submit")).toEqual([`${job.id}-1`]);
});

test("the attempt of a delivery -> made, and recorded once", async () => {
  const ledger = openTestLedger();
  const { id } = await putJob(ledger, newJob(await ledger.jobs.readClock(), { request }));
  await ledger.jobs.changeJob(id, (job, now) => settleJob(job, { as: "canceled" }, now));
  const [delivery] = await ledger.deliveries.deliveriesOf(id);
  if (!delivery) throw new Error("no delivery");
  loseFirstAnswers(ledger);
  const taken = { delivered: true, status: 204, errorCode: null, durationMs: 1, retryAfterMs: null } as const;
  const send = vi.fn<Sender["send"]>(async () => ({ ...taken, snippet: null }));
  const sender = { send, close: async () => undefined };
  const deps = {
    ...ledger,
    sender,
    findAddressee: signedWith(secret),
    disableEndpoint,
    scheduleS: [5],
    random: () => 0,
  };
  expect(await deliverEvent(deps, { id: delivery.id, n: 1 })).toEqual({ as: "done" });
  expect(send).toHaveBeenCalledOnce();
  expect((await ledger.deliveries.readDelivery(delivery.id))?.record).toMatchObject({
    status: "delivered",
    attempt: 1,
    version: 3,
  });
  expect(await ledger.deliveries.readAttempts(delivery.id)).toMatchObject([{ n: 1, status: 204 }]);
  expect(ledger.logs.named("delivery.attempted")).toMatchObject([{ status: "delivered" }]);
});
