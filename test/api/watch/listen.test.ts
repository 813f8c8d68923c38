// The one connection on which an API process hears of changes: what it costs, and what happens when it is lost.
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { z } from "zod";
import { createChanges } from "../../../src/api/watch/changes.ts";
import { listenForChanges } from "../../../src/api/watch/listen.ts";
import { note } from "../../../src/shared/change.ts";
import { connectRedis } from "../../../src/shared/store/redis.ts";
import { parseRedisUrl } from "../../../src/shared/store/redis-url.ts";
import { startApi as startProcess } from "../../e2e/support/program.ts";
import { apiEnvironment, caller, isReady, readyApi } from "../../support/api.ts";
import type { TestApi } from "../../support/api.ts";
import { eventually } from "../../support/eventually.ts";
import { openEvents } from "../../support/event-stream.ts";
import type { EventStream } from "../../support/event-stream.ts";
import { newJob } from "../../support/job.ts";
import { openTestLedger, putJob } from "../../support/ledger.ts";
import { startPrivateRedis } from "../../support/redis.ts";
import type { PrivateRedis } from "../../support/redis.ts";
import { openWatchedApi } from "../../support/watched-api.ts";
import { makeJob, takeTo } from "../support.ts";

const LISTENER = "onetake-api-changes";

async function openRedis(): Promise<PrivateRedis> {
  const redis = await startPrivateRedis();
  onTestFinished(() => redis.stop());
  return redis;
}

/** The connections that Redis has, by their names. */
async function connectionsOf({ ledger }: Pick<TestApi, "ledger">): Promise<{ id: string; name: string }[]> {
  const list = String(await ledger.redis.call("CLIENT", "LIST"));
  return [...list.matchAll(/^id=(\d+) .*? name=(\S*)/gm)].map(([, id = "", name = ""]) => ({ id, name }));
}

async function killListener(api: Pick<TestApi, "ledger">): Promise<void> {
  const listener = (await connectionsOf(api)).find(({ name }) => name === LISTENER);
  expect(await api.ledger.redis.call("CLIENT", "KILL", "ID", listener?.id ?? "")).toBe(1);
}

const typesOf = ({ messages }: EventStream): string[] => messages.map(({ event }) => event);

/** Takes a queued job to its end by way of ten facts. */
async function runJob(api: TestApi, id: string, onEach: (n: number) => Promise<void>): Promise<void> {
  await takeTo(api, id, "processing");
  for (let n = 1; n <= 10; n++) {
    await api.ledger.jobs.changeJob(id, (job) =>
      note(job, { progress: n }, { kind: "progress", progress: n }),
    );
    await onEach(n);
  }
  await takeTo(api, id, "canceled");
}

/** Every change, in order, each once. */
const wholeRoad = [
  "queued",
  "submitting",
  "processing",
  ...Array.from({ length: 10 }, () => "progress"),
  "canceled",
];

function expectWholeRoad(stream: EventStream): void {
  expect(typesOf(stream)).toEqual(wholeRoad);
  const versions = stream.messages.map(({ data }) => data["version"]);
  expect(versions).toEqual(wholeRoad.map((_, n) => n + 1));
  // The job that comes with an entry may be newer, never older.
  for (const { data } of stream.messages) {
    const { version, job } = Told.parse(data);
    expect(job.version).toBeGreaterThanOrEqual(version);
  }
  expect(stream.messages.at(-1)?.data).toMatchObject({ job: { status: "canceled" } });
}

const Told = z.object({ version: z.number(), job: z.object({ version: z.number() }) });

describe("200 readers on one API", () => {
  test("they cost no connection beyond the one listener, and all see every change in order", async () => {
    const redis = await openRedis();
    const api = await readyApi({ REDIS_URL: redis.url });
    const ids = await Promise.all(Array.from({ length: 10 }, () => makeJob(api)));
    const before = await connectionsOf(api);
    expect(before.filter(({ name }) => name === LISTENER)).toHaveLength(1);
    const opened = ids.flatMap((id) => Array.from({ length: 20 }, () => openEvents(api.url, id)));
    const streams = await Promise.all(opened);
    await Promise.all(streams.map((stream) => stream.until(({ messages }) => messages.length === 1)));
    expect(await connectionsOf(api)).toEqual(before);
    expect(await api.ledger.redis.pubsub("NUMSUB", api.ledger.keys.changes)).toEqual([
      api.ledger.keys.changes,
      1,
    ]);
    await Promise.all(ids.map((id) => runJob(api, id, async () => {})));
    expect(await Promise.all(streams.map(({ ended }) => ended))).toEqual(streams.map(() => true));
    for (const stream of streams) expectWholeRoad(stream);
    expect(await connectionsOf(api)).toEqual(before);
  });
});

describe("the connection is lost", () => {
  test("it is killed again and again while jobs change -> no reader and no waiter loses a change", async () => {
    const redis = await openRedis();
    const api = await openWatchedApi({ REDIS_URL: redis.url });
    const id = await makeJob(api);
    const streams = await Promise.all(Array.from({ length: 20 }, () => openEvents(api.url, id)));
    const answer = api.call("GET", `/v1/jobs/${id}?wait=60`);
    await eventually(() => expect(api.changes.count().watches).toBe(21));
    await runJob(api, id, async (n) => {
      if (n % 3 === 1) await eventually(() => killListener(api));
    });
    expect(await Promise.all(streams.map(({ ended }) => ended))).toEqual(streams.map(() => true));
    for (const stream of streams) expectWholeRoad(stream);
    expect(await answer).toMatchObject({ status: 200, json: { status: "canceled" } });
    expect(api.changes.count()).toEqual({ watches: 0, topics: 0 });
  });

  test("it comes back -> all look again, and it hears what is published from then on", async () => {
    const { ledger, hints, listener } = await openListener();
    await eventually(() => expect(hints.all).toHaveBeenCalled());
    hints.all.mockClear();
    await killListener({ ledger });
    await eventually(() => expect(hints.all).toHaveBeenCalled());
    const job = await putJob(ledger, newJob(Date.now()));
    await eventually(() => expect(hints.one).toHaveBeenCalledWith(job.id));
    expect(hints.all).toHaveBeenCalledTimes(1);
    await listener.close();
  });

  test("nothing is heard -> all look every five seconds", async () => {
    const { hints } = await openListener();
    await eventually(() => expect(hints.all).toHaveBeenCalledTimes(1));
    for (const times of [2, 3]) {
      vi.advanceTimersByTime(5000);
      await eventually(() => expect(hints.all).toHaveBeenCalledTimes(times));
    }
  });

  test("it no longer answers though it stands -> another takes its place, and the log tells of both", async () => {
    const { redis, hints, logs } = await openListener();
    await eventually(() => expect(hints.all).toHaveBeenCalledTimes(1));
    await redis.kill("SIGSTOP");
    vi.advanceTimersByTime(5000);
    await logs.waitFor({ level: "warn", msg: "changes.unheard" });
    expect(hints.all).toHaveBeenCalledTimes(2);
    await redis.kill("SIGCONT");
    await logs.waitFor({ level: "info", msg: "changes.heard" });
  });

  test("it is closed -> it does not come back", async () => {
    const { ledger, hints, listener } = await openListener();
    await eventually(() => expect(hints.all).toHaveBeenCalledTimes(1));
    vi.advanceTimersByTime(5000);
    await listener.close();
    vi.advanceTimersByTime(60_000);
    expect((await connectionsOf({ ledger })).filter(({ name }) => name === LISTENER)).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });
});

/** A listener whose own clock stands still. */
async function openListener() {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  onTestFinished(() => void vi.useRealTimers());
  const redis = await openRedis();
  const ledger = openTestLedger({ url: redis.url });
  const { logs } = ledger;
  const target = parseRedisUrl(redis.url);
  if (!target) throw new Error("no Redis URL");
  const hints = { one: vi.fn<(id: string) => void>(), all: vi.fn<() => void>() };
  const heard = connectRedis(target, "listener", ledger.log);
  const changes = { hint: hints.one, hintAll: hints.all };
  const listener = listenForChanges(heard, ledger.keys.changes, changes, ledger.log);
  onTestFinished(() => listener.close());
  return { redis, ledger, logs, hints, listener };
}

describe("two API processes", () => {
  test("a job is canceled through one -> a stream and a wait on the other are told", async () => {
    const environment = apiEnvironment();
    const [one, two] = await Promise.all([startProcess(environment), startProcess(environment)]);
    const [first, second] = [caller(one.url), caller(two.url)];
    await Promise.all([isReady({ call: first }), isReady({ call: second })]);
    const made = await first("POST", "/v1/jobs", { body: { input: { prompt: "x" } } });
    const id = String(made.json["id"]);
    const stream = await openEvents(two.url, id);
    await stream.until(({ messages }) => messages.length === 1);
    const answer = second("GET", `/v1/jobs/${id}?wait=60`);
    expect((await first("POST", `/v1/jobs/${id}/cancel`)).status).toBe(200);
    expect(await stream.ended).toBe(true);
    expect(typesOf(stream)).toEqual(["queued", "canceled"]);
    expect(await answer).toMatchObject({ status: 200, json: { status: "canceled" } });
  });
});

test("a job that nobody watches changes -> nothing is read", async () => {
  const ledger = openTestLedger();
  const changes = createChanges(ledger.jobs);
  const read = vi.spyOn(ledger.jobs, "readJob");
  changes.hint("job_01ARZ3NDEKTSV4RRFFQ69G5FAV");
  changes.hintAll();
  expect(read).not.toHaveBeenCalled();
});
