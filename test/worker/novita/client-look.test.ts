import * as fc from "fast-check";
import { expect, onTestFinished, test, vi } from "vitest";

import { type NovitaClient, createNovitaClient } from "../../../src/worker/novita/client.ts";
import { dripUntil, findClosedPort, holdTimeouts, serveHttp, serveTcp } from "./loopback.ts";

const KEY = "sk_test_0123456789abcdef";
const RUNNING = '{"task":{"status":"TASK_STATUS_PROCESSING","progress_percent":40,"eta":60}}';

function openClient(baseUrl: string, pollTimeoutMs = 5000): NovitaClient {
  const client = createNovitaClient({ baseUrl, apiKey: KEY, pollTimeoutMs, lateAnswerMs: 5000 });
  onTestFinished(() => client.close());
  return client;
}

test("two looks -> two GETs as documented, the id encoded", async () => {
  const server = await serveHttp((response) => response.end(RUNNING));
  const client = openClient(server.url);
  await client.look("t-1");
  expect(await client.look("a b&c=d")).toEqual({ kind: "running", progress: 40, etaS: 60, known: true });
  expect(server.requests.map(({ method, url }) => `${method} ${url}`)).toEqual([
    "GET /v3/async/task-result?task_id=t-1",
    "GET /v3/async/task-result?task_id=a+b%26c%3Dd",
  ]);
  expect(server.requests[0]?.headers).toMatchObject({
    authorization: `Bearer ${KEY}`,
    "accept-encoding": "identity",
  });
});

test("many looks in a row -> connections are used again", async () => {
  const server = await serveHttp((response) => response.end(RUNNING));
  const client = openClient(server.url);
  for (let n = 0; n < 10; n++) await client.look(`t-${n}`);
  expect(server.requests).toHaveLength(10);
  // undici rests a connection for one turn of the event loop, and may open a second one meanwhile.
  expect(server.connections()).toBeLessThanOrEqual(2);
});

test.each([
  [200, '{"task":{"status":"TASK_STATUS_FAILED","reason":"no"}}', { kind: "failed", reason: "no" }],
  [200, '{"task":{"status":"TASK_STATUS_SUCCEED"}}', { kind: "succeeded", video: null }],
  [200, '{"task":{"status":"TASK_STATUS_NEW"}}', { kind: "running", known: false }],
  [200, "<html></html>", { kind: "unavailable", alarm: false }],
  [200, "", { kind: "unavailable", alarm: false }],
  [401, "", { kind: "unavailable", alarm: true }],
  [403, "", { kind: "unavailable", alarm: true }],
  [404, "", { kind: "missing" }],
  [408, "", { kind: "unavailable", alarm: false }],
  [409, "", { kind: "unavailable", alarm: false }],
  [425, "", { kind: "unavailable", alarm: false }],
  [429, "", { kind: "unavailable", alarm: false, retryAfterMs: 7000 }],
  [500, "", { kind: "unavailable", alarm: false }],
  [502, "", { kind: "unavailable", alarm: false }],
  [503, "", { kind: "unavailable", alarm: false, retryAfterMs: 7000 }],
])("%i %j -> %j", async (status, body, expected) => {
  const server = await serveHttp((response) => response.writeHead(status, { "retry-after": "7" }).end(body));
  expect(await openClient(server.url).look("t-1")).toMatchObject(expected);
});

test("redirect -> not followed, unavailable", async () => {
  const elsewhere = await serveHttp((response) => response.end(RUNNING));
  const server = await serveHttp((response) => response.writeHead(302, { location: elsewhere.url }).end());
  const outcome = await openClient(server.url).look("t-1");
  expect(outcome).toMatchObject({ kind: "unavailable", alarm: false, upstream: { status: 302 } });
  expect(elsewhere.connections()).toBe(0);
});

test("answer of more than 1 MiB -> unavailable", async () => {
  const body = JSON.stringify({ task: { status: "TASK_STATUS_SUCCEED" }, filler: "x".repeat(1024 * 1024) });
  const server = await serveHttp((response) => response.end(body));
  expect(await openClient(server.url).look("t-1")).toMatchObject({ kind: "unavailable" });
});

test.each([
  ["this task", "t-1", { kind: "succeeded" }],
  ["another task, whose video may be another tenant's", "t-2", { kind: "unavailable", alarm: false }],
])("success of %s (%s) -> %o", async (_name, id, expected) => {
  const server = await serveHttp((response) =>
    response.end(`{"task":{"task_id":"${id}","status":"TASK_STATUS_SUCCEED"}}`),
  );
  expect(await openClient(server.url).look("t-1")).toMatchObject(expected);
});

test("failure whose reason repeats the key -> the key is hidden", async () => {
  const task = { status: "TASK_STATUS_FAILED", reason: `key ${KEY} is bad` };
  const server = await serveHttp((response) => response.end(JSON.stringify({ task })));
  expect(await openClient(server.url).look("t-1")).toMatchObject({
    kind: "failed",
    reason: "key [key] is bad",
  });
});

test("no answer -> unavailable when the time is up", async () => {
  const server = await serveHttp(() => undefined);
  const outcome = await openClient(server.url, 30).look("t-1");
  expect(outcome).toMatchObject({
    kind: "unavailable",
    message: "no answer in time",
    alarm: false,
    upstream: null,
  });
});

test("no connection -> unavailable when the time is up", async () => {
  const server = await serveTcp(() => undefined);
  const outcome = await openClient(server.url.replace("http:", "https:"), 30).look("t-1");
  expect(outcome).toMatchObject({ kind: "unavailable", message: "no answer in time" });
});

test("answer that drips without end -> unavailable when the time is up, the connection given up", async () => {
  holdTimeouts();
  const gone = Promise.withResolvers<void>();
  const drip = dripUntil(() => vi.advanceTimersByTime(5000));
  const server = await serveHttp((response) => drip(response.on("close", gone.resolve)));
  const outcome = await openClient(server.url).look("t-1");
  expect(outcome).toMatchObject({ kind: "unavailable", message: "no answer in time" });
  await gone.promise;
});

test("connection refused -> unavailable", async () => {
  const outcome = await openClient(await findClosedPort()).look("t-1");
  expect(outcome).toMatchObject({ kind: "unavailable", message: "ECONNREFUSED", upstream: null });
});

test("host name that does not exist -> unavailable", async () => {
  expect(await openClient("http://nowhere.invalid").look("t-1")).toMatchObject({ kind: "unavailable" });
});

test("connection reset -> unavailable", async () => {
  const server = await serveTcp((socket) => socket.resetAndDestroy());
  expect(await openClient(server.url).look("t-1")).toMatchObject({
    kind: "unavailable",
    message: "ECONNRESET",
  });
});

test("answer cut short -> unavailable, whatever it had said", async () => {
  const task = '{"task":{"status":"TASK_STATUS_FAILED"}}';
  const server = await serveTcp((socket) =>
    socket.end(`HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n${task}`),
  );
  expect(await openClient(server.url).look("t-1")).toMatchObject({ kind: "unavailable" });
});

test("client closed while waiting, and looked with afterwards -> unavailable", async () => {
  const heard = Promise.withResolvers<void>();
  const server = await serveHttp(() => heard.resolve());
  const client = openClient(server.url);
  const looked = client.look("t-1");
  await heard.promise;
  await client.close();
  expect(await looked).toMatchObject({ kind: "unavailable" });
  expect(await client.look("t-1")).toMatchObject({ kind: "unavailable" });
});

test("any task id, half surrogate pairs too -> asked for, never thrown", async () => {
  const server = await serveHttp((response) => response.end(RUNNING));
  const client = openClient(server.url);
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.string({ unit: "binary" }), fc.constant("\uD800")), async (taskId) => {
      expect((await client.look(taskId)).kind).toBe("running");
    }),
    { numRuns: 25 },
  );
  const sent = server.requests.map(
    ({ url }) => new URL(url, server.url).searchParams.getAll("task_id").length,
  );
  expect(new Set(sent)).toEqual(new Set([1]));
});
