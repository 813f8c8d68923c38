import { expect, test } from "vitest";

import { checkDurability } from "../../src/worker/durability.ts";
import { openTestLedger } from "../support/ledger.ts";

const offered = { fsyncsAlways: false, canWaitForFsync: true, replicas: 0 };

test.each([
  ["replica", 0, 1],
  ["replica", 1, 0],
  ["auto", 0, 0],
  ["memory", 0, 0],
] as const)("%s is wanted, %i replicas are there -> warned of %i times", (wanted, replicas, times) => {
  const ledger = openTestLedger();
  checkDurability(ledger.redis, wanted, ledger.log)({ ...offered, replicas });
  expect(ledger.logs.named("redis.no_replica")).toHaveLength(times);
});
