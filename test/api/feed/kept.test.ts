// How much of a feed is kept, and for how long.
import { expect, test } from "vitest";
import { readyApi } from "../../support/api.ts";
import { feedOf, raiseEvents, readPage } from "../../support/feed.ts";

const RETENTION_S = 1000;

test("10,000 events that are older than is kept -> they go as new ones come, which all stay", async () => {
  const api = await readyApi({ RETENTION_S: String(RETENTION_S) });
  const { redis, keys, jobs } = api.ledger;
  const feed = keys.feed("acme");
  const at = (await jobs.readClock()) - 2 * RETENTION_S * 1000;
  const pipeline = redis.pipeline();
  for (let n = 0; n < 10_000; n++)
    pipeline.xadd(feed, `${at}-${n + 1}`, "event", "evt_old", "type", "job.failed", "job", "");
  await pipeline.exec();
  const raised = await raiseEvents(api, 100, { retentionS: RETENTION_S });
  // Redis gives back whole nodes of a hundred lines at most.
  expect(await redis.xlen(feed)).toBeLessThan(300);
  expect((await feedOf(api)).slice(-100)).toEqual(raised);
  expect((await readPage(api, "limit=100")).data).toHaveLength(100);
});

test("no more events come -> the feed goes after as long as events are kept; a reader who has looked since reads on", async () => {
  const api = await readyApi({ RETENTION_S: String(RETENTION_S) });
  await raiseEvents(api, 1, { retentionS: RETENTION_S });
  const { redis, keys } = api.ledger;
  const left = await redis.pttl(keys.feed("acme"));
  expect(left).toBeGreaterThan((RETENTION_S - 60) * 1000);
  expect(left).toBeLessThanOrEqual(RETENTION_S * 1000);
});
