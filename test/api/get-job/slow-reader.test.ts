// Streams whose readers take little or nothing: what waits for them is bounded, and they hold nobody up.
import { connect } from "node:net";
import type { Socket } from "node:net";
import { text } from "node:stream/consumers";
import { expect, onTestFinished, test, vi } from "vitest";
import { HISTORY_PAGE } from "../../../src/api/watch/watched-job.ts";
import { ACME } from "../../support/api.ts";
import { eventually } from "../../support/eventually.ts";
import { openWatchedApi } from "../../support/watched-api.ts";
import { makeJobIn, takeTo } from "../support.ts";

const ENTRIES = 900;
/** As much of each as a job may have: each message has about 30 kB, all of them more than any socket holds. */
const bigBody = {
  input: { prompt: "€".repeat(1500) },
  metadata: Object.fromEntries(Array.from({ length: 16 }, (_, n) => [`key-${n}`, "€".repeat(500)])),
};

/** A reader that has asked for the stream of a job with a long history, and takes nothing of it. */
async function openStalled() {
  const api = await openWatchedApi();
  const id = await makeJobIn(api, "processing", bigBody);
  const { redis, keys } = api.ledger;
  const pipeline = redis.pipeline();
  const fact = JSON.stringify({ kind: "progress", progress: 1, version: 3, status: "processing" });
  for (let n = 0; n < ENTRIES; n++) pipeline.xadd(keys.history(id), "*", "kind", "progress", "fact", fact);
  await pipeline.exec();
  const readHistory = vi.spyOn(api.ledger.jobs, "readHistory");
  const accepted = new Promise<Socket>((resolve) => {
    api.app.server.once("connection", resolve);
  });
  const reader = connect(Number(new URL(api.url).port), "127.0.0.1").pause();
  onTestFinished(() => void reader.destroy());
  const headers = ["Host: x", `Authorization: Bearer ${ACME}`, "Accept: text/event-stream"];
  reader.write(`GET /v1/jobs/${id} HTTP/1.1\r\n${headers.join("\r\n")}\r\n\r\n`);
  const socket = await accepted;
  await eventually(() => expect(socket.writableNeedDrain).toBe(true));
  return { api, id, reader, socket, pagesRead: () => readHistory.mock.calls.length };
}

const isReleased = (api: Awaited<ReturnType<typeof openWatchedApi>>) =>
  eventually(() => expect(api.changes.count()).toEqual({ watches: 0, topics: 0 }));

test("a reader takes nothing -> no more is read for it than its socket holds; when it takes it gets all", async () => {
  const { api, id, reader, socket, pagesRead } = await openStalled();
  expect(pagesRead()).toBeLessThan(ENTRIES / HISTORY_PAGE);
  expect(socket.writableLength).toBeLessThan(200_000);
  await takeTo(api, id, "canceled");
  const taken = await text(reader);
  expect(taken.match(/^event: /gm)).toHaveLength(ENTRIES + 4);
});

test("it takes nothing for 30 s -> it is cut off, and one line of the log says so", async () => {
  const { api, reader, socket } = await openStalled();
  expect(socket.timeout).toBe(30_000);
  // The same, without the wait.
  socket.setTimeout(50);
  await isReleased(api);
  expect(socket.destroyed).toBe(true);
  expect(await api.logs.waitFor({ msg: "http.request", cut_off: true })).toMatchObject({ http_status: 200 });
  expect(reader.destroyed).toBe(false);
});

test("a request after a stream on a connection of its own -> has no such limit", async () => {
  const api = await openWatchedApi();
  const timeouts: (number | undefined)[] = [];
  api.app.server.on("request", (request) => timeouts.push(request.socket.timeout));
  const id = await makeJobIn(api, "failed");
  await api.call("GET", `/v1/jobs/${id}`, { headers: { accept: "text/event-stream" } });
  await api.call("GET", `/v1/jobs/${id}`);
  expect(timeouts).not.toContain(30_000);
});

test(
  "the process stops while a reader takes nothing -> it is cut off soon, and the process can go",
  { timeout: 15_000 },
  async () => {
    const { api } = await openStalled();
    await api.app.close();
    expect(api.changes.count()).toEqual({ watches: 0, topics: 0 });
  },
);
