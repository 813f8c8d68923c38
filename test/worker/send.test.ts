import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { buffer } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { createAddressPolicy } from "../../src/shared/webhook/guard.ts";
import { createSender, type Attempt, type Sender, type SenderOptions } from "../../src/worker/send.ts";
import { SEND_ERRORS, SendError, sendErrorCode } from "../../src/worker/send-error.ts";
import { ssrfCases, type SsrfCase } from "../shared/webhook/ssrf-cases.ts";
import {
  closedPort,
  startBlackhole,
  startRawReceiver,
  startReceiver,
  tlsCert,
  untilClosed,
  type Scheme,
} from "./receiver.ts";

const loopback = createAddressPolicy({ allowCidrs: ["127.0.0.1/32"] });
/** Opens plain http, but no address that a test listens on. */
const elsewhere = createAddressPolicy({ allowCidrs: ["198.51.100.7/32"] });
const schemes: Scheme[] = ["http", "https"];
const SLACK_MS = 500;

function startSender(options: Partial<SenderOptions> = {}): Sender {
  const sender = createSender({
    policy: loopback,
    timeoutMs: 5_000,
    ca: tlsCert,
    lookup: async () => ["127.0.0.1"],
    ...options,
  });
  onTestFinished(() => sender.close());
  return sender;
}

const body = Buffer.from('{"type":"job.succeeded","text":"🎬"}');
const post = (sender: Sender, url: string): Promise<Attempt> =>
  sender.send({ url, headers: { "content-type": "application/json", "webhook-id": "evt_1" }, body });

const urlOf = (scheme: Scheme, port: number, path = "/h") => `${scheme}://hooks.example.com:${port}${path}`;

async function postTo(
  scheme: Scheme,
  onRequest: RequestListener,
  options?: Partial<SenderOptions>,
): Promise<Attempt> {
  const { port } = await startReceiver(scheme, onRequest);
  return post(startSender(options), urlOf(scheme, port));
}

const failure = (errorCode: string) => ({
  delivered: false,
  status: null,
  errorCode,
  retryAfterMs: null,
  snippet: null,
});
const forbidden = failure("target_forbidden");

/** Sends the head, then a drop every 20 ms for as long as the connection lives. */
function drip(socket: Socket, head: string, drop: string): void {
  socket.write(head);
  const timer = setInterval(() => socket.write(drop), 20);
  socket.on("close", () => clearInterval(timer));
}

async function readRequest(request: IncomingMessage): Promise<{ request: IncomingMessage; bytes: Buffer }> {
  return { request, bytes: await buffer(request) };
}

/** The case's URL with the scheme and a port where somebody listens; unchanged where it is no URL. */
function aimAt({ url: raw }: SsrfCase, scheme: Scheme, port: number): string {
  const url = URL.parse(raw);
  if (url === null || !url.protocol.startsWith("http")) return raw.replace("https", scheme);
  url.protocol = scheme;
  url.port = String(port);
  return url.href;
}

describe.each(schemes)("a forbidden target over %s", (scheme) => {
  const blocked = ssrfCases.filter(({ expect: wanted }) => wanted === "block");
  const invalid = ssrfCases.filter(({ expect: wanted }) => wanted === "invalid");

  test.each(blocked)("$name -> target_forbidden, and nobody is connected to", async (ssrfCase) => {
    const receiver = await startReceiver(scheme, (_request, response) => response.end());
    const lookup = async (hostname: string) => ssrfCase.dns?.[hostname] ?? [];
    const attempt = await post(
      startSender({ policy: elsewhere, lookup }),
      aimAt(ssrfCase, scheme, receiver.port),
    );
    expect(attempt).toMatchObject(forbidden);
    expect(receiver.sockets).toHaveLength(0);
  });

  test.each(invalid)("$name -> target_forbidden, and no name is looked up", async ({ url }) => {
    const lookup = vi.fn<(hostname: string) => Promise<string[]>>(async () => ["127.0.0.1"]);
    const attempt = await post(startSender({ lookup }), url.replace("https:", `${scheme}:`));
    expect(attempt).toMatchObject(forbidden);
    expect(lookup).not.toHaveBeenCalled();
  });
});

describe.each(schemes)("a receiver over %s", (scheme) => {
  test("2xx -> delivered, and the request is exactly what was given", async () => {
    const received = Promise.withResolvers<{ request: IncomingMessage; bytes: Buffer }>();
    const attempt = await postTo(scheme, (request, response) => {
      received.resolve(readRequest(request));
      response.end("thanks");
    });
    const { request, bytes } = await received.promise;
    expect(attempt).toEqual({
      delivered: true,
      status: 200,
      errorCode: null,
      durationMs: expect.any(Number),
      retryAfterMs: null,
      snippet: "thanks",
    });
    expect(bytes).toEqual(body);
    expect([request.method, request.url]).toEqual(["POST", "/h"]);
    expect(request.headers).toEqual({
      host: expect.stringMatching(/^hooks\.example\.com:\d+$/),
      connection: "keep-alive",
      "content-type": "application/json",
      "content-length": String(body.length),
      "webhook-id": "evt_1",
    });
  });

  test("percent-encoded CRLF in the path -> stays encoded on the wire", async () => {
    const seen = Promise.withResolvers<IncomingMessage>();
    const { port } = await startReceiver(scheme, (request, response) => {
      seen.resolve(request);
      response.end();
    });
    await post(startSender(), urlOf(scheme, port, "/h%0d%0aX-Injected:%201"));
    const request = await seen.promise;
    expect(request.url).toBe("/h%0d%0aX-Injected:%201");
    expect(request.headers).not.toHaveProperty("x-injected");
  });

  test.each([301, 302, 303, 307, 308])(
    "%d to another server -> redirect, and that server sees nothing",
    async (status) => {
      const second = await startReceiver(scheme, (_request, response) => response.end());
      const attempt = await postTo(scheme, (_request, response) => {
        response.writeHead(status, { location: urlOf(scheme, second.port) }).end();
      });
      expect(attempt).toMatchObject({ delivered: false, status, errorCode: "redirect" });
      expect(second.sockets).toHaveLength(0);
    },
  );

  const scripted = ssrfCases.filter(
    ({ expect: wanted }) => wanted === "no-follow" || wanted === "success-once",
  );
  test.each(scripted)("$name -> one request, no other", async ({ status = 0, location, headers }) => {
    const onRequest = vi.fn<RequestListener>((_request, response) => {
      response.writeHead(status, { ...headers, ...(location === undefined ? {} : { location }) }).end();
    });
    const lookup = vi.fn<(hostname: string) => Promise<string[]>>(async () => ["127.0.0.1"]);
    const attempt = await postTo(scheme, onRequest, { lookup });
    expect(attempt).toMatchObject({ delivered: status === 200, status });
    expect(onRequest).toHaveBeenCalledOnce();
    expect(lookup).toHaveBeenCalledOnce();
  });

  test.each([
    [200, null],
    [201, null],
    [202, null],
    [203, null],
    [204, null],
    [299, null],
    [300, "redirect"],
    [304, "redirect"],
    [400, "http_error"],
    [401, "http_error"],
    [402, "http_error"],
    [403, "http_error"],
    [404, "http_error"],
    [408, "http_error"],
    [409, "http_error"],
    [410, "gone"],
    [418, "http_error"],
    [422, "http_error"],
    [429, "http_error"],
    [500, "http_error"],
    [502, "http_error"],
    [503, "http_error"],
    [504, "http_error"],
    [599, "http_error"],
  ])("status %d -> error code %s", async (status, errorCode) => {
    const attempt = await postTo(scheme, (_request, response) => response.writeHead(status).end());
    expect(attempt).toMatchObject({ delivered: errorCode === null, status, errorCode });
  });

  test("ten deliveries in a row -> connections are used again, each looked up once", async () => {
    const receiver = await startReceiver(scheme, (_request, response) => response.end("ok"));
    const lookup = vi.fn<(hostname: string) => Promise<string[]>>(async () => ["127.0.0.1"]);
    const sender = startSender({ lookup });
    for (let n = 0; n < 10; n += 1) await post(sender, urlOf(scheme, receiver.port));
    expect(receiver.sockets.length).toBeLessThan(4);
    expect(lookup).toHaveBeenCalledTimes(receiver.sockets.length);
  });

  test("a kept connection that is reset on reuse -> a failed attempt, and the next one is delivered", async () => {
    let requests = 0;
    const receiver = await startReceiver(scheme, (request, response) => {
      requests += 1;
      if (requests === 2) request.socket.destroy();
      else response.end();
    });
    const sender = startSender();
    const codes: (string | null)[] = [];
    for (let n = 0; n < 3; n += 1) codes.push((await post(sender, urlOf(scheme, receiver.port))).errorCode);
    expect(codes).toEqual([null, "connection_reset", null]);
    expect(requests).toBe(3);
  });

  test("more origins than are kept -> each is delivered, and the one that was used longest ago is given up", async () => {
    const sender = startSender({ maxOrigins: 2 });
    const receivers = await Promise.all(
      [1, 2, 3].map(() => startReceiver(scheme, (_request, response) => response.end())),
    );
    // The third takes the place of the second, for the first has been used since.
    for (const index of [0, 1, 0, 2, 0, 2, 1]) {
      const { port = 0 } = receivers[index] ?? {};
      expect(await post(sender, urlOf(scheme, port))).toMatchObject({ delivered: true });
    }
    expect(receivers.map(({ sockets }) => sockets.length)).toEqual([1, 2, 1]);
  });

  test("an origin is given up in mid-attempt -> the attempt finishes, and its connection is closed after it", async () => {
    const sender = startSender({ maxOrigins: 1 });
    const arrived = Promise.withResolvers<ServerResponse>();
    const first = await startReceiver(scheme, (_request, response) => arrived.resolve(response));
    const second = await startReceiver(scheme, (_request, response) => response.end());
    const pending = post(sender, urlOf(scheme, first.port));
    const held = await arrived.promise;
    expect(await post(sender, urlOf(scheme, second.port))).toMatchObject({ delivered: true });
    held.end();
    expect(await pending).toMatchObject({ delivered: true });
    expect(await untilClosed(first)).toBe(true);
  });

  test("close during an attempt -> the attempt finishes first", async () => {
    const sender = createSender({
      policy: loopback,
      timeoutMs: 5_000,
      ca: tlsCert,
      lookup: async () => ["127.0.0.1"],
    });
    const arrived = Promise.withResolvers<ServerResponse>();
    const { port } = await startReceiver(scheme, (_request, response) => arrived.resolve(response));
    const pending = post(sender, urlOf(scheme, port));
    const held = await arrived.promise;
    const closing = sender.close();
    held.end();
    expect(await pending).toMatchObject({ delivered: true });
    await closing;
    await expect(post(sender, urlOf(scheme, port))).rejects.toThrow(/closed|destroyed/);
  });
});

const lookupOrNever = (hostname: string): Promise<string[]> =>
  hostname === "never.example.com" ? new Promise(() => undefined) : Promise.resolve(["127.0.0.1"]);

test("close while attempts wait for DNS, a connection, an answer and a place -> each ends at its time limit, then it is closed", async () => {
  const silent = await startReceiver("http", () => undefined);
  const blackhole = await startBlackhole();
  const sender = createSender({ policy: loopback, timeoutMs: 400, lookup: lookupOrNever, maxOrigins: 2 });
  const urls = [
    "http://never.example.com/h",
    urlOf("http", blackhole),
    ...Array.from({ length: 65 }, () => urlOf("http", silent.port)),
  ];
  const pending = urls.map((url) => post(sender, url));
  const startedAt = performance.now();
  await sender.close();
  expect(new Set((await Promise.all(pending)).map(({ errorCode }) => errorCode))).toEqual(
    new Set(["timeout"]),
  );
  expect(performance.now() - startedAt).toBeLessThan(2 * 400 + SLACK_MS);
  await expect(post(sender, "http://hooks.example.com/h")).rejects.toThrow(/closed/);
});

describe.each(schemes)("a slow receiver over %s", (scheme) => {
  const timeoutMs = 300;

  async function timed(url: string, options: Partial<SenderOptions> = {}): Promise<Attempt> {
    const startedAt = performance.now();
    const attempt = await post(startSender({ timeoutMs, ...options }), url);
    expect(performance.now() - startedAt).toBeLessThan(timeoutMs + SLACK_MS);
    expect(attempt.durationMs).toBeGreaterThanOrEqual(timeoutMs - 5);
    return attempt;
  }

  const timeout = { delivered: false, status: null, errorCode: "timeout", snippet: null };

  test("DNS never answers -> timeout", async () => {
    const silent = { lookup: () => new Promise<string[]>(() => undefined) };
    expect(await timed(urlOf(scheme, 443), silent)).toMatchObject(timeout);
  });

  test("queued behind busy connections, then DNS is silent -> timeout, and its wait counts from the start", async () => {
    const { port } = await startReceiver(scheme, () => undefined);
    let lookups = 0;
    const lookup = (): Promise<string[]> => {
      lookups += 1;
      return lookups <= 64 ? Promise.resolve(["127.0.0.1"]) : new Promise(() => undefined);
    };
    const sender = startSender({ timeoutMs: 1_000, lookup });
    const attempts = await Promise.all(Array.from({ length: 65 }, () => post(sender, urlOf(scheme, port))));
    expect(attempts.map(({ errorCode }) => errorCode)).toEqual(Array.from({ length: 65 }, () => "timeout"));
    expect(Math.max(...attempts.map(({ durationMs }) => durationMs))).toBeLessThan(1_000 + SLACK_MS);
  });

  test("SYNs are swallowed -> timeout", async () => {
    expect(await timed(urlOf(scheme, await startBlackhole()))).toMatchObject(timeout);
  });

  test("no answer to the request -> timeout, and the connection is closed", async () => {
    const receiver = await startReceiver(scheme, () => undefined);
    expect(await timed(urlOf(scheme, receiver.port))).toMatchObject(timeout);
    expect(await untilClosed(receiver)).toBe(true);
  });

  test("the head drips for ever -> timeout, though its status line said 200", async () => {
    const { port } = await startRawReceiver(scheme, (socket) =>
      drip(socket, "HTTP/1.1 200 OK\r\n", "x-drip: 1\r\n"),
    );
    expect(await timed(urlOf(scheme, port))).toMatchObject(timeout);
  });

  test("1xx answers for ever -> timeout", async () => {
    const { port } = await startRawReceiver(scheme, (socket) =>
      drip(socket, "", "HTTP/1.1 103 Early Hints\r\n\r\n"),
    );
    expect(await timed(urlOf(scheme, port))).toMatchObject(timeout);
  });

  test("the body drips for ever -> delivered by its status, with what came in time", async () => {
    const head = "HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n";
    const receiver = await startRawReceiver(scheme, (socket) => drip(socket, head, "d"));
    const attempt = await timed(urlOf(scheme, receiver.port));
    expect(attempt).toMatchObject({ delivered: true, status: 200, snippet: expect.stringMatching(/^d+$/) });
    expect(await untilClosed(receiver)).toBe(true);
  });
});

describe.each(schemes)("an answer over %s", (scheme) => {
  test("of 100 MB -> delivered, and most of it is never taken", async () => {
    let sentBytes = 0;
    const attempt = await postTo(scheme, (_request, response) => {
      const chunk = Buffer.alloc(64 * 1024, "x");
      const pump = (): void => {
        while (sentBytes < 100_000_000 && !response.destroyed) {
          sentBytes += chunk.length;
          if (!response.write(chunk)) return void response.once("drain", pump);
        }
        response.end();
      };
      pump();
    });
    expect(attempt).toMatchObject({ delivered: true, status: 200, snippet: "x".repeat(1024) });
    expect(sentBytes).toBeLessThan(20_000_000);
  });

  test("that is a gzip bomb -> delivered, never inflated, no snippet", async () => {
    const bomb = gzipSync(Buffer.alloc(50_000_000));
    const attempt = await postTo(scheme, (_request, response) => {
      response.writeHead(200, { "content-encoding": "gzip" }).end(bomb);
    });
    expect(attempt).toMatchObject({ delivered: true, snippet: null });
  });

  test("that breaks off in its body -> delivered by its status, with what came", async () => {
    const attempt = await postTo(scheme, (_request, response) => {
      response.writeHead(200, { "content-length": "100" });
      response.write("half", () => response.destroy());
    });
    expect(attempt).toMatchObject({ delivered: true, status: 200 });
  });

  test.each([
    ["plain", "plain"],
    ["", null],
    ["\u0000\u0007 \r\n", null],
    ["line one\r\nline\ttwo\u001b[31m\u0000", "line one line two[31m"],
    ["evil\u202Egnp.exe\u2028next\u200B", "evilgnp.exe next"],
    ["é".repeat(2_000), "é".repeat(512)],
    [`a${"🎬".repeat(500)}`, `a${"🎬".repeat(255)}`],
  ])("with the body %.20j -> that much of it as text", async (text, snippet) => {
    const attempt = await postTo(scheme, (_request, response) => response.end(text));
    expect(attempt.snippet).toBe(snippet);
  });

  test("of bytes that are no text -> at most 1 KiB of replacement characters", async () => {
    const attempt = await postTo(scheme, (_request, response) => response.end(Buffer.alloc(4_096, 0xff)));
    expect(Buffer.byteLength(attempt.snippet ?? "")).toBe(1_023);
  });

  test.each([
    [503, "120", 120_000],
    [429, "Sun, 06 Nov 1994 08:49:37 GMT", 0],
    [301, "7", 7_000],
    [500, "soon", null],
    [200, "120", null],
  ])("%d with Retry-After: %s -> %s ms", async (status, header, retryAfterMs) => {
    const attempt = await postTo(scheme, (_request, response) =>
      response.writeHead(status, { "retry-after": header }).end(),
    );
    expect(attempt).toMatchObject({ status, retryAfterMs });
  });

  test("several Retry-After headers -> the first", async () => {
    const attempt = await postTo(scheme, (_request, response) =>
      response.writeHead(503, ["retry-after", "3", "retry-after", "9"]).end(),
    );
    expect(attempt.retryAfterMs).toBe(3_000);
  });
});

describe.each(schemes)("a broken receiver over %s", (scheme) => {
  test("nobody listens -> connection_refused", async () => {
    expect(await post(startSender(), urlOf(scheme, await closedPort()))).toMatchObject(
      failure("connection_refused"),
    );
  });

  test("nobody listens on any of its addresses -> connection_refused", async () => {
    const policy = createAddressPolicy({ allowCidrs: ["127.0.0.0/8"] });
    const sender = startSender({ policy, lookup: async () => ["127.0.0.1", "127.0.0.2"] });
    expect(await post(sender, urlOf(scheme, await closedPort()))).toMatchObject(
      failure("connection_refused"),
    );
  });

  test("it resets after the request -> connection_reset", async () => {
    const { port } = await startRawReceiver(scheme, (socket) => socket.once("data", () => socket.destroy()));
    expect(await post(startSender(), urlOf(scheme, port))).toMatchObject(failure("connection_reset"));
  });

  test("it closes within the head -> connection_reset", async () => {
    const { port } = await startRawReceiver(scheme, (socket) =>
      socket.once("data", () => socket.end("HTTP/1.1 200 OK\r\nx: 1")),
    );
    expect(await post(startSender(), urlOf(scheme, port))).toMatchObject(failure("connection_reset"));
  });

  test.each([
    ["another protocol", "SSH-2.0-OpenSSH_9.9\r\n"],
    ["a head over 16 KiB", `HTTP/1.1 200 OK\r\nx-big: ${"x".repeat(20_000)}\r\n\r\n`],
    ["a malformed header", "HTTP/1.1 200 OK\r\n: nameless\r\n\r\n"],
    ["two lengths", "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n"],
    ["another protocol that nobody asked for", "HTTP/1.1 101 Switching Protocols\r\n\r\n"],
    ["a status that is none", "HTTP/1.1 099 None\r\ncontent-length: 0\r\n\r\n"],
  ])("it answers with %s -> protocol_error", async (_what, answer) => {
    const { port } = await startRawReceiver(scheme, (socket) =>
      socket.once("data", () => socket.write(answer)),
    );
    expect(await post(startSender(), urlOf(scheme, port))).toMatchObject(failure("protocol_error"));
  });

  test.each([
    ["fails", () => Promise.reject(new Error("ENOTFOUND"))],
    ["is empty", async () => []],
  ])("its lookup %s -> dns_error", async (_what, lookup) => {
    expect(await post(startSender({ lookup }), urlOf(scheme, 443))).toMatchObject(failure("dns_error"));
  });

  test("a name that the DNS does not have -> dns_error", async () => {
    const sender = createSender({ policy: loopback, timeoutMs: 5_000 });
    onTestFinished(() => sender.close());
    expect(await post(sender, `${scheme}://does-not-exist.invalid/h`)).toMatchObject(failure("dns_error"));
  });
});

describe("the TLS of a receiver", () => {
  test("a certificate that nobody vouches for -> tls_error, and no request", async () => {
    const onRequest = vi.fn<RequestListener>((_request, response) => response.end());
    const { port } = await startReceiver("https", onRequest);
    const sender = createSender({ policy: loopback, timeoutMs: 5_000, lookup: async () => ["127.0.0.1"] });
    onTestFinished(() => sender.close());
    expect(await post(sender, urlOf("https", port))).toMatchObject({ errorCode: "tls_error", status: null });
    expect(onRequest).not.toHaveBeenCalled();
  });

  test("a certificate for another name -> tls_error", async () => {
    const { port } = await startReceiver("https", (_request, response) => response.end());
    expect(await post(startSender(), `https://other.example.com:${port}/`)).toMatchObject({
      errorCode: "tls_error",
    });
  });
});

describe("error codes", () => {
  test.each([
    ["ECONNREFUSED", "connection_refused"],
    ["ECONNRESET", "connection_reset"],
    ["EPIPE", "connection_reset"],
    ["UND_ERR_SOCKET", "connection_reset"],
    ["ETIMEDOUT", "timeout"],
    ["EHOSTUNREACH", "connection_failed"],
    ["ENETUNREACH", "connection_failed"],
    ["EADDRNOTAVAIL", "connection_failed"],
    ["EMFILE", "connection_failed"],
    ["EPROTO", "tls_error"],
    ["ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED", "tls_error"],
    ["UND_ERR_RES_CONTENT_LENGTH_MISMATCH", "protocol_error"],
    ["SOMETHING_NEW", "connection_failed"],
    ["UND_ERR_HEADERS_OVERFLOW", "protocol_error"],
    ["UND_ERR_INVALID_ARG", null],
    ["UND_ERR_CLOSED", null],
    ["ERR_INVALID_ARG_TYPE", null],
  ])("%s -> %s", (code, expected) => {
    expect(sendErrorCode(Object.assign(new Error(code), { code }))).toBe(expected);
  });

  test("what has no code -> null, for it is a bug", () => {
    expect([new TypeError("x"), "text", undefined, { code: "ECONNRESET" }].map(sendErrorCode)).toEqual([
      null,
      null,
      null,
      null,
    ]);
  });

  test("a SendError -> its own code, its meaning and its cause", () => {
    const cause = new Error("SERVFAIL");
    const error = new SendError("dns_error", { cause });
    expect([sendErrorCode(error), error.message, error.cause]).toEqual([
      "dns_error",
      SEND_ERRORS.dns_error,
      cause,
    ]);
  });

  test("a header that is none -> rejects, for it is a bug", async () => {
    const sending = startSender().send({
      url: "https://hooks.example.com/",
      headers: { "x-a": "b\r\nc: d" },
      body,
    });
    await expect(sending).rejects.toThrow("invalid x-a header");
  });
});
