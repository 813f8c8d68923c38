// What stood in line for an endpoint that then moved waited for the breaker of the old address: for ten minutes at worst.
import { expect, test } from "vitest";
import { destinationOf } from "../../src/shared/destination.ts";
import { rescueOverdue } from "../../src/worker/rescue.ts";
import { changeEndpoint, putEndpoint, putEndpointDelivery } from "../support/endpoint.ts";
import { liveEntries, openTestLedger, SUBMIT_TIMEOUT_MS } from "../support/ledger.ts";

const OLD = "https://dead.example.com/in";
const NEW = "https://alive.example.com/in";
const ROW_TO_OPEN = 5;
const policy = { pollFirstMs: 10_000, recoveryMs: 86_400_000, holdMs: 600_000 };

test("an endpoint moves while a delivery stands in line behind the breaker of its old address -> rescue brings it to the new one", async () => {
  const ledger = openTestLedger();
  const endpoint = await putEndpoint({ ledger }, { url: OLD });
  const before = { entry: "dlv_before-1", to: destinationOf("acme", OLD) };
  for (let n = 0; n < ROW_TO_OPEN; n++) await ledger.places.leave(before, { road: "down", pace: "same" });
  const { id } = await putEndpointDelivery({ ledger }, endpoint);
  const rescue = async () => {
    await ledger.redis.zadd(ledger.keys.due, 1, id);
    await rescueOverdue({ ...ledger, policy, submitTimeoutMs: SUBMIT_TIMEOUT_MS, scheduleS: [86_400] });
    return liveEntries(ledger, "deliver");
  };
  expect(await rescue()).toEqual([]);
  await changeEndpoint({ ledger }, endpoint, { url: NEW });
  expect(await rescue()).toEqual([`${id}-1`]);
});
