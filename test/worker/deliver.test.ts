// One event on its way to one address: real Redis, real HTTP, and the reference library as the receiver's judge.
import { describe, expect, onTestFinished, test } from "vitest";
import { Webhook } from "standardwebhooks";

import { buildReceiver } from "../../src/simulator/receiver.ts";
import type { Receiver } from "../../src/simulator/receiver.ts";
import type { Delivery } from "../../src/shared/delivery.ts";
import { settleJob } from "../../src/shared/settle.ts";
import { createAddressPolicy } from "../../src/shared/webhook/guard.ts";
import { tenantSecret } from "../../src/shared/webhook/sign.ts";
import { deliverEvent } from "../../src/worker/deliver.ts";
import type { DeliverDeps } from "../../src/worker/deliver.ts";
import { createSender } from "../../src/worker/send.ts";
import type { Attempt, Outgoing, Sender } from "../../src/worker/send.ts";
import { newJob, newRequest } from "../support/job.ts";
import { openTestLedger, putJob } from "../support/ledger.ts";
import type { TestLedger } from "../support/ledger.ts";
import { disableEndpoint, signedWith } from "../support/addressee.ts";

const master = Buffer.alloc(32, 7);
const secret = tenantSecret(master, "acme", 0);
const older = tenantSecret(Buffer.alloc(32, 8), "acme", 0);
const scheduleS = [5, 300, 1800];
const findAddressee = signedWith(secret);

type Bench = DeliverDeps & { ledger: TestLedger; delivery: Delivery };

/** A canceled job's event, pending for `url`. */
async function createBench(url: string, patch: Partial<DeliverDeps> = {}): Promise<Bench> {
  const ledger = openTestLedger();
  const webhook = { url, events: null };
  const job = await putJob(
    ledger,
    newJob(await ledger.jobs.readClock(), { request: newRequest({ webhook }) }),
  );
  await ledger.jobs.changeJob(job.id, (each, now) => settleJob(each, { as: "canceled" }, now));
  const [delivery] = await ledger.deliveries.deliveriesOf(job.id);
  if (!delivery) throw new Error("no delivery");
  const sender = createSender({
    policy: createAddressPolicy({ allowCidrs: ["127.0.0.0/8"] }),
    timeoutMs: 2000,
  });
  onTestFinished(() => sender.close());
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
    scheduleS,
    random: () => 0,
    ...patch,
  };
}

async function startReceiver(): Promise<Receiver> {
  const receiver = buildReceiver();
  await receiver.listen();
  onTestFinished(() => receiver.close());
  return receiver;
}

const deliver = (bench: Bench, n = bench.delivery.generation) =>
  deliverEvent(bench, { id: bench.delivery.id, n });

async function read({ deliveries, delivery }: Bench): Promise<Delivery> {
  const found = await deliveries.readDelivery(delivery.id);
  if (!found) throw new Error("the delivery is gone");
  return found.record;
}

/** Time passes until the next attempt is due. */
async function passTime(bench: Bench): Promise<void> {
  const now = await bench.ledger.jobs.readClock();
  await bench.deliveries.writeDelivery(await read(bench), { nextAt: now }, now);
}

const headersOf = (received: Receiver["received"][number] | undefined): Record<string, string> =>
  Object.fromEntries(Object.entries(received?.headers ?? {}).map(([name, value]) => [name, String(value)]));

/** A sender whose answers the test gives. */
function fakeSender(...answers: Partial<Attempt>[]): Sender & { sent: number } {
  const sender = {
    sent: 0,
    send: async (): Promise<Attempt> => {
      const answer = answers[Math.min(sender.sent++, answers.length - 1)];
      const failed = { delivered: false, status: 500, errorCode: "http_error" } as const;
      return { durationMs: 1, retryAfterMs: null, snippet: null, ...failed, ...answer };
    },
    close: async () => {},
  };
  return sender;
}
/** A sender whose answer waits for the test. */
function pausedSender(answer: Partial<Attempt>): Sender & { begun: Promise<void>; goOn: () => void } {
  const sender = fakeSender(answer);
  const begun = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  const send = async (outgoing: Outgoing) => {
    begun.resolve();
    await gate.promise;
    return sender.send(outgoing);
  };
  return { send, close: () => sender.close(), begun: begun.promise, goOn: gate.resolve };
}

const success = { delivered: true, status: 204, errorCode: null };

describe("a delivery", () => {
  test("taken with 2xx -> delivered; the reference library verifies it with the tenant's own secret only", async () => {
    const receiver = await startReceiver();
    const bench = await createBench(`${receiver.url}/hook`);
    expect(await deliver(bench)).toEqual({ as: "done" });
    expect(await read(bench)).toMatchObject({
      status: "delivered",
      attempt: 1,
      lastStatus: 204,
      lastError: null,
    });
    const [received] = receiver.received;
    const body = received?.body.toString() ?? "";
    expect(new Webhook(secret).verify(body, headersOf(received))).toMatchObject({
      type: "job.canceled",
      id: bench.delivery.eventId,
      data: { job: { id: bench.delivery.jobId, status: "canceled" } },
    });
    const foreign = new Webhook(tenantSecret(master, "globex", 0));
    expect(() => foreign.verify(body, headersOf(received))).toThrow("No matching signature");
    expect(received?.headers).toMatchObject({
      "content-type": "application/json",
      "webhook-id": bench.delivery.eventId,
    });
    expect(body).not.toContain("a cat");
    expect(await bench.ledger.redis.zscore(bench.ledger.keys.due, bench.delivery.id)).toBeNull();
  });

  test("while a secret rotates -> the receiver may hold either of them", async () => {
    const receiver = await startReceiver();
    const bench = await createBench(receiver.url, { findAddressee: signedWith(secret, older) });
    await deliver(bench);
    const [received] = receiver.received;
    for (const each of [secret, older]) {
      expect(new Webhook(each).verify(received?.body.toString() ?? "", headersOf(received))).toBeTruthy();
    }
  });

  test("refused twice, then taken -> the same id and the same bytes each time, a signature of each attempt's own time", async () => {
    const receiver = await startReceiver();
    receiver.answerWith({ status: 500, body: "boom" }, { status: 503 }, { status: 200 });
    const bench = await createBench(receiver.url);
    for (let n = 0; n < 3; n++) {
      await deliver(bench);
      await passTime(bench);
    }
    expect(await read(bench)).toMatchObject({ status: "delivered", attempt: 3, failures: 2 });
    expect(receiver.received).toHaveLength(3);
    expect(new Set(receiver.received.map(({ body }) => body.toString("hex"))).size).toBe(1);
    expect(new Set(receiver.received.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
    for (const received of receiver.received) {
      expect(new Webhook(secret).verify(received.body.toString(), headersOf(received))).toBeTruthy();
    }
    expect(await bench.deliveries.readAttempts(bench.delivery.id)).toMatchObject([
      { n: 1, generation: 1, status: 500, error_code: "http_error", snippet: "boom" },
      { n: 2, generation: 1, status: 503, error_code: "http_error" },
      { n: 3, generation: 1, status: 200, error_code: null },
    ]);
    expect(bench.ledger.logs.named("delivery.attempted").map(({ status }) => status)).toEqual([
      "retrying",
      "retrying",
      "delivered",
    ]);
  });

  test("a wake-up that comes early -> no attempt, and it comes back in time", async () => {
    const sender = fakeSender(success);
    const bench = await createBench("https://hooks.example", { sender });
    const now = await bench.ledger.jobs.readClock();
    await bench.deliveries.writeDelivery(bench.delivery, { nextAt: now + 5000 }, now);
    const outcome = await deliver(bench);
    expect(outcome.as === "snooze" && outcome.ms > 4000 && outcome.ms <= 5000).toBe(true);
    expect(sender.sent).toBe(0);
  });

  test("its event has gone -> aborted, nothing is sent", async () => {
    const sender = fakeSender(success);
    const bench = await createBench("https://hooks.example", { sender });
    await bench.ledger.redis.del(bench.ledger.keys.event(bench.delivery.eventId));
    expect(await deliver(bench)).toEqual({ as: "done" });
    expect(await read(bench)).toMatchObject({ status: "aborted", lastError: "event_gone" });
    expect(sender.sent).toBe(0);
  });
});

const waitOf = async (bench: Bench) => (await read(bench)).nextAt - (await bench.ledger.jobs.readClock());

describe("the schedule", () => {
  test("failure after failure -> each wait of the schedule in turn, then failed, with every attempt on record", async () => {
    const sender = fakeSender({});
    const bench = await createBench("https://hooks.example", { sender });
    for (const seconds of scheduleS) {
      const outcome = await deliver(bench);
      expect(outcome.as === "retry" && Math.abs(outcome.ms - seconds * 1000) < 500).toBe(true);
      expect(Math.abs((await waitOf(bench)) - seconds * 1000)).toBeLessThan(1000);
      expect(await read(bench)).toMatchObject({ status: "retrying" });
      await passTime(bench);
    }
    expect(await deliver(bench)).toEqual({ as: "done" });
    expect(await read(bench)).toMatchObject({ status: "failed", attempt: 4, failures: 4, lastStatus: 500 });
    expect((await read(bench)).finishedAt).not.toBeNull();
    expect(await bench.deliveries.readAttempts(bench.delivery.id)).toHaveLength(4);
    expect(await deliver(bench)).toEqual({ as: "discard" });
    expect(sender.sent).toBe(4);
  });

  test("jitter -> later by a fifth at most, never earlier", async () => {
    const bench = await createBench("https://hooks.example", { sender: fakeSender({}), random: () => 0.999 });
    const outcome = await deliver(bench);
    expect(outcome.as === "retry" && outcome.ms > 5900 && outcome.ms <= 6000).toBe(true);
  });

  test.each([
    ["later than the schedule", 60_000, 60_000],
    ["sooner than the schedule", 1000, 5000],
  ])("a Retry-After %s -> the later of the two counts", async (_, retryAfterMs, expected) => {
    const bench = await createBench("https://hooks.example", {
      sender: fakeSender({ status: 429, retryAfterMs }),
    });
    await deliver(bench);
    expect(Math.abs((await waitOf(bench)) - expected)).toBeLessThan(1000);
  });

  test("410 -> aborted at once, and never tried again", async () => {
    const receiver = await startReceiver();
    receiver.answerWith({ status: 410 });
    const bench = await createBench(receiver.url);
    expect(await deliver(bench)).toEqual({ as: "done" });
    expect(await read(bench)).toMatchObject({ status: "aborted", lastStatus: 410, lastError: "gone" });
    expect(await deliver(bench)).toEqual({ as: "discard" });
    expect(receiver.received).toHaveLength(1);
  });

  test("a redirect -> a failure that is not followed", async () => {
    const receiver = await startReceiver();
    receiver.answerWith({ status: 302, headers: { location: `${receiver.url}/elsewhere` } });
    const bench = await createBench(receiver.url);
    expect(await deliver(bench)).toMatchObject({ as: "retry" });
    expect(await read(bench)).toMatchObject({ status: "retrying", lastError: "redirect" });
    expect(receiver.received).toHaveLength(1);
  });

  test("an address that webhooks may not reach -> nothing is sent, and the log tells nothing of it", async () => {
    const receiver = await startReceiver();
    const closed = createSender({ policy: createAddressPolicy({ allowCidrs: [] }), timeoutMs: 1000 });
    onTestFinished(() => closed.close());
    const bench = await createBench(receiver.url, { sender: closed });
    await deliver(bench);
    expect(receiver.received).toEqual([]);
    expect(await bench.deliveries.readAttempts(bench.delivery.id)).toMatchObject([
      { status: null, error_code: "target_forbidden", snippet: null },
    ]);
  });
});

describe("late and second wake-ups", () => {
  test("of a generation that has passed -> nothing is sent", async () => {
    const sender = fakeSender(success);
    const bench = await createBench("https://hooks.example", { sender });
    const now = await bench.ledger.jobs.readClock();
    await bench.deliveries.writeDelivery(bench.delivery, { generation: 2 }, now);
    expect(await deliver(bench, 1)).toEqual({ as: "discard" });
    expect(sender.sent).toBe(0);
    expect(await deliver(bench, 2)).toEqual({ as: "done" });
    expect(sender.sent).toBe(1);
  });

  test.each(["delivered", "failed", "aborted"] as const)(
    "of a delivery that is %s -> nothing is sent",
    async (status) => {
      const sender = fakeSender(success);
      const bench = await createBench("https://hooks.example", { sender });
      await bench.deliveries.writeDelivery(bench.delivery, { status }, bench.delivery.nextAt);
      expect(await deliver(bench)).toEqual({ as: "discard" });
      expect(sender.sent).toBe(0);
    },
  );

  test("of a delivery that does not exist -> nothing", async () => {
    const bench = await createBench("https://hooks.example", { sender: fakeSender(success) });
    expect(await deliverEvent(bench, { id: "dlv_none", n: 1 })).toEqual({ as: "discard" });
  });

  test("an attempt that was superseded while it was on its way -> its result changes nothing", async () => {
    const slow = pausedSender({});
    const bench = await createBench("https://hooks.example", { sender: slow });
    const late = deliver(bench);
    await slow.begun;
    await deliverEvent({ ...bench, sender: fakeSender(success) }, { id: bench.delivery.id, n: 1 });
    const delivered = await read(bench);
    expect(delivered).toMatchObject({ status: "delivered", attempt: 2 });
    slow.goOn();
    expect(await late).toMatchObject({ as: "snooze" });
    expect(await read(bench)).toEqual(delivered);
    expect(await bench.deliveries.readAttempts(bench.delivery.id)).toMatchObject([{ n: 2, status: 204 }]);
    expect(bench.ledger.logs.named("delivery.attempted").at(-1)).toMatchObject({ status: "superseded" });
  });

  test("an attempt that ends while its successor is still on its way -> the successor's result alone counts", async () => {
    const bench = await createBench("https://hooks.example");
    const [first, second] = [pausedSender({}), pausedSender(success)];
    const early = deliver({ ...bench, sender: first });
    await first.begun;
    const late = deliver({ ...bench, sender: second });
    await second.begun;
    first.goOn();
    expect(await early).toMatchObject({ as: "snooze" });
    expect(await read(bench)).toMatchObject({ status: "delivering", attempt: 2, failures: 0 });
    second.goOn();
    expect(await late).toEqual({ as: "done" });
    expect(await read(bench)).toMatchObject({ status: "delivered", attempt: 2, failures: 0 });
    expect(await bench.deliveries.readAttempts(bench.delivery.id)).toMatchObject([{ n: 2 }]);
  });

  test("a worker died in mid-attempt -> the next wake-up tries again with the same event", async () => {
    const receiver = await startReceiver();
    const bench = await createBench(receiver.url);
    const now = await bench.ledger.jobs.readClock();
    await bench.deliveries.writeDelivery(bench.delivery, { status: "delivering", attempt: 1 }, now);
    expect(await deliver(bench)).toEqual({ as: "done" });
    expect(await read(bench)).toMatchObject({ status: "delivered", attempt: 2 });
    expect(receiver.received[0]?.headers["webhook-id"]).toBe(bench.delivery.eventId);
  });
});
