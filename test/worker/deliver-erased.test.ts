// A delivery whose job is erased while it is on its way: whatever the worker comes back with is not written.
import { expect, test } from "vitest";

import { eraseJob } from "../../src/api/erase.ts";
import type { Delivery } from "../../src/shared/delivery.ts";
import { settleJob } from "../../src/shared/settle.ts";
import { tenantSecret } from "../../src/shared/webhook/sign.ts";
import { deliverEvent } from "../../src/worker/deliver.ts";
import type { DeliverDeps } from "../../src/worker/deliver.ts";
import type { Attempt, Sender } from "../../src/worker/send.ts";
import { newJob, newRequest } from "../support/job.ts";
import { openTestLedger, putJob } from "../support/ledger.ts";
import type { TestLedger } from "../support/ledger.ts";
import { disableEndpoint, signedWith } from "../support/addressee.ts";

type Bench = DeliverDeps & { ledger: TestLedger; delivery: Delivery };

const findAddressee = signedWith(tenantSecret(Buffer.alloc(32, 7), "acme", 0));

/** A canceled job's event, pending. */
async function createBench(sender: Sender): Promise<Bench> {
  const ledger = openTestLedger();
  const webhook = { url: "https://hooks.example/in?token=1", events: null };
  const now = await ledger.jobs.readClock();
  const { id } = await putJob(ledger, newJob(now, { request: newRequest({ webhook }) }));
  await ledger.jobs.changeJob(id, (job, at) => settleJob(job, { as: "canceled" }, at));
  const [delivery] = await ledger.deliveries.deliveriesOf(id);
  if (!delivery) throw new Error("no delivery");
  const { deliveries, doorman, log } = ledger;
  return {
    ledger,
    delivery,
    deliveries,
    doorman,
    log,
    sender,
    findAddressee,
    disableEndpoint,
    scheduleS: [5],
    random: () => 0,
  };
}

async function erase({ ledger, delivery }: Bench): Promise<void> {
  const jobId = delivery.jobId ?? "";
  const known = await ledger.jobs.readJob(jobId);
  if (known) await ledger.jobs.eraseJob(jobId, eraseJob, known);
}

const deliver = (bench: Bench, deps: Partial<DeliverDeps> = {}) =>
  deliverEvent({ ...bench, ...deps }, { id: bench.delivery.id, n: 1 });

const stateOf = async ({ deliveries, delivery }: Bench) =>
  (await deliveries.readDelivery(delivery.id))?.record;

/** A receiver that answers with a snippet, once the test lets it. */
function pausedSender() {
  const begun = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  const sent: string[] = [];
  const refusal = { delivered: false, status: 500, errorCode: "http_error" } as const;
  const answer: Attempt = { ...refusal, durationMs: 1, retryAfterMs: null, snippet: "ugly cats" };
  const send = async ({ url }: { url: string }): Promise<Attempt> => {
    sent.push(url);
    begun.resolve();
    await gate.promise;
    return answer;
  };
  return { send, close: async () => {}, sent, begun: begun.promise, goOn: gate.resolve };
}

const erased = { status: "aborted", lastError: "erased", url: "" };

test("erased while the request is on its way -> what the receiver says is not stored, and nothing follows", async () => {
  const sender = pausedSender();
  const bench = await createBench(sender);
  const delivering = deliver(bench);
  await sender.begun;
  await erase(bench);
  sender.goOn();
  expect(await delivering).toMatchObject({ as: "snooze" });
  expect(await stateOf(bench)).toMatchObject(erased);
  expect(await bench.deliveries.readAttempts(bench.delivery.id)).toEqual([]);
  expect(bench.ledger.logs.named("delivery.attempted")).toMatchObject([{ status: "superseded" }]);
  expect(await deliver(bench)).toEqual({ as: "discard" });
  expect(sender.sent).toHaveLength(1);
});

test("erased after the record was read, before its event was -> nothing is sent, and it ended as erased", async () => {
  const sender = pausedSender();
  const bench = await createBench(sender);
  const readEventBody = async (id: string) => {
    await erase(bench);
    return bench.deliveries.readEventBody(id);
  };
  expect(await deliver(bench, { deliveries: { ...bench.deliveries, readEventBody } })).toEqual({
    as: "done",
  });
  expect(await stateOf(bench)).toMatchObject(erased);
  expect(sender.sent).toEqual([]);
});

test("erased after its event was read -> nothing is sent", async () => {
  const sender = pausedSender();
  const bench = await createBench(sender);
  const readEventBody = async (id: string) => {
    const body = await bench.deliveries.readEventBody(id);
    await erase(bench);
    return body;
  };
  const outcome = await deliver(bench, { deliveries: { ...bench.deliveries, readEventBody } });
  expect(outcome).toMatchObject({ as: "snooze" });
  expect(await stateOf(bench)).toMatchObject(erased);
  expect(sender.sent).toEqual([]);
});

test("a delivery without address or event that is made live all the same -> ends as erased, without a request", async () => {
  const sender = pausedSender();
  const bench = await createBench(sender);
  await erase(bench);
  const now = await bench.ledger.jobs.readClock();
  const ended = await stateOf(bench);
  if (ended) await bench.deliveries.writeDelivery(ended, { status: "pending", nextAt: now }, now);
  expect(await deliver(bench)).toEqual({ as: "done" });
  expect(await stateOf(bench)).toMatchObject(erased);
  expect(sender.sent).toEqual([]);
});
