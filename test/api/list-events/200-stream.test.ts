// GET /v1/events with Accept: text/event-stream: the events, then each one as it happens, for ever.
import { connect } from "node:net";
import type { Socket } from "node:net";
import { text } from "node:stream/consumers";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { createKeyStore } from "../../../src/api/keys/key-store.ts";
import { ACME, readyApi } from "../../support/api.ts";
import { eventually } from "../../support/eventually.ts";
import { openStream } from "../../support/event-stream.ts";
import type { EventStream } from "../../support/event-stream.ts";
import { endJob, feedOf, idsOf, raiseEvents, readPage } from "../../support/feed.ts";
import { openWatchedApi } from "../../support/watched-api.ts";

const has = (count: number) => (stream: EventStream) => stream.messages.length >= count;
const eventsOf = ({ messages }: EventStream) => messages.map(({ data }) => data["id"]);
const open = (api: { url: string }, query = "", headers: Record<string, string> = {}) =>
  openStream(`${api.url}/v1/events?${query}`, { headers });

const isOver = (api: Awaited<ReturnType<typeof openWatchedApi>>) =>
  eventually(() => expect(api.changes.count()).toEqual({ watches: 0, topics: 0 }));

function stopTime(): void {
  vi.useFakeTimers({ toFake: ["performance"] });
  onTestFinished(() => void vi.useRealTimers());
}

describe("what a stream says", () => {
  test("events that are there, then those that come -> each once, as webhooks carry it, and no end", async () => {
    const api = await openWatchedApi();
    await endJob(api);
    const stream = await open(api);
    await stream.until(has(1));
    expect(stream).toMatchObject({ status: 200, hasEnded: false });
    expect(stream.headers).toMatchObject({
      "content-type": "text/event-stream",
      "cache-control": "no-store, no-transform",
      connection: "close",
      vary: "accept",
    });
    await endJob(api);
    await stream.until(has(2));
    const [first = "", second = ""] = await feedOf(api);
    const { redis, keys } = api.ledger;
    const bodies = await Promise.all([first, second].map((id) => redis.hget(keys.event(id), "body")));
    const blocks = stream.text.split(/(?<=\n\n)/);
    expect(blocks[0]).toBe("retry: 2000\n\n");
    for (const [n, body] of bodies.entries()) {
      expect(blocks[n + 1]).toBe(
        `id: ${stream.messages[n]?.id ?? ""}\nevent: job.canceled\ndata: ${body ?? ""}\n\n`,
      );
    }
    expect(stream.hasEnded).toBe(false);
  });

  test("more than are read at once -> all of them, in order", async () => {
    const api = await readyApi();
    const raised = await raiseEvents(api, 180);
    const stream = await open(api);
    await stream.until(has(180));
    expect(eventsOf(stream)).toEqual(raised);
  });

  test("type -> these only, also behind 2,500 others", async () => {
    const api = await readyApi();
    const [one] = await raiseEvents(api, 1, { type: "job.failed" });
    await raiseEvents(api, 2500, { type: "job.progress" });
    const [two] = await raiseEvents(api, 1, { type: "endpoint.disabled" });
    const stream = await open(api, "type=job.failed&type=endpoint.*");
    await stream.until(has(2));
    const [three] = await raiseEvents(api, 1, { type: "job.failed" });
    await stream.until(has(3));
    expect(eventsOf(stream)).toEqual([one, two, three]);
  });

  test("limit and wait -> do not matter", async () => {
    const api = await readyApi();
    const raised = await raiseEvents(api, 3);
    const stream = await open(api, "limit=1&wait=1");
    await stream.until(has(3));
    expect(eventsOf(stream)).toEqual(raised);
  });

  test("HEAD -> the headers of the JSON, and no stream that nobody reads", async () => {
    const api = await openWatchedApi();
    const answer = await api.call("HEAD", "/v1/events", { headers: { accept: "text/event-stream" } });
    expect(answer).toMatchObject({ status: 200, text: "" });
    await isOver(api);
  });
});

describe("where it begins", () => {
  test("Last-Event-ID -> behind that message; so does after; of both, Last-Event-ID counts", async () => {
    const api = await readyApi();
    const raised = await raiseEvents(api, 4);
    const whole = await open(api);
    await whole.until(has(4));
    const [first = "", , third = ""] = whole.messages.map(({ id }) => id);
    const streams = [
      await open(api, "", { "last-event-id": third }),
      await open(api, `after=${third}`),
      await open(api, `after=${first}`, { "last-event-id": third }),
      await open(api, "after=latest", { "last-event-id": third }),
      await open(api, `after=${third}`, { "last-event-id": "" }),
    ];
    for (const stream of streams) {
      await stream.until(has(1));
      expect(eventsOf(stream)).toEqual(raised.slice(3));
    }
    expect(idsOf(await readPage(api, `after=${third}`))).toEqual(raised.slice(3));
  });

  test("after=latest, and it is cut off before there was an event -> taken up where it began", async () => {
    const api = await readyApi();
    await raiseEvents(api, 2);
    const stream = await open(api, "after=latest");
    await stream.until(({ lastId }) => lastId !== "");
    stream.close();
    const missed = await raiseEvents(api, 2);
    const again = await open(api, "after=latest", { "last-event-id": stream.lastId });
    await again.until(has(2));
    expect(eventsOf(again)).toEqual(missed);
  });

  test("a reader that is cut off after each message, by two APIs in turn -> sees every event once", async () => {
    const api = await readyApi();
    const other = await readyApi(api.environment);
    const raised = await raiseEvents(api, 10);
    const seen: unknown[] = [];
    let last = "";
    for (let n = 0; n < raised.length; n++) {
      const stream = await open([api, other][n % 2] ?? api, "", { "last-event-id": last });
      await stream.until(has(1));
      stream.close();
      const [message] = stream.messages;
      seen.push(message?.data["id"]);
      last = message?.id ?? "";
    }
    expect(seen).toEqual(raised);
  });
});

describe("how it stays alive", () => {
  test("nothing happens -> a comment each 15 s, with the place, which does not grow old", async () => {
    stopTime();
    const api = await openWatchedApi();
    const [id] = await raiseEvents(api, 1);
    const stream = await open(api);
    await stream.until(has(1));
    for (const count of [1, 2]) {
      vi.advanceTimersByTime(15_000);
      api.changes.hintAll();
      await stream.until(({ comments }) => comments === count);
    }
    expect(stream.lastId).not.toBe(stream.messages[0]?.id);
    const [later] = await raiseEvents(api, 1);
    const again = await open(api, "", { "last-event-id": stream.lastId });
    await again.until(has(1));
    expect(eventsOf(again)).toEqual([later]);
    expect(id).not.toBe(later);
  });

  test("only events of other types come -> the same comments, and not one for each event", async () => {
    stopTime();
    const api = await openWatchedApi();
    const stream = await open(api, "type=job.failed");
    await eventually(() => expect(api.changes.count().watches).toBe(1));
    for (let n = 0; n < 20; n++) await raiseEvents(api, 1, { type: "job.progress" });
    vi.advanceTimersByTime(15_000);
    await raiseEvents(api, 1, { type: "job.progress" });
    await stream.until(({ comments }) => comments > 0);
    const [wanted] = await raiseEvents(api, 1, { type: "job.failed" });
    await stream.until(has(1));
    expect(stream.comments).toBe(1);
    const again = await open(api, "type=job.failed", { "last-event-id": stream.lastId });
    const [next] = await raiseEvents(api, 1, { type: "job.failed" });
    await again.until(has(1));
    expect([eventsOf(stream)[0], eventsOf(again)[0]]).toEqual([wanted, next]);
  });

  test("an event that nobody can understand -> left out, and the stream goes on", async () => {
    const api = await openWatchedApi();
    const stream = await open(api);
    const [one, two = ""] = await raiseEvents(api, 2);
    await stream.until(has(2));
    await api.ledger.redis.hset(api.ledger.keys.event(two), "body", "{");
    const again = await open(api);
    const [three] = await raiseEvents(api, 1);
    await again.until(has(2));
    expect(eventsOf(again)).toEqual([one, three]);
    expect(api.logs.named("record.corrupt")).not.toEqual([]);
  });
});

describe("how it ends", () => {
  test("its key is revoked -> within 15 s, without what happened since", async () => {
    stopTime();
    const api = await openWatchedApi();
    const store = createKeyStore(api.ledger.redis, api.ledger.keys);
    const { key, made } = await store.createKey("acme", null);
    const stream = await openStream(`${api.url}/v1/events`, { key });
    await raiseEvents(api, 1);
    await stream.until(has(1));
    await store.revokeKey(made.id);
    vi.advanceTimersByTime(15_000);
    await raiseEvents(api, 1);
    expect(await stream.ended).toBe(true);
    expect(stream.messages).toHaveLength(1);
    await isOver(api);
  });

  test("the process stops -> in order, and the process can go", async () => {
    const api = await openWatchedApi();
    const stream = await open(api);
    await eventually(() => expect(api.changes.count()).toEqual({ watches: 1, topics: 1 }));
    await api.app.close();
    expect(await stream.ended).toBe(true);
    expect(api.changes.count()).toEqual({ watches: 0, topics: 0 });
  });

  test("the reader goes -> nobody watches any more", async () => {
    const api = await openWatchedApi();
    const stream = await open(api);
    await eventually(() => expect(api.changes.count().watches).toBe(1));
    stream.close();
    await isOver(api);
  });

  test("the reader takes nothing -> what is read for it is bounded, and it is cut off", async () => {
    const api = await openWatchedApi();
    // More than any socket holds.
    await raiseEvents(api, 300, { more: { words: "x".repeat(50_000) } });
    const read = vi.spyOn(api.ledger.redis, "evalsha");
    const accepted = new Promise<Socket>((resolve) => {
      api.app.server.once("connection", resolve);
    });
    const reader = connect(Number(new URL(api.url).port), "127.0.0.1").pause();
    onTestFinished(() => void reader.destroy());
    const headers = ["Host: x", `Authorization: Bearer ${ACME}`, "Accept: text/event-stream"];
    reader.write(`GET /v1/events HTTP/1.1\r\n${headers.join("\r\n")}\r\n\r\n`);
    const socket = await accepted;
    await eventually(() => expect(socket.writableNeedDrain).toBe(true));
    expect(socket.writableLength).toBeLessThan(200_000);
    const reads = read.mock.calls.filter((words) => words.includes(api.ledger.keys.feed("acme")));
    expect(reads.length).toBeLessThan(300 / 50);
    expect(socket.timeout).toBe(30_000);
    // The same, without the wait.
    socket.setTimeout(50);
    await isOver(api);
    expect(socket.destroyed).toBe(true);
    expect((await text(reader)).startsWith("HTTP/1.1 200")).toBe(true);
  });
});
