// Deliveries that stood in line for more than an hour were woken by each walk of rescue, which called each one a repair; and a test
// of an endpoint stood in line behind a breaker that it was to tell about.
import { expect, test } from "vitest";
import { deliverEvent } from "../../src/worker/deliver.ts";
import { rescueOverdue } from "../../src/worker/rescue.ts";
import type { Attempt } from "../../src/worker/send.ts";
import { disableEndpoint, signedWith } from "../support/addressee.ts";
import { changeDelivery, putDelivery, readDelivery } from "../support/delivery.ts";
import { liveEntries, openTestLedger, SUBMIT_TIMEOUT_MS } from "../support/ledger.ts";

const policy = { pollFirstMs: 10_000, recoveryMs: 86_400_000, holdMs: 600_000 };
const scheduleS = [86_400, 86_400];
const HOUR_MS = 3_600_000;
const url = "https://hooks.example.com/";

function openBench() {
  const ledger = openTestLedger();
  let status = 500;
  const send = async (): Promise<Attempt> => {
    const delivered = status < 300;
    const errorCode = delivered ? null : ("http_error" as const);
    return { delivered, status, errorCode, durationMs: 1, retryAfterMs: null, snippet: null };
  };
  const deps = {
    ...ledger,
    sender: { send, close: async () => undefined },
    findAddressee: signedWith("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
    disableEndpoint,
    scheduleS,
    random: () => 0,
  };
  const shut = async () => {
    for (let n = 0; n < 5; n++)
      await deliverEvent(deps, { id: (await putDelivery({ ledger }, {}, { url })).id, n: 1 });
    expect(ledger.logs.named("destination.opened")).toHaveLength(1);
  };
  return { ledger, deps, shut, repair: () => (status = 204) };
}

test("a delivery has stood in line for two hours -> rescue wakes nobody, and tells of no repair", async () => {
  const { ledger, deps, shut } = openBench();
  await shut();
  const delivery = await putDelivery({ ledger }, {}, { url });
  expect(await deliverEvent(deps, { id: delivery.id, n: 1 })).toEqual({ as: "done" });
  const now = await ledger.jobs.readClock();
  await changeDelivery({ ledger }, delivery, { nextAt: now - 2 * HOUR_MS });
  await ledger.redis.zadd(ledger.keys.due, 1, delivery.id);
  const before = await liveEntries(ledger, "deliver");
  await rescueOverdue({ ...ledger, policy, submitTimeoutMs: SUBMIT_TIMEOUT_MS, scheduleS });
  expect(await liveEntries(ledger, "deliver")).toEqual(before);
  expect(ledger.logs.named("wake_up.rescued")).toEqual([]);
});

test("an endpoint is tested while its destination is left alone -> the receiver is asked at once", async () => {
  const { ledger, deps, shut, repair } = openBench();
  await shut();
  repair();
  const { id } = await putDelivery({ ledger }, { isTest: true }, { url });
  expect(await deliverEvent(deps, { id, n: 1 })).toEqual({ as: "done" });
  expect(await readDelivery({ ledger }, id)).toMatchObject({ status: "delivered", attempt: 1 });
});
