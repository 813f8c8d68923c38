// What a redelivery makes of a delivery.
import { describe, expect, test } from "vitest";

import { redeliver } from "../../src/api/redeliver.ts";
import { Problem } from "../../src/api/problem.ts";
import { deliveryStatuses } from "../../src/shared/delivery.ts";
import { keysOf } from "../../src/shared/keys-of.ts";
import { newDelivery } from "../support/delivery.ts";
import { NOON } from "../support/job.ts";

const LATER = NOON + 1000;
const kept = { erasedAt: null };

test.each(["delivered", "failed", "aborted", "retrying"] as const)(
  "%s -> a new generation with a fresh schedule, due now; its attempts go on counting",
  (status) => {
    const before = newDelivery({
      status,
      generation: 2,
      attempt: 5,
      failures: 4,
      lastStatus: 500,
      lastError: "http_error",
      nextAt: NOON + 60_000,
      finishedAt: status === "retrying" ? null : NOON,
    });
    expect(redeliver(before, kept, LATER)).toEqual({
      status: "pending",
      generation: 3,
      failures: 0,
      nextAt: LATER,
      finishedAt: null,
    });
  },
);

test.each(["pending", "delivering"] as const)("%s -> on its way as it is", (status) => {
  expect(redeliver(newDelivery({ status }), kept, LATER)).toBeNull();
});

test("aborted because the receiver answered 410 -> may be tried again: the receiver may have changed its mind", () => {
  const gone = newDelivery({ status: "aborted", lastError: "gone", lastStatus: 410 });
  expect(redeliver(gone, kept, LATER)).toMatchObject({ status: "pending", generation: 2 });
});

describe("nothing left to send", () => {
  test.each(keysOf(deliveryStatuses))("%s, and the job is erased -> 410", (status) => {
    const problem = redeliver(newDelivery({ status }), { erasedAt: NOON }, LATER);
    expect(problem).toBeInstanceOf(Problem);
    expect(problem).toMatchObject({ code: "gone" });
  });

  test("aborted because its event had gone -> 410", () => {
    const lost = newDelivery({ status: "aborted", lastError: "event_gone" });
    expect(redeliver(lost, kept, LATER)).toMatchObject({ code: "gone" });
  });
});
