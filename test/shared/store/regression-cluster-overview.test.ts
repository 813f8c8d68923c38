// On a Cluster INFO asks any one of the servers, so what it says of memory and files changed from scrape to scrape.
import { Redis } from "ioredis";
import { expect, onTestFinished, test } from "vitest";

import { readOverview } from "../../../src/shared/store/overview.ts";
import { isConnected } from "../../../src/shared/store/redis.ts";
import { eventually } from "../../support/eventually.ts";
import { newJob } from "../../support/job.ts";
import { openTestLedger, putJob } from "../../support/ledger.ts";
import { startPrivateRedis } from "../../support/redis.ts";

test("a Cluster -> what the installation is doing, and nothing that is one server's", async () => {
  const node = await startPrivateRedis({ cluster: true });
  onTestFinished(() => node.stop());
  const operator = new Redis(node.url);
  onTestFinished(() => operator.disconnect());
  await operator.call("CLUSTER", "ADDSLOTSRANGE", "0", "16383");
  await eventually(async () => expect(await operator.call("CLUSTER", "INFO")).toContain("cluster_state:ok"));
  const ledger = openTestLedger({ url: `${node.url},${node.url}` });
  await putJob(ledger, newJob(await ledger.jobs.readClock()));
  await eventually(() => expect(isConnected(ledger.redis)).toBe(true));
  const overview = await readOverview(ledger);
  expect(overview.jobs.find(({ status }) => status === "queued")?.count).toBe(1);
  expect(overview.server).toBeNull();
});
