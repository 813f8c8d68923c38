// A receiver named a time to come back at. A worker whose wall clock was fast thought that it had nearly passed, and came
// too early; one whose clock was slow stayed away for too long. The time is compared with Redis' clock.
import { afterEach, expect, onTestFinished, test, vi } from "vitest";
import { buildReceiver } from "../../src/simulator/receiver.ts";
import { createAddressPolicy } from "../../src/shared/webhook/guard.ts";
import { deliverEvent } from "../../src/worker/deliver.ts";
import { createSender } from "../../src/worker/send.ts";
import { putDelivery, readDelivery } from "../support/delivery.ts";
import { openTestLedger } from "../support/ledger.ts";
import { disableEndpoint, signedWith } from "../support/addressee.ts";

const findAddressee = signedWith("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
const HOUR_MS = 3_600_000;
const ASKED_MS = 120_000;

afterEach(() => void vi.restoreAllMocks());

test.each([HOUR_MS, -HOUR_MS])(
  "a wall clock that is %d ms off, a Retry-After with a date -> tried again at that time",
  async (offMs) => {
    const receiver = buildReceiver();
    await receiver.listen();
    onTestFinished(() => receiver.close());
    const ledger = openTestLedger();
    const until = Math.ceil(((await ledger.jobs.readClock()) + ASKED_MS) / 1000) * 1000;
    receiver.answerWith({ status: 503, headers: { "retry-after": new Date(until).toUTCString() } });
    const { id } = await putDelivery({ ledger }, {}, { url: `${receiver.url}/hook` });
    const policy = createAddressPolicy({ allowCidrs: ["127.0.0.0/8"] });
    const sender = createSender({ policy, timeoutMs: 2000 });
    onTestFinished(() => sender.close());
    const now = Date.now.bind(Date);
    vi.spyOn(Date, "now").mockImplementation(() => now() + offMs);
    const deps = { ...ledger, sender, findAddressee, disableEndpoint, scheduleS: [5], random: () => 0 };
    await deliverEvent(deps, { id, n: 1 });
    const { status, nextAt } = await readDelivery({ ledger }, id);
    expect(status).toBe("retrying");
    expect(nextAt).toBeGreaterThanOrEqual(until);
    // What passes while the result is on its way to the record.
    expect(nextAt).toBeLessThan(until + 1000);
  },
);
