// Each scrape of a frozen Redis asked it anew; when it thawed it had to answer all of them at once.
import { expect, onTestFinished, test } from "vitest";

import { createMetrics } from "../../../src/shared/metrics/metrics.ts";
import { readOverview } from "../../../src/shared/store/overview.ts";
import { eventually } from "../../support/eventually.ts";
import { openTestLedger } from "../../support/ledger.ts";
import { readSamples } from "../../support/metrics.ts";
import { startPrivateRedis } from "../../support/redis.ts";

test("scrapes while Redis is frozen -> it is asked for one overview, and for a new one when it has thawed", async () => {
  const redis = await startPrivateRedis();
  onTestFinished(() => redis.stop());
  const ledger = openTestLedger({ url: redis.url });
  await ledger.jobs.readClock();
  let asked = 0;
  const write = createMetrics({
    process: "worker",
    log: ledger.logs.log,
    readOverview: () => {
      asked += 1;
      return readOverview(ledger);
    },
  });
  const isUp = async () => readSamples(await write())["onetake_redis_up"];
  expect(await isUp()).toBe(1);
  await redis.kill("SIGSTOP");
  expect(await Promise.all(Array.from({ length: 50 }, isUp))).toEqual(Array.from({ length: 50 }, () => 0));
  expect(await isUp()).toBe(0);
  expect(asked).toBe(2);
  await redis.kill("SIGCONT");
  await eventually(async () => expect(await isUp()).toBe(1));
  expect(await isUp()).toBe(1);
  expect(asked).toBeGreaterThan(2);
});

test("an overview that fails -> the next scrape asks anew", async () => {
  const ledger = openTestLedger();
  await ledger.jobs.readClock();
  const answers = [() => Promise.reject(new Error("away"))];
  const write = createMetrics({
    process: "worker",
    log: ledger.logs.log,
    readOverview: () => answers.shift()?.() ?? readOverview(ledger),
  });
  expect(readSamples(await write())["onetake_redis_up"]).toBe(0);
  expect(readSamples(await write())["onetake_redis_up"]).toBe(1);
});
