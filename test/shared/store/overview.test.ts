import { expect, test } from "vitest";

import { readOverview } from "../../../src/shared/store/overview.ts";
import { newJob } from "../../support/job.ts";
import { openTestLedger, putJob } from "../../support/ledger.ts";
import { destination, enterAll, seatsAt } from "../../support/places.ts";

test("nothing yet -> zeros, and an open road", async () => {
  const ledger = openTestLedger();
  await ledger.jobs.readClock();
  const overview = await readOverview(ledger);
  expect(overview).toMatchObject({
    oldestQueuedMs: 0,
    slotsInUse: 0,
    breakerCause: "",
    isPaused: false,
    overdue: 0,
    aside: 0,
  });
  expect(overview.jobs.map(({ count }) => count)).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
  expect(overview.entries).toHaveLength(12);
  expect(overview.server?.memoryUsed).toBeGreaterThan(0);
});

test("jobs of all tenants, a slot, a breaker, a pause -> as they are", async () => {
  const ledger = openTestLedger();
  const { redis, keys } = ledger;
  const now = await ledger.jobs.readClock();
  await putJob(ledger, newJob(now - 90_000));
  await putJob(ledger, newJob(now - 10_000, { tenant: "globex" }));
  await redis.zadd(keys.slots, now + 60_000, "att_live", now - 1, "att_given_up");
  await redis.hset(keys.breaker, "cause", "trouble");
  await redis.hset(keys.submissions, "status", "paused");
  await redis.del(keys.due);
  await redis.zadd(keys.due, 0, "job_overdue", now + 60_000, "job_in_time");
  await redis.zadd(keys.aside, 0, "job_1", now + 60_000, "job_2");
  const overview = await readOverview(ledger);
  expect(overview).toMatchObject({ slotsInUse: 1, breakerCause: "trouble", isPaused: true });
  expect(overview.jobs.find(({ status }) => status === "queued")?.count).toBe(2);
  expect(overview.oldestQueuedMs).toBeGreaterThanOrEqual(90_000);
  expect(overview.oldestQueuedMs).toBeLessThan(120_000);
  expect(overview.overdue).toBe(1);
  expect(overview.aside).toBe(2);
});

test("entries of the queues -> by stage and state", async () => {
  const ledger = openTestLedger();
  const now = await ledger.jobs.readClock();
  await ledger.motor.wake(
    [
      { stage: "submit", id: "job_1", n: 1, priority: "high" },
      { stage: "poll", id: "job_1", n: 1, at: now + 60_000 },
      { stage: "deliver", id: "dlv_1", n: 1 },
    ],
    now,
  );
  const alive = (await readOverview(ledger)).entries.filter(({ count }) => count > 0);
  expect(alive).toEqual([
    { stage: "submit", state: "prioritized", count: 1 },
    { stage: "poll", state: "delayed", count: 1 },
    { stage: "deliver", state: "waiting", count: 1 },
  ]);
});

test("deliveries with places of two tenants, one in line, a receiver that is down -> counted", async () => {
  const ledger = openTestLedger();
  const to = destination("slow.example");
  await enterAll(ledger, seatsAt(to, 6));
  await enterAll(ledger, seatsAt(destination("slow.example", "globex"), 2, "foreign"));
  await ledger.redis.zrem(ledger.keys.line(to), "dlv1001-1");
  await ledger.redis.zadd(ledger.keys.openRoads, 1, "forgotten", Date.now() + 60_000, to);
  const overview = await readOverview(ledger);
  expect(overview).toMatchObject({ places: 7, inLine: 7, openDestinations: 1 });
});
