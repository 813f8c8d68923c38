// What is left in Redis after a run, and what of it is meant to be.
import { expect, test } from "vitest";
import { buildSimulator } from "../../src/simulator/simulator.ts";
import { openTestLedger } from "../support/ledger.ts";
import { redisUrl } from "../support/redis.ts";
import { gatherLeftovers } from "./gather.ts";

test("sleeping entries of deliveries -> left, but for one that was given up: it wakes for nothing", async () => {
  const { redis, prefix } = openTestLedger();
  const tag = `{${prefix}}`;
  for (const status of ["aborted", "delivered"]) {
    await redis.hset(`${tag}:delivery:dlv_${status}`, "status", status);
    await redis.zadd(`${tag}:deliver:delayed`, 1, `dlv_${status}-1`);
  }
  await redis.rpush(`${tag}:deliver:active`, "dlv_aborted-2");
  const { ledger } = buildSimulator();
  const { entries } = await gatherLeftovers(redisUrl(), prefix, ledger, { stopped: false });
  expect(entries).toEqual([
    { list: "deliver:active", id: "dlv_aborted-2" },
    { list: "deliver:delayed", id: "dlv_delivered-1" },
  ]);
});
