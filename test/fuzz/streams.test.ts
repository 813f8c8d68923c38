// A thousand streams of one caller at once: as many as it may have, and one more.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Agent, request } from "undici";
import { expect, onTestFinished, test } from "vitest";

import { MAX_WATCHES } from "../../src/api/watch/changes.ts";
import { makeJob, takeTo } from "../api/support.ts";
import { ACME, GLOBEX } from "../support/api.ts";
import { eventually } from "../support/eventually.ts";
import { openWatchedApi } from "../support/watched-api.ts";

setFlagsFromString("--expose-gc");
const collect: unknown = runInNewContext("gc");

/** Bytes in use once all that nobody needs is gone. */
function usedBytes(): number {
  if (typeof collect === "function") collect();
  return process.memoryUsage().heapUsed;
}

async function openStreams(url: string, id: string, count: number) {
  const dispatcher = new Agent({ connections: count });
  onTestFinished(() => dispatcher.destroy());
  const headers = { authorization: `Bearer ${ACME}`, accept: "text/event-stream" };
  const open = async () => {
    const { statusCode, body } = await request(`${url}/v1/jobs/${id}`, { headers, dispatcher });
    return { statusCode, text: body.text() };
  };
  return Promise.all(Array.from({ length: count }, open));
}

test(
  "a thousand streams, and one more -> 429 for the one, others are served, all get the end, and nothing is left",
  { timeout: 60_000 },
  async () => {
    const api = await openWatchedApi();
    const id = await makeJob(api);
    const before = usedBytes();
    const streams = await openStreams(api.url, id, MAX_WATCHES);
    expect(streams.every(({ statusCode }) => statusCode === 200)).toBe(true);
    expect(api.changes.count()).toEqual({ watches: MAX_WATCHES, topics: 1 });
    const [more] = await openStreams(api.url, id, 1);
    expect(more?.statusCode).toBe(429);
    expect((await api.call("GET", "/v1/jobs", { key: GLOBEX })).status).toBe(200);
    await takeTo(api, id, "processing");
    await takeTo(api, id, "canceled");
    const texts = await Promise.all(streams.map(({ text }) => text));
    expect(texts.filter((text) => text.includes("event: canceled"))).toHaveLength(MAX_WATCHES);
    expect(api.changes.count()).toEqual({ watches: 0, topics: 0 });
    streams.length = texts.length = 0;
    await eventually(() => expect(usedBytes() - before).toBeLessThan(30 * 1024 ** 2));
  },
);

test(
  "the API stops under a thousand streams -> each is ended, and it stops",
  { timeout: 60_000 },
  async () => {
    const api = await openWatchedApi();
    const streams = await openStreams(api.url, await makeJob(api), MAX_WATCHES);
    await api.app.close();
    const texts = await Promise.all(streams.map(({ text }) => text));
    expect(texts.every((text) => text.startsWith("retry: "))).toBe(true);
    expect(api.changes.count()).toEqual({ watches: 0, topics: 0 });
  },
);
