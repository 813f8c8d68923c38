// A redelivery while an attempt of the generation before is still on its way, in a worker that everybody took for dead.
import { expect, test } from "vitest";

import { Problem } from "../../src/api/problem.ts";
import { redeliver } from "../../src/api/redeliver.ts";
import { deliverEvent } from "../../src/worker/deliver.ts";
import type { Attempt, Sender } from "../../src/worker/send.ts";
import { putDelivery, readDelivery } from "../support/delivery.ts";
import { openTestLedger } from "../support/ledger.ts";
import { disableEndpoint, signedWith } from "../support/addressee.ts";

const findAddressee = signedWith("whsec_BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=");
const failure = { delivered: false, status: 500, errorCode: "http_error" } as const;
const success = { delivered: true, status: 204, errorCode: null } as const;
type Result = typeof failure | typeof success;

const answering = (result: Result): Sender => ({
  send: async (): Promise<Attempt> => ({ durationMs: 1, retryAfterMs: null, snippet: null, ...result }),
  close: async () => {},
});

/** A sender that has begun its attempt, and ends it when told. */
function frozen(result: Result) {
  const [begun, thaw] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const sender: Sender = {
    ...answering(result),
    send: async (outgoing) => {
      begun.resolve();
      await thaw.promise;
      return answering(result).send(outgoing);
    },
  };
  return { sender, begun: begun.promise, thaw: thaw.resolve };
}

/** A delivery whose first attempt is frozen, while a second one has failed, so that it has been sent once more. */
async function setUp(late: Result) {
  const ledger = openTestLedger();
  const { id } = await putDelivery({ ledger });
  const worker = frozen(late);
  const deliver = (sender: Sender, n: number) =>
    deliverEvent(
      { ...ledger, sender, findAddressee, disableEndpoint, scheduleS: [5], random: () => 0 },
      { id, n },
    );
  const lateAttempt = deliver(worker.sender, 1);
  await worker.begun;
  await deliver(answering(failure), 1);
  const before = await readDelivery({ ledger }, id);
  const now = await ledger.jobs.readClock();
  const wish = redeliver(before, { erasedAt: null }, now);
  if (!wish || wish instanceof Problem) throw new Error("It could not be redelivered.");
  await ledger.deliveries.writeWish(before, wish, now, null);
  const thaw = () => {
    worker.thaw();
    return lateAttempt;
  };
  return { ledger, deliver, thaw, read: () => readDelivery({ ledger }, id) };
}

test.each([
  ["succeeds", success],
  ["fails", failure],
])(
  "the old attempt %s after the redelivery -> the new generation stays due, and is sent",
  async (_how, late) => {
    const { deliver, thaw, read, ledger } = await setUp(late);
    const pending = await read();
    expect(pending).toMatchObject({ status: "pending", generation: 2, attempt: 2, failures: 0 });
    expect(await thaw()).toMatchObject({ as: "snooze" });
    expect(await read()).toEqual(pending);
    expect(ledger.logs.named("delivery.attempted").at(-1)).toMatchObject({
      attempt: 1,
      status: "superseded",
    });
    expect(await deliver(answering(success), 1)).toEqual({ as: "discard" });
    expect(await deliver(answering(success), 2)).toEqual({ as: "done" });
    expect(await read()).toMatchObject({ status: "delivered", generation: 2, attempt: 3 });
  },
);

test("the old attempt fails while the new generation's own is on its way -> that one's result alone counts", async () => {
  const { deliver, thaw, read } = await setUp(failure);
  const own = frozen(success);
  const attempt = deliver(own.sender, 2);
  await own.begun;
  expect(await thaw()).toMatchObject({ as: "snooze" });
  expect(await read()).toMatchObject({ status: "delivering", generation: 2, attempt: 3, failures: 0 });
  own.thaw();
  expect(await attempt).toEqual({ as: "done" });
  expect(await read()).toMatchObject({ status: "delivered", failures: 0, lastStatus: 204 });
});

test("the old attempt comes back when the new generation has been delivered -> it stays delivered", async () => {
  const { deliver, thaw, read } = await setUp(failure);
  await deliver(answering(success), 2);
  const delivered = await read();
  await thaw();
  expect(await read()).toEqual(delivered);
});
