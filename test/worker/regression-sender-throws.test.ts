// A sender that throws, which is a bug of ours, left its delivery in mid-attempt: it was tried again every few seconds for
// ever, outside of the schedule and without a word in the delivery log.
import { expect, test } from "vitest";

import { settleJob } from "../../src/shared/settle.ts";
import { tenantSecret } from "../../src/shared/webhook/sign.ts";
import { deliverEvent } from "../../src/worker/deliver.ts";
import { newJob, newRequest } from "../support/job.ts";
import { openTestLedger, putJob } from "../support/ledger.ts";
import { disableEndpoint, signedWith } from "../support/addressee.ts";

const secret = tenantSecret(Buffer.alloc(32, 7), "acme", 0);
const webhook = { url: "https://hooks.example/in", events: null };
const scheduleS = [5, 300];

test("the sender throws at each attempt -> each is a failed one on record, and the schedule comes to its end", async () => {
  const ledger = openTestLedger();
  const { deliveries, jobs, logs } = ledger;
  const { id } = await putJob(ledger, newJob(await jobs.readClock(), { request: newRequest({ webhook }) }));
  await jobs.changeJob(id, (job, now) => settleJob(job, { as: "canceled" }, now));
  const read = async () => {
    const [delivery] = await deliveries.deliveriesOf(id);
    if (!delivery) throw new Error("no delivery");
    return delivery;
  };
  let sends = 0;
  const send = async () => {
    sends++;
    throw new TypeError("a bug");
  };
  const sender = { send, close: async () => undefined };
  const deps = {
    ...ledger,
    sender,
    findAddressee: signedWith(secret),
    disableEndpoint,
    scheduleS,
    random: () => 0,
  };
  const deliver = async () => deliverEvent(deps, { id: (await read()).id, n: 1 });
  for (const [failed, seconds] of scheduleS.entries()) {
    const outcome = await deliver();
    if (outcome.as !== "retry") throw new Error(`unexpected: ${outcome.as}`);
    expect(Math.abs(outcome.ms - seconds * 1000)).toBeLessThan(500);
    expect(await read()).toMatchObject({
      status: "retrying",
      failures: failed + 1,
      lastStatus: null,
      lastError: "internal_error",
    });
    // Time passes until the next attempt is due.
    const now = await jobs.readClock();
    await deliveries.writeDelivery(await read(), { nextAt: now }, now);
  }
  expect(await deliver()).toEqual({ as: "done" });
  expect(await read()).toMatchObject({ status: "failed", attempt: 3, failures: 3 });
  const attempts = await deliveries.readAttempts((await read()).id);
  expect(attempts.map(({ n, error_code }) => [n, error_code])).toEqual(
    [1, 2, 3].map((n) => [n, "internal_error"]),
  );
  expect(sends).toBe(3);
  expect(logs.named("delivery.broken")).toHaveLength(3);
});
