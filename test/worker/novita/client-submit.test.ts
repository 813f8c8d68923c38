import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { describe, expect, onTestFinished, test, vi } from "vitest";

import { type NovitaClient, createNovitaClient } from "../../../src/worker/novita/client.ts";
import { type Deadline, startDeadline } from "../../../src/worker/deadline.ts";
import { dripUntil, findClosedPort, holdTimeouts, onConnected, serveHttp, serveTcp } from "./loopback.ts";

const PATH = "/v3/async/wan2.7-t2v";
const KEY = "sk_test_0123456789abcdef";
const BODY = { prompt: "a fox — 狐", duration: 5 };
const ACCEPTED = '{"task_id":"t-1"}';

function openClient(baseUrl: string, lateAnswerMs = 5000): NovitaClient {
  const client = createNovitaClient({ baseUrl, apiKey: KEY, pollTimeoutMs: 5000, lateAnswerMs });
  onTestFinished(() => client.close());
  return client;
}

function isWhole(heard: string): boolean {
  return heard.includes("\r\n\r\n") && heard.endsWith("}");
}

function reply(
  response: ServerResponse,
  status: number,
  body: string,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, headers).end(body);
}

/** With this code undici takes the close for its own doing, and puts the request back into its queue. */
function closeHarmlessly(socket: Socket): void {
  socket.destroy(Object.assign(new Error("harmless"), { code: "UND_ERR_INFO" }));
}

/** Stops the whole event loop, as SIGSTOP would. */
function freeze(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

function soon(): Deadline {
  return startDeadline(5000);
}

describe("the request", () => {
  test("one submit -> one POST as documented, uncompressed, on a closing connection", async () => {
    const server = await serveHttp((response) => reply(response, 200, ACCEPTED));
    expect(await openClient(server.url).submit(PATH, BODY, soon())).toEqual({
      kind: "accepted",
      taskId: "t-1",
    });
    expect(server.requests).toHaveLength(1);
    expect(server.requests[0]).toMatchObject({ method: "POST", url: PATH, body: JSON.stringify(BODY) });
    expect(server.requests[0]?.headers).toMatchObject({
      authorization: `Bearer ${KEY}`,
      "content-type": "application/json",
      "accept-encoding": "identity",
      "user-agent": "onetake",
      connection: "close",
    });
  });

  test("two submits in a row -> two connections", async () => {
    const server = await serveHttp((response) => reply(response, 200, ACCEPTED));
    const client = openClient(server.url);
    await client.submit(PATH, BODY, soon());
    await client.submit(PATH, BODY, soon());
    expect(server.connections()).toBe(2);
  });

  test("base URL with a prefix -> the path comes after it", async () => {
    const server = await serveHttp((response) => reply(response, 200, ACCEPTED));
    await openClient(`${server.url}/novita/`).submit(PATH, BODY, soon());
    expect(server.requests[0]?.url).toBe(`/novita${PATH}`);
  });
});

describe("a whole answer", () => {
  test.each([
    [200, '{"code":0,"msg":"","data":{"task_id":"t-1"}}', { kind: "accepted", taskId: "t-1" }],
    [200, `\uFEFF${ACCEPTED}`, { kind: "accepted", taskId: "t-1" }],
    [200, "", { kind: "unknown", upstream: { status: 200, reason: null } }],
    [200, "<html></html>", { kind: "unknown" }],
    [200, '{"code":7,"msg":"no"}', { kind: "unknown" }],
    [
      400,
      '{"code":400,"reason":"ILLEGAL_PROMPT","message":"no"}',
      { kind: "refused", code: "content_rejected" },
    ],
    [400, "<html></html>", { kind: "blocked", cause: "proxy" }],
    [403, '{"code":403,"reason":"NOT_ENOUGH_BALANCE","message":"no"}', { kind: "blocked", cause: "account" }],
    [
      404,
      '{"code":404,"reason":"API_NOT_FOUND","message":"no"}',
      { kind: "refused", code: "model_unavailable" },
    ],
    [429, "slow down", { kind: "deferred", retryAfterMs: 7000 }],
    [500, '{"code":500,"reason":"CREATE_TASK_FAILED","message":"no"}', { kind: "unknown" }],
    [502, "Bad Gateway", { kind: "unknown" }],
    [503, '{"code":503,"reason":"SERVER_OVERLOAD","message":"no"}', { kind: "deferred", retryAfterMs: 7000 }],
    [503, "Service Unavailable", { kind: "unknown" }],
    [504, "Gateway Timeout", { kind: "unknown" }],
  ])("%i %j -> %j", async (status, body, expected) => {
    const server = await serveHttp((response) => reply(response, status, body, { "retry-after": "7" }));
    expect(await openClient(server.url).submit(PATH, BODY, soon())).toMatchObject(expected);
    expect(server.requests).toHaveLength(1);
  });

  test("redirect -> not followed, blocked by a proxy", async () => {
    const elsewhere = await serveHttp((response) => reply(response, 200, ACCEPTED));
    const server = await serveHttp((response) =>
      reply(response, 307, "", { location: elsewhere.url + PATH }),
    );
    const outcome = await openClient(server.url).submit(PATH, BODY, soon());
    expect(outcome).toMatchObject({ kind: "blocked", cause: "proxy", upstream: { status: 307 } });
    expect(elsewhere.connections()).toBe(0);
  });

  test("interim answer before the real one -> the real one counts", async () => {
    const server = await serveTcp((socket, heard) => {
      if (!isWhole(heard)) return;
      socket.end(`HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 17\r\n\r\n${ACCEPTED}`);
    });
    const outcome = await openClient(server.url).submit(PATH, BODY, soon());
    expect(outcome).toEqual({ kind: "accepted", taskId: "t-1" });
  });

  test.each([
    [200, { kind: "unknown" }],
    [400, { kind: "blocked", cause: "proxy" }],
  ])("%i with more than 256 KiB -> judged without its body: %j", async (status, expected) => {
    const body = JSON.stringify({ task_id: "t-1", reason: "ILLEGAL_PROMPT", filler: "x".repeat(256 * 1024) });
    const server = await serveHttp((response) => reply(response, status, body));
    expect(await openClient(server.url).submit(PATH, BODY, soon())).toMatchObject(expected);
  });

  test("message that repeats the key -> the key is hidden", async () => {
    const server = await serveHttp((response, { headers }) =>
      reply(
        response,
        403,
        JSON.stringify({ reason: "INVALID_API_KEY", message: `${headers.authorization} is bad` }),
      ),
    );
    const outcome = await openClient(server.url).submit(PATH, BODY, soon());
    expect(outcome).toMatchObject({ message: "HTTP 403 INVALID_API_KEY: Bearer [key] is bad" });
  });
});

describe("no byte left", () => {
  test("connection refused -> unsent", async () => {
    const outcome = await openClient(await findClosedPort()).submit(PATH, BODY, soon());
    expect(outcome).toEqual({ kind: "unsent", cause: "connect", message: "ECONNREFUSED" });
  });

  test("host name that does not exist -> unsent", async () => {
    const outcome = await openClient("http://nowhere.invalid").submit(PATH, BODY, soon());
    expect(outcome).toMatchObject({ kind: "unsent", cause: "connect" });
  });

  test("TLS answered with something else -> unsent, the request is not heard", async () => {
    const server = await serveTcp((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
    const outcome = await openClient(server.url.replace("http:", "https:")).submit(PATH, BODY, soon());
    expect(outcome).toMatchObject({ kind: "unsent", cause: "connect" });
    expect(server.heard.join()).not.toContain("POST");
  });

  test("TLS reset in the handshake -> unsent", async () => {
    const server = await serveTcp((socket) => socket.resetAndDestroy());
    const outcome = await openClient(server.url.replace("http:", "https:")).submit(PATH, BODY, soon());
    expect(outcome).toMatchObject({ kind: "unsent", cause: "connect", message: "ECONNRESET" });
  });

  test("TLS handshake never answered -> unsent when the deadline is past", async () => {
    holdTimeouts();
    const server = await serveTcp(() => vi.advanceTimersByTime(5000));
    const outcome = await openClient(server.url.replace("http:", "https:")).submit(PATH, BODY, soon());
    expect(outcome).toEqual({ kind: "unsent", cause: "connect", message: "no connection in time" });
    expect(server.heard.join()).not.toContain("POST");
  });

  test("deadline already past -> unsent, the server sees no connection", async () => {
    const server = await serveHttp((response) => reply(response, 200, ACCEPTED));
    const outcome = await openClient(server.url).submit(PATH, BODY, startDeadline(0));
    expect(outcome).toMatchObject({ kind: "unsent", cause: "deadline" });
    expect(server.connections()).toBe(0);
  });

  test.each([
    ["the monotonic clock passes the deadline", { wall: 0, monotonic: 5000 }],
    ["the wall clock passes the deadline", { wall: 5000, monotonic: 0 }],
    ["the wall clock steps back", { wall: -1, monotonic: 0 }],
  ])("%s between connect and dispatch -> unsent, the server hears no byte", async (_name, step) => {
    const server = await serveTcp((socket) => socket.end(`HTTP/1.1 200 OK\r\n\r\n${ACCEPTED}`));
    const now = { wall: 1_000_000, monotonic: 0 };
    const deadline = startDeadline(5000, { wallMs: () => now.wall, monotonicMs: () => now.monotonic });
    onConnected(server.url, () => {
      now.wall += step.wall;
      now.monotonic += step.monotonic;
    });
    const outcome = await openClient(server.url).submit(PATH, BODY, deadline);
    expect(outcome).toMatchObject({ kind: "unsent", cause: "deadline" });
    await vi.waitUntil(() => server.heard.length === 1);
    expect(server.heard).toEqual([""]);
  });

  test("client closed -> unsent, the server sees no connection", async () => {
    const server = await serveHttp((response) => reply(response, 200, ACCEPTED));
    const client = openClient(server.url);
    await client.close();
    expect(await client.submit(PATH, BODY, soon())).toMatchObject({ kind: "unsent", cause: "connect" });
    expect(server.connections()).toBe(0);
  });
});

describe("broken off after the bytes left", () => {
  test("reset before an answer -> unknown", async () => {
    const server = await serveTcp((socket, heard) => isWhole(heard) && socket.resetAndDestroy());
    const outcome = await openClient(server.url).submit(PATH, BODY, soon());
    const message = "The request was sent, and its answer did not come whole (ECONNRESET).";
    expect(outcome).toEqual({ kind: "unknown", message, upstream: null });
    expect(server.heard).toHaveLength(1);
  });

  test("closed before an answer -> unknown, not sent again", async () => {
    const server = await serveTcp((socket, heard) => isWhole(heard) && socket.end());
    expect(await openClient(server.url).submit(PATH, BODY, soon())).toMatchObject({
      kind: "unknown",
      upstream: null,
    });
    expect(server.heard).toHaveLength(1);
  });

  test.each([
    [
      "in the middle of the task_id",
      '{"task_id":"t-',
      { kind: "unknown", upstream: { status: 200, reason: null } },
    ],
    ["after the whole task_id", ACCEPTED, { kind: "accepted", taskId: "t-1" }],
  ])("closed %s, short of the promised length -> %o", async (_name, part, expected) => {
    const server = await serveTcp((socket, heard) => {
      if (isWhole(heard)) socket.end(`HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n${part}`);
    });
    expect(await openClient(server.url).submit(PATH, BODY, soon())).toMatchObject(expected);
  });

  test("answer that is not HTTP -> unknown", async () => {
    const server = await serveTcp((socket, heard) => isWhole(heard) && socket.end("nonsense\r\n\r\n"));
    expect(await openClient(server.url).submit(PATH, BODY, soon())).toMatchObject({ kind: "unknown" });
  });

  test("undici dispatches a second time -> unknown, the server hears one request", async () => {
    const connected = Promise.withResolvers<Socket>();
    const server = await serveTcp((socket, heard) => {
      if (!isWhole(heard)) return;
      if (server.heard.length === 1) void connected.promise.then(closeHarmlessly);
      else socket.end(`HTTP/1.1 200 OK\r\n\r\n${ACCEPTED}`);
    });
    onConnected(server.url, connected.resolve);
    const outcome = await openClient(server.url).submit(PATH, BODY, soon());
    expect(outcome).toMatchObject({ kind: "unknown", message: expect.stringContaining("not sent again") });
    expect(server.heard.filter((heard) => heard.includes("POST"))).toHaveLength(1);
  });

  test("answer after the deadline -> its task_id still arrives", async () => {
    holdTimeouts();
    const server = await serveHttp((response) => {
      vi.advanceTimersByTime(9000);
      setImmediate(() => reply(response, 200, ACCEPTED));
    });
    const outcome = await openClient(server.url).submit(PATH, BODY, soon());
    expect(outcome).toEqual({ kind: "accepted", taskId: "t-1" });
  });

  test("process frozen past all timeouts with the answer in its socket -> the task_id still arrives", async () => {
    const server = await serveTcp((socket, heard) => {
      if (!isWhole(heard)) return;
      socket.end(`HTTP/1.1 200 OK\r\n\r\n${ACCEPTED}`);
      freeze(1500);
    });
    const outcome = await openClient(server.url, 100).submit(PATH, BODY, startDeadline(1000));
    expect(outcome).toEqual({ kind: "accepted", taskId: "t-1" });
  });

  test("no answer at all -> unknown once the late answer's time is up", async () => {
    holdTimeouts();
    const server = await serveHttp(() => vi.advanceTimersByTime(10_000));
    const outcome = await openClient(server.url).submit(PATH, BODY, soon());
    expect(outcome).toEqual({
      kind: "unknown",
      message: "The request was sent, and its answer did not come whole (no answer in time).",
      upstream: null,
    });
  });

  test("answer that drips without end -> unknown once the late answer's time is up", async () => {
    holdTimeouts();
    const server = await serveHttp(dripUntil(() => vi.advanceTimersByTime(10_000)));
    const outcome = await openClient(server.url).submit(PATH, BODY, soon());
    expect(outcome).toMatchObject({ kind: "unknown", message: expect.stringContaining("no answer in time") });
  });

  test("client closed while waiting -> unknown", async () => {
    const heard = Promise.withResolvers<void>();
    const server = await serveHttp(() => heard.resolve());
    const client = openClient(server.url);
    const submitted = client.submit(PATH, BODY, soon());
    await heard.promise;
    await client.close();
    expect(await submitted).toMatchObject({ kind: "unknown", upstream: null });
  });
});
