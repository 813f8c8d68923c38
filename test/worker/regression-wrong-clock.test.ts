// A worker whose wall clock was an hour wrong signed with that time, so every receiver that keeps to the standard refused
// its webhooks; and when a receiver named a time to come back at, a fast clock thought that it had nearly passed, and a slow
// one stayed away for too long. Redis' clock counts.
import { afterEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { buildReceiver } from "../../src/simulator/receiver.ts";
import { createAddressPolicy } from "../../src/shared/webhook/guard.ts";
import { deliverEvent } from "../../src/worker/deliver.ts";
import { createSender } from "../../src/worker/send.ts";
import { putDelivery, readDelivery } from "../support/delivery.ts";
import { openTestLedger } from "../support/ledger.ts";
import { disableEndpoint, signedWith } from "../support/addressee.ts";

const findAddressee = signedWith("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
const HOUR_MS = 3_600_000;
/** What a receiver allows for, by the standard. */
const TOLERANCE_S = 300;
const ASKED_MS = 120_000;

afterEach(() => void vi.restoreAllMocks());

/** `attempt` delivers once, by a worker whose wall clock is so far off. */
async function openScene(offMs: number) {
  const receiver = buildReceiver();
  await receiver.listen();
  onTestFinished(() => receiver.close());
  const ledger = openTestLedger();
  const { id } = await putDelivery({ ledger }, {}, { url: `${receiver.url}/hook` });
  const sender = createSender({
    policy: createAddressPolicy({ allowCidrs: ["127.0.0.0/8"] }),
    timeoutMs: 2000,
  });
  onTestFinished(() => sender.close());
  const deps = { ...ledger, sender, findAddressee, disableEndpoint, scheduleS: [5], random: () => 0 };
  const attempt = async () => {
    const now = Date.now.bind(Date);
    vi.spyOn(Date, "now").mockImplementation(() => now() + offMs);
    await deliverEvent(deps, { id, n: 1 });
    return readDelivery({ ledger }, id);
  };
  return { receiver, readClock: () => ledger.jobs.readClock(), attempt };
}

describe.each([HOUR_MS, -HOUR_MS])("a wall clock that is %d ms off", (offMs) => {
  test("a webhook -> has the right time", async () => {
    const { receiver, readClock, attempt } = await openScene(offMs);
    const rightS = (await readClock()) / 1000;
    await attempt();
    const sentS = Number(receiver.received[0]?.headers["webhook-timestamp"]);
    expect(Math.abs(sentS - rightS)).toBeLessThan(TOLERANCE_S);
  });

  test("a Retry-After with a date -> tried again at that time", async () => {
    const { receiver, readClock, attempt } = await openScene(offMs);
    const until = Math.ceil(((await readClock()) + ASKED_MS) / 1000) * 1000;
    receiver.answerWith({ status: 503, headers: { "retry-after": new Date(until).toUTCString() } });
    const { status, nextAt } = await attempt();
    expect(status).toBe("retrying");
    expect(nextAt).toBeGreaterThanOrEqual(until);
    // What passes while the result is on its way to the record.
    expect(nextAt).toBeLessThan(until + 1000);
  });
});
