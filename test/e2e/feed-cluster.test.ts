// A tenant's events where Redis is a Cluster, whose slot moves to another primary while they are read.
import { expect, onTestFinished, test } from "vitest";
import { makeKeys } from "../../src/shared/store/keys.ts";
import { readyApi } from "../support/api.ts";
import { eventually } from "../support/eventually.ts";
import { openStream } from "../support/event-stream.ts";
import { endJob, feedOf, idsOf, raiseEvents, readOn, readPage } from "../support/feed.ts";
import { startCluster } from "../support/redis-cluster.ts";

test(
  "pages, a wait and a stream, and the slot moves meanwhile -> each event once, in order",
  { timeout: 120_000 },
  async () => {
    const cluster = await startCluster();
    onTestFinished(() => cluster.stop());
    const api = await readyApi({ REDIS_URL: cluster.url });
    const stream = await openStream(`${api.url}/v1/events`);
    const { next } = await readPage(api, "after=latest");
    const waiting = readPage(api, `wait=60&after=${next}`);
    await endJob(api);
    const told = await waiting;
    await raiseEvents(api, 30);
    const slot = await cluster.slotOf(makeKeys(api.prefix).feed("acme"));
    expect(await cluster.reshard(slot)).toBeGreaterThan(0);
    await eventually(() => raiseEvents(api, 1));
    const feed = await feedOf(api);
    expect(idsOf(told)).toEqual(feed.slice(0, 1));
    const { ids } = await readOn(api, "limit=7", next);
    expect(ids).toEqual(feed);
    await stream.until(({ messages }) => messages.length >= feed.length);
    expect(stream.messages.map(({ data }) => data["id"])).toEqual(feed);
  },
);
