// GET /v1/events?wait=N, and with Prefer: wait=N: the answer comes with the first event.
import { expect, onTestFinished, test, vi } from "vitest";
import { GLOBEX } from "../../support/api.ts";
import { eventually } from "../../support/eventually.ts";
import { endJob, idsOf, raiseEvents, readPage } from "../../support/feed.ts";
import { startPrivateRedis } from "../../support/redis.ts";
import { openWatchedApi } from "../../support/watched-api.ts";

type WatchedApi = Awaited<ReturnType<typeof openWatchedApi>>;

const isWatched = (api: WatchedApi, watches = 1) =>
  eventually(() => expect(api.changes.count().watches).toBe(watches));

const isOver = (api: WatchedApi) => expect(api.changes.count()).toEqual({ watches: 0, topics: 0 });

/** Nobody looks unless hinted at. */
function stopSweeps(): void {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  onTestFinished(() => void vi.useRealTimers());
}

test("there are events -> at once, and nobody watches", async () => {
  const api = await openWatchedApi();
  const watch = vi.spyOn(api.changes, "watchFeed");
  const raised = await raiseEvents(api, 2);
  expect(idsOf(await readPage(api, "wait=60"))).toEqual(raised);
  expect(watch).not.toHaveBeenCalled();
});

test("there is none -> as soon as there is one, by its hint", async () => {
  stopSweeps();
  const api = await openWatchedApi();
  await raiseEvents(api, 1);
  const { next } = await readPage(api);
  const waiting = readPage(api, `wait=60&after=${next}`);
  await isWatched(api);
  const id = await endJob(api);
  const page = await waiting;
  expect(page.data).toMatchObject([{ type: "job.canceled", data: { job: { id } } }]);
  expect(await readPage(api, `after=${page.next}`)).toMatchObject({ data: [] });
  isOver(api);
});

test("none comes in time -> none, and where to read on", async () => {
  const api = await openWatchedApi();
  const { next } = await readPage(api);
  const answer = await api.call("GET", `/v1/events?wait=1&after=${next}`);
  expect(answer).toMatchObject({ status: 200, json: { data: [], has_more: false } });
  expect(answer.headers).not.toHaveProperty("preference-applied");
  expect(answer.ms).toBeGreaterThan(900);
  const [raised] = await raiseEvents(api, 1);
  expect(idsOf(await readPage(api, `after=${String(answer.json["next"])}`))).toEqual([raised]);
  isOver(api);
});

test("an event between the first look and the wait, so that no hint will come -> at once", async () => {
  stopSweeps();
  const api = await openWatchedApi();
  const { redis, keys } = api.ledger;
  vi.spyOn(api.changes, "hint").mockImplementation(() => {});
  const evaluate = redis.evalsha.bind(redis);
  const raised: string[] = [];
  vi.spyOn(redis, "evalsha").mockImplementation(async (...words) => {
    const seen: unknown = await evaluate(...words);
    if (raised.length === 0 && words.includes(keys.feed("acme"))) raised.push(...(await raiseEvents(api, 1)));
    return seen;
  });
  expect(idsOf(await readPage(api, "wait=60"))).toEqual(raised);
  expect(raised).toHaveLength(1);
});

test("only events of another type come -> it waits on; one of the type -> that one", async () => {
  const api = await openWatchedApi();
  const waiting = readPage(api, "wait=60&type=job.failed&after=latest");
  await isWatched(api);
  await raiseEvents(api, 3, { type: "job.progress" });
  const [wanted] = await raiseEvents(api, 1, { type: "job.failed" });
  expect(idsOf(await waiting)).toEqual([wanted]);
});

test("what it fits lies behind 2,500 others -> found in one wait", async () => {
  const api = await openWatchedApi();
  await raiseEvents(api, 2500, { type: "job.progress" });
  const [wanted] = await raiseEvents(api, 1, { type: "job.failed" });
  expect(idsOf(await readPage(api, "wait=60&type=job.failed"))).toEqual([wanted]);
});

test("another tenant's event -> wakes nobody", async () => {
  stopSweeps();
  const api = await openWatchedApi();
  const waiting = readPage(api, "wait=60");
  await isWatched(api);
  const read = vi.spyOn(api.ledger.redis, "evalsha");
  await raiseEvents(api, 1, { tenant: "globex" });
  const own = await readPage(api, "wait=60", { key: GLOBEX });
  expect(own.data).toHaveLength(1);
  const feeds = read.mock.calls.filter((words) => words.includes(api.ledger.keys.feed("acme")));
  expect(feeds).toEqual([]);
  const [raised] = await raiseEvents(api, 1);
  expect(idsOf(await waiting)).toEqual([raised]);
});

test("50 wait -> all are told, by a few reads", async () => {
  const api = await openWatchedApi();
  const { next } = await readPage(api);
  const waiting = Array.from({ length: 50 }, () => readPage(api, `wait=60&after=${next}`));
  await isWatched(api, 50);
  const read = vi.spyOn(api.ledger.redis, "evalsha");
  const raised = await raiseEvents(api, 1);
  expect((await Promise.all(waiting)).map(idsOf)).toEqual(waiting.map(() => raised));
  const feeds = read.mock.calls.filter((words) => words.includes(api.ledger.keys.feed("acme")));
  expect(feeds.length).toBeLessThan(50);
});

test("Prefer: wait=N -> the same, and the answer says that it waited", async () => {
  const api = await openWatchedApi();
  const answer = api.call("GET", "/v1/events", { headers: { prefer: "wait=100" } });
  await isWatched(api);
  const [raised] = await raiseEvents(api, 1);
  expect(await answer).toMatchObject({
    status: 200,
    json: { data: [{ id: raised }] },
    headers: { "preference-applied": "wait=60" },
  });
});

test("Redis is away for a while -> the wait outlasts it", { timeout: 30_000 }, async () => {
  const redis = await startPrivateRedis();
  onTestFinished(() => redis.stop());
  const api = await openWatchedApi({ REDIS_URL: redis.url });
  await raiseEvents(api, 1);
  const { next } = await readPage(api);
  const waiting = readPage(api, `wait=60&after=${next}`);
  await isWatched(api);
  await redis.restart();
  const [raised] = await eventually(() => raiseEvents(api, 1));
  expect(idsOf(await waiting)).toEqual([raised]);
});

test("the feed cannot be understood while somebody waits -> the wait outlasts it", async () => {
  const api = await openWatchedApi();
  const { redis, keys } = api.ledger;
  const { next } = await readPage(api);
  const waiting = readPage(api, `wait=60&after=${next}`);
  await isWatched(api);
  await redis.set(keys.feed("acme"), "x");
  api.changes.hintAll();
  await redis.del(keys.feed("acme"));
  const [raised] = await raiseEvents(api, 1);
  expect(idsOf(await waiting)).toEqual([raised]);
});

test("the caller goes -> nobody watches any more", async () => {
  const api = await openWatchedApi();
  const stop = new AbortController();
  const gone = api.call("GET", "/v1/events?wait=60", { signal: stop.signal }).catch(() => "gone");
  await isWatched(api);
  stop.abort();
  expect(await gone).toBe("gone");
  await isWatched(api, 0);
});

test("the process stops -> at once, without events and with the place", async () => {
  const api = await openWatchedApi();
  const [raised] = await raiseEvents(api, 1);
  const { next } = await readPage(api);
  const waiting = api.call("GET", `/v1/events?wait=60&after=${next}`);
  await isWatched(api);
  await api.app.close();
  expect(await waiting).toMatchObject({
    status: 200,
    json: { data: [], next: expect.any(String) },
    headers: { connection: "close" },
  });
  expect(raised).toBeDefined();
});
