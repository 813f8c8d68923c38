// GET /v1/events after a place behind which something may have come and gone: it says so, and passes over nothing in silence.
import { describe, expect, test } from "vitest";
import { fromCursor, toCursor } from "../../../src/api/feed/place.ts";
import { GLOBEX, readyApi } from "../../support/api.ts";
import type { TestApi } from "../../support/api.ts";
import { openStream } from "../../support/event-stream.ts";
import { idsOf, raiseEvents, readPage } from "../../support/feed.ts";

const RETENTION_S = 1000;

/** An API with one event, and the place behind it. */
async function openRead(changes: Record<string, string> = {}) {
  const api = await readyApi({ RETENTION_S: String(RETENTION_S), ...changes });
  const [id = ""] = await raiseEvents(api, 1, { retentionS: RETENTION_S });
  const { next } = await readPage(api);
  const place = fromCursor(next);
  if (!place) throw new Error(`${next} is no cursor`);
  return { api, id, place };
}

/** The codes of the answers to each way in which one can read on from there. */
async function answersTo(api: TestApi, after: string): Promise<unknown[]> {
  const accept = "text/event-stream";
  const answers = [
    ...["", "wait=60&", "type=job.failed&", "limit=1&"].map((query) =>
      api.call("GET", `/v1/events?${query}after=${after}`),
    ),
    api.call("GET", `/v1/events?after=${after}`, { headers: { accept } }),
    api.call("GET", "/v1/events", { headers: { accept, "last-event-id": after } }),
  ];
  return (await Promise.all(answers)).map(({ status, json }) => `${status} ${String(json["code"])}`);
}

const gone = Array.from({ length: 6 }, () => "410 gone");

describe("a place that was read longer ago than events are kept", () => {
  test("-> 410, and without it one can read on", async () => {
    const { api, id, place } = await openRead();
    expect(await answersTo(api, toCursor({ ...place, at: place.at - RETENTION_S * 1000 }))).toEqual(gone);
    expect(idsOf(await readPage(api))).toEqual([id]);
  });

  test("so little less long ago that clocks which are apart could make the difference -> 410", async () => {
    const { api, place } = await openRead();
    const at = place.at - RETENTION_S * 1000 + 5000;
    expect(await answersTo(api, toCursor({ ...place, at }))).toEqual(gone);
  });

  test("a little less long ago -> 200", async () => {
    const { api, place } = await openRead();
    const at = place.at - RETENTION_S * 1000 + 30_000;
    expect(await readPage(api, `after=${toCursor({ ...place, at })}`)).toMatchObject({ data: [] });
  });

  test("before any event -> the same", async () => {
    const { api, id, place } = await openRead();
    expect(await answersTo(api, toCursor({ id: "0-0", at: place.at - RETENTION_S * 1000 }))).toEqual(gone);
    expect(idsOf(await readPage(api, `after=${toCursor({ id: "0-0", at: place.at - 1000 })}`))).toEqual([id]);
  });
});

describe("a line that is not there", () => {
  test("it was trimmed, and the reader has looked since -> 200", async () => {
    const { api, id, place } = await openRead();
    const old = `${place.at - RETENTION_S * 1000 - 1}-0`;
    expect(idsOf(await readPage(api, `after=${toCursor({ ...place, id: old })}`))).toEqual([id]);
  });

  test("it is too young to have been trimmed, so Redis has lost it -> 410", async () => {
    const { api, place } = await openRead();
    const { redis, keys } = api.ledger;
    await redis.xdel(keys.feed("acme"), place.id);
    expect(await answersTo(api, toCursor(place))).toEqual(gone);
    await redis.del(keys.feed("acme"));
    expect(await answersTo(api, toCursor(place))).toEqual(gone);
  });

  test("a place of another tenant's feed -> 410", async () => {
    const { api, place } = await openRead();
    const answer = await api.call("GET", `/v1/events?after=${toCursor(place)}`, { key: GLOBEX });
    expect(answer).toBeProblem(410, "gone");
  });

  test("it is lost while a stream is read -> the stream ends, and cannot be taken up", async () => {
    const { api, place } = await openRead();
    const stream = await openStream(`${api.url}/v1/events`);
    await stream.until(({ messages }) => messages.length === 1);
    await api.ledger.redis.xdel(api.ledger.keys.feed("acme"), place.id);
    await raiseEvents(api, 1, { retentionS: RETENTION_S });
    expect(await stream.ended).toBe(true);
    expect(stream.messages).toHaveLength(1);
    expect(await answersTo(api, stream.lastId)).toEqual(gone);
  });
});

test("RETENTION_S=1 -> a place is good for a moment, then 410, and the feed goes on", async () => {
  const { api, place } = await openRead({ RETENTION_S: "1" });
  const old = toCursor({ ...place, at: place.at - 1000 });
  expect(await api.call("GET", `/v1/events?after=${old}`)).toBeProblem(410, "gone");
  const { next } = await readPage(api, "after=latest");
  expect((await readPage(api, `after=${next}`)).data).toEqual([]);
});
