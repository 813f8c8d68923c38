// A worker whose wall clock was an hour wrong signed with that time, so every receiver that keeps to the standard refused
// its webhooks. It signs by Redis' clock.
import { afterEach, expect, onTestFinished, test, vi } from "vitest";
import { buildReceiver } from "../../src/simulator/receiver.ts";
import { createAddressPolicy } from "../../src/shared/webhook/guard.ts";
import { deliverEvent } from "../../src/worker/deliver.ts";
import { createSender } from "../../src/worker/send.ts";
import { putDelivery } from "../support/delivery.ts";
import { openTestLedger } from "../support/ledger.ts";
import { disableEndpoint, signedWith } from "../support/addressee.ts";

const findAddressee = signedWith("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
const HOUR_MS = 3_600_000;
/** What a receiver allows for, by the standard. */
const TOLERANCE_S = 300;

afterEach(() => void vi.restoreAllMocks());

test.each([HOUR_MS, -HOUR_MS])(
  "a wall clock that is %d ms off -> a webhook with the right time",
  async (offMs) => {
    const receiver = buildReceiver();
    await receiver.listen();
    onTestFinished(() => receiver.close());
    const ledger = openTestLedger();
    const delivery = await putDelivery({ ledger }, {}, { url: `${receiver.url}/hook` });
    const policy = createAddressPolicy({ allowCidrs: ["127.0.0.0/8"] });
    const sender = createSender({ policy, timeoutMs: 2000 });
    onTestFinished(() => sender.close());
    const { deliveries, doorman, log } = ledger;
    const rightS = (await ledger.jobs.readClock()) / 1000;
    const now = Date.now.bind(Date);
    vi.spyOn(Date, "now").mockImplementation(() => now() + offMs);
    const deps = {
      deliveries,
      doorman,
      log,
      sender,
      findAddressee,
      disableEndpoint,
      scheduleS: [5],
      random: () => 0,
    };
    await deliverEvent(deps, { id: delivery.id, n: delivery.generation });
    const sentS = Number(receiver.received[0]?.headers["webhook-timestamp"]);
    expect(Math.abs(sentS - rightS)).toBeLessThan(TOLERANCE_S);
  },
);
