// What a fault of the egress proxy means to a delivery: nothing but time.
import { expect, onTestFinished, test } from "vitest";
import { createAddressPolicy } from "../../src/shared/webhook/guard.ts";
import { tenantSecret } from "../../src/shared/webhook/sign.ts";
import { deliverEvent } from "../../src/worker/deliver.ts";
import { createSender } from "../../src/worker/send.ts";
import { disableEndpoint, signedWith } from "../support/addressee.ts";
import { changeDelivery, putDelivery, readDelivery } from "../support/delivery.ts";
import { openTestLedger } from "../support/ledger.ts";
import { startConnectProxy, type OnConnect } from "./connect-proxy.ts";
import { startReceiver } from "./receiver.ts";

const findAddressee = signedWith(tenantSecret(Buffer.alloc(32, 7), "acme", 0));

const works: OnConnect = (ask) => ask.open();
const fails: OnConnect = ({ answer }) => answer(503);

/** A delivery to a real receiver through a proxy that fails until it is told otherwise. */
async function open() {
  const ledger = openTestLedger();
  const answers: number[] = [];
  const receiver = await startReceiver("http", (_request, response) => {
    // A tunnel that stands would be used again, whatever the proxy makes of new ones.
    response.writeHead(answers.shift() ?? 204, { connection: "close" }).end();
  });
  let proxyDoes = fails;
  const { url: egressProxy } = await startConnectProxy((ask) => proxyDoes(ask));
  const sender = createSender({
    policy: createAddressPolicy({ allowCidrs: ["127.0.0.1/32"] }),
    timeoutMs: 2_000,
    egressProxy,
  });
  onTestFinished(() => sender.close());
  const url = `http://127.0.0.1:${receiver.port}/h`;
  const { id } = await putDelivery({ ledger }, {}, { url });
  const deps = { ...ledger, sender, findAddressee, disableEndpoint, scheduleS: [5, 300], random: () => 0.5 };
  const read = () => readDelivery({ ledger }, id);
  return {
    receiver,
    answers,
    logs: ledger.logs,
    read,
    clock: () => ledger.jobs.readClock(),
    proxyIs: (does: OnConnect) => void (proxyDoes = does),
    attempts: () => ledger.deliveries.readAttempts(id),
    deliver: async () => deliverEvent(deps, { id, n: (await read()).generation }),
    passTime: async () => changeDelivery({ ledger }, await read(), { nextAt: await ledger.jobs.readClock() }),
  };
}

test("the proxy fails before the first attempt -> pending as before, no attempt on record, and it comes back in 15 s", async () => {
  const { deliver, read, attempts, logs, receiver, clock } = await open();
  const before = await read();
  expect(await deliver()).toEqual({ as: "snooze", ms: 15_000 });
  const after = await read();
  expect({ ...after, version: 0, nextAt: 0 }).toEqual({ ...before, version: 0, nextAt: 0 });
  expect(Math.abs(after.nextAt - (await clock()) - 15_000)).toBeLessThan(1_000);
  expect(await attempts()).toEqual([]);
  expect(logs.named("delivery.attempted")).toEqual([]);
  expect(receiver.sockets).toHaveLength(0);
});

test("the proxy fails between two attempts -> retrying as before, with what the first attempt left", async () => {
  const { deliver, read, attempts, answers, passTime, proxyIs } = await open();
  answers.push(500);
  proxyIs(works);
  expect(await deliver()).toMatchObject({ as: "retry" });
  await passTime();
  const before = await read();
  proxyIs(fails);
  expect(await deliver()).toEqual({ as: "snooze", ms: 15_000 });
  const after = await read();
  expect(before).toMatchObject({ status: "retrying", attempt: 1, failures: 1, lastStatus: 500 });
  expect({ ...after, version: 0, nextAt: 0 }).toEqual({ ...before, version: 0, nextAt: 0 });
  expect(await attempts()).toHaveLength(1);
});

test("a hundred faults, then the proxy works -> delivered with the first attempt", async () => {
  const { deliver, read, attempts, passTime, proxyIs, logs } = await open();
  for (let n = 0; n < 100; n += 1) {
    expect(await deliver()).toMatchObject({ as: "snooze" });
    await passTime();
  }
  expect(await read()).toMatchObject({ status: "pending", attempt: 0, failures: 0, lastError: null });
  proxyIs(works);
  expect(await deliver()).toEqual({ as: "done" });
  expect(await read()).toMatchObject({ status: "delivered", attempt: 1 });
  expect((await attempts()).map(({ n, status }) => [n, status])).toEqual([[1, 204]]);
  expect(logs.named("delivery.attempted")).toHaveLength(1);
});
