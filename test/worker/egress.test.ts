// The way out through a proxy of the operator's: real proxies, real receivers, real TLS in the tunnel and around it.
import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { createAddressPolicy } from "../../src/shared/webhook/guard.ts";
import { createSender, type Attempt, type Sender, type SenderOptions } from "../../src/worker/send.ts";
import { ssrfCases } from "../shared/webhook/ssrf-cases.ts";
import { startConnectProxy, type OnConnect } from "./connect-proxy.ts";
import {
  closedPort,
  startBlackhole,
  startRawReceiver,
  startReceiver,
  tlsCert,
  untilClosed,
  type Scheme,
} from "./receiver.ts";

const schemes: Scheme[] = ["http", "https"];
const pairs = schemes.flatMap((scheme) => schemes.map((proxyScheme) => ({ scheme, proxyScheme })));
const closed = createAddressPolicy({ allowCidrs: [] });
const loopback = createAddressPolicy({ allowCidrs: ["127.0.0.1/32"] });
const SLACK_MS = 500;

function startSender(options: Partial<SenderOptions>): Sender {
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

const body = Buffer.from('{"type":"job.succeeded"}');
const post = (sender: Sender, url: string): Promise<Attempt> =>
  sender.send({ url, headers: { "content-type": "application/json" }, body });
const urlOf = (scheme: Scheme, port: number, host = "hooks.example.com") => `${scheme}://${host}:${port}/h`;

const egressError = {
  delivered: false,
  status: null,
  errorCode: "egress_error",
  durationMs: expect.any(Number),
  retryAfterMs: null,
  snippet: null,
};

/** One attempt through a proxy that does as it is told, to an address that is public and where nobody is asked. */
async function postThrough(onConnect: OnConnect, options: Partial<SenderOptions> = {}) {
  const proxy = await startConnectProxy(onConnect);
  const faults: Error[] = [];
  const sender = startSender({
    policy: closed,
    lookup: async () => ["93.184.216.34"],
    egressProxy: proxy.url,
    onEgressError: (error) => void faults.push(error),
    ...options,
  });
  const startedAt = performance.now();
  const attempt = await post(sender, "https://hooks.example.com/h");
  return { attempt, faults, proxy, sender, tookMs: performance.now() - startedAt };
}

describe.each(pairs)(
  "a receiver over $scheme behind a proxy over $proxyScheme",
  ({ scheme, proxyScheme }) => {
    test("an event -> delivered; the proxy is told the address, the receiver the name", async () => {
      const seen = Promise.withResolvers<IncomingMessage>();
      const receiver = await startReceiver(scheme, (request, response) => {
        seen.resolve(request);
        response.end("thanks");
      });
      const proxy = await startConnectProxy(undefined, proxyScheme);
      const attempt = await post(startSender({ egressProxy: proxy.url }), urlOf(scheme, receiver.port));
      expect(attempt).toMatchObject({ delivered: true, status: 200, errorCode: null, snippet: "thanks" });
      const authority = `127.0.0.1:${receiver.port}`;
      expect(proxy.asked).toEqual([
        { authority, headers: { host: authority, connection: expect.any(String) } },
      ]);
      const { headers } = await seen.promise;
      expect(headers.host).toBe(`hooks.example.com:${receiver.port}`);
    });

    test("ten events in a row -> tunnels are used again, each looked up once", async () => {
      const receiver = await startReceiver(scheme, (_request, response) => response.end());
      const proxy = await startConnectProxy(undefined, proxyScheme);
      const lookup = vi.fn<(hostname: string) => Promise<string[]>>(async () => ["127.0.0.1"]);
      const sender = startSender({ egressProxy: proxy.url, lookup });
      for (let n = 0; n < 10; n += 1) {
        expect(await post(sender, urlOf(scheme, receiver.port))).toMatchObject({ delivered: true });
      }
      expect(receiver.sockets.length).toBeLessThan(4);
      expect(proxy.asked).toHaveLength(receiver.sockets.length);
      expect(lookup).toHaveBeenCalledTimes(receiver.sockets.length);
    });

    test("a user and a password in the URL -> told to the proxy, and to nobody else", async () => {
      const seen = Promise.withResolvers<IncomingMessage>();
      const receiver = await startReceiver(scheme, (request, response) => {
        seen.resolve(request);
        response.end();
      });
      const { url, asked } = await startConnectProxy(undefined, proxyScheme);
      const egressProxy = new URL(`${url.protocol}//onetake:s%40cret@${url.host}`);
      await post(startSender({ egressProxy }), urlOf(scheme, receiver.port));
      const credentials = `Basic ${Buffer.from("onetake:s@cret").toString("base64")}`;
      expect(asked[0]?.headers["proxy-authorization"]).toBe(credentials);
      expect((await seen.promise).headers).not.toHaveProperty("proxy-authorization");
    });

    test("it is silent behind its tunnel -> timeout, which is its own, and the tunnel is closed", async () => {
      const receiver = await startReceiver(scheme, () => undefined);
      const proxy = await startConnectProxy(undefined, proxyScheme);
      const onEgressError = vi.fn<(error: Error) => void>();
      const sender = startSender({ egressProxy: proxy.url, timeoutMs: 300, onEgressError });
      expect(await post(sender, urlOf(scheme, receiver.port))).toMatchObject({ errorCode: "timeout" });
      expect(await untilClosed(receiver)).toBe(true);
      expect(onEgressError).not.toHaveBeenCalled();
    });

    test("it resets after the request -> connection_reset", async () => {
      const receiver = await startRawReceiver(scheme, (socket) =>
        socket.once("data", () => socket.destroy()),
      );
      const proxy = await startConnectProxy(undefined, proxyScheme);
      const sender = startSender({ egressProxy: proxy.url });
      expect(await post(sender, urlOf(scheme, receiver.port))).toMatchObject({
        errorCode: "connection_reset",
      });
    });

    test("nobody listens there -> connection_failed", async () => {
      const proxy = await startConnectProxy(undefined, proxyScheme);
      const sender = startSender({ egressProxy: proxy.url });
      const attempt = await post(sender, urlOf(scheme, await closedPort()));
      expect(attempt).toMatchObject({ errorCode: "connection_failed", status: null });
    });
  },
);

describe("TLS in the tunnel", () => {
  test.each(["hooks.example.com", "127.0.0.1"])(
    "a certificate for %s -> checked, and delivered",
    async (host) => {
      const receiver = await startReceiver("https", (_request, response) => response.end());
      const proxy = await startConnectProxy();
      const sender = startSender({ egressProxy: proxy.url });
      expect(await post(sender, urlOf("https", receiver.port, host))).toMatchObject({ delivered: true });
    },
  );

  test("the name in SNI -> the receiver's", async () => {
    const servername = Promise.withResolvers<unknown>();
    const receiver = await startRawReceiver("https", (socket) => {
      servername.resolve("servername" in socket ? socket.servername : undefined);
      socket.once("data", () => socket.end("HTTP/1.1 204 No Content\r\n\r\n"));
    });
    const proxy = await startConnectProxy(undefined, "https");
    await post(startSender({ egressProxy: proxy.url }), urlOf("https", receiver.port));
    expect(await servername.promise).toBe("hooks.example.com");
  });

  test("a certificate for another name -> tls_error, and no request", async () => {
    const receiver = await startReceiver("https", (_request, response) => response.end());
    const proxy = await startConnectProxy();
    const sender = startSender({ egressProxy: proxy.url });
    const attempt = await post(sender, urlOf("https", receiver.port, "other.example.com"));
    expect(attempt).toMatchObject({ errorCode: "tls_error", status: null });
  });

  test("a receiver that speaks no TLS -> tls_error", async () => {
    const receiver = await startRawReceiver("http", (socket) => socket.end("SSH-2.0-x\r\n"));
    const proxy = await startConnectProxy();
    const sender = startSender({ egressProxy: proxy.url });
    expect(await post(sender, urlOf("https", receiver.port))).toMatchObject({ errorCode: "tls_error" });
  });
});

describe("the guard before a proxy", () => {
  const blocked = ssrfCases.filter(({ expect: wanted }) => wanted === "block" || wanted === "invalid");
  const elsewhere = createAddressPolicy({ allowCidrs: ["198.51.100.7/32"] });

  test.each(blocked.flatMap((each) => schemes.map((scheme) => ({ ...each, scheme }))))(
    "$name over $scheme -> target_forbidden, and the proxy is not even connected to",
    async ({ url, dns, scheme }) => {
      const proxy = await startConnectProxy();
      const lookup = async (hostname: string) => dns?.[hostname] ?? [];
      const sender = startSender({ policy: elsewhere, egressProxy: proxy.url, lookup });
      const attempt = await post(sender, url.replace(/^https:/, `${scheme}:`));
      expect(attempt).toMatchObject({ errorCode: "target_forbidden" });
      expect(proxy.sockets).toHaveLength(0);
    },
  );

  test("the proxy stands on a private address -> used all the same; the policy is about receivers", async () => {
    const receiver = await startReceiver("https", (_request, response) => response.end());
    const { attempt, proxy } = await postThrough(({ open }) => open(`127.0.0.1:${receiver.port}`));
    expect(attempt).toMatchObject({ delivered: true });
    expect(proxy.asked.map(({ authority }) => authority)).toEqual(["93.184.216.34:443"]);
  });

  test("a proxy over TLS that has a name -> its certificate is checked for that name, which SNI tells", async () => {
    const names: unknown[] = [];
    const { url } = await startConnectProxy(({ socket, answer }) => {
      names.push("servername" in socket ? socket.servername : undefined);
      answer(502);
    }, "https");
    const egressProxy = new URL(`https://localhost:${url.port}`);
    const sender = startSender({ policy: closed, lookup: async () => ["93.184.216.34"], egressProxy });
    const attempt = await post(sender, "https://hooks.example.com/h");
    expect(attempt).toMatchObject({ errorCode: "connection_failed" });
    expect(names).toEqual(["localhost"]);
  });

  test("an address of IPv6 -> told in brackets", async () => {
    const { proxy } = await postThrough(({ answer }) => answer(502), {
      lookup: async () => ["2606:4700::1111"],
    });
    expect(proxy.asked[0]).toMatchObject({
      authority: "[2606:4700::1111]:443",
      headers: { host: "[2606:4700::1111]:443" },
    });
  });

  test("a name that would answer otherwise the second time -> looked up once, and never by the proxy", async () => {
    const answers = [["93.184.216.34"], ["127.0.0.1"]];
    const lookup = vi.fn<(hostname: string) => Promise<string[]>>(async () => answers.shift() ?? []);
    const { proxy } = await postThrough(({ answer }) => answer(502), { lookup });
    expect(proxy.asked.map(({ authority }) => authority)).toEqual(["93.184.216.34:443"]);
    expect(lookup).toHaveBeenCalledOnce();
  });
});

describe("what the proxy answers", () => {
  test.each([
    [403, {}, "target_forbidden"],
    [502, {}, "connection_failed"],
    [504, {}, "connection_failed"],
    [407, { "x-smokescreen-error": "Deny: Private Range" }, "target_forbidden"],
    [503, { "x-squid-error": "ERR_CONNECT_FAIL 111" }, "connection_failed"],
    [100, {}, "egress_error"],
    [301, { location: "http://127.0.0.1/" }, "egress_error"],
    [400, {}, "egress_error"],
    [401, {}, "egress_error"],
    [404, {}, "egress_error"],
    [405, {}, "egress_error"],
    [407, { "proxy-authenticate": "Basic" }, "egress_error"],
    [429, { "retry-after": "60" }, "egress_error"],
    [500, { "x-smokescreen-error": "internal" }, "egress_error"],
    [501, {}, "egress_error"],
    [503, { "x-squid-error": "ERR_DNS_FAIL 0" }, "egress_error"],
  ])("%d with %j -> %s, and its connection is closed", async (status, headers, errorCode) => {
    const { attempt, faults, proxy } = await postThrough(({ answer }) => answer(status, headers));
    expect(attempt).toEqual({ ...egressError, errorCode });
    const told = errorCode === "egress_error" ? [`the egress proxy answered ${status}`] : [];
    expect(faults.map(({ cause }) => cause instanceof Error && cause.message)).toEqual(told);
    expect(proxy.asked).toHaveLength(1);
    expect(await untilClosed(proxy)).toBe(true);
  });
});

/** The port of a server that does this with each connection. */
const port = async (scheme: Scheme, onSocket: (socket: Socket) => void): Promise<number> =>
  (await startRawReceiver(scheme, onSocket)).port;
const onceAsked = (act: (socket: Socket) => void) => (socket: Socket) => {
  socket.once("data", () => act(socket));
};
const silent = (socket: Socket) => void socket.resume();
const dripping = (socket: Socket) => {
  socket.write("HTTP/1.1 200 OK\r\nx-drip: ");
  const timer = setInterval(() => socket.write("x"), 20);
  socket.on("close", () => clearInterval(timer));
};
const big = `HTTP/1.1 200 OK\r\nx-big: ${"x".repeat(20_000)}\r\n\r\n`;
const http = (at: number) => new URL(`http://127.0.0.1:${at}`);

describe("a proxy that fails", () => {
  const timeoutMs = 800;

  test.each<[string, () => Promise<URL>, { code?: string; message?: string }]>([
    ["nobody listens", async () => http(await closedPort()), { code: "ECONNREFUSED" }],
    ["its name does not exist", async () => new URL("http://proxy.invalid:3128"), { code: "ENOTFOUND" }],
    [
      "it resets",
      async () =>
        http(
          await port(
            "http",
            onceAsked((s) => s.resetAndDestroy()),
          ),
        ),
      { code: "ECONNRESET" },
    ],
    [
      "it closes within its answer",
      async () =>
        http(
          await port(
            "http",
            onceAsked((s) => s.end("HTTP/1.1 2")),
          ),
        ),
      {},
    ],
    [
      "it speaks another protocol",
      async () =>
        http(
          await port(
            "http",
            onceAsked((s) => s.write("SSH-2.0-OpenSSH_9.9\r\n")),
          ),
        ),
      { code: "HPE_INVALID_CONSTANT" },
    ],
    [
      "its answer's head is over 16 KiB",
      async () =>
        http(
          await port(
            "http",
            onceAsked((s) => s.write(big)),
          ),
        ),
      { code: "HPE_HEADER_OVERFLOW" },
    ],
    [
      "it never answers",
      async () => http(await port("http", silent)),
      { message: "the egress proxy did not answer in time" },
    ],
    [
      "it never answers over TLS",
      async () => new URL(`https://127.0.0.1:${await port("https", silent)}`),
      {},
    ],
    [
      "its TLS handshake is never answered",
      async () => new URL(`https://127.0.0.1:${await port("http", silent)}`),
      {},
    ],
    ["its answer drips for ever", async () => http(await port("http", dripping)), {}],
    ["SYNs are swallowed", async () => http(await startBlackhole()), {}],
    [
      "its certificate is for another name",
      async () => (await startConnectProxy(undefined, "https", "127.0.0.2")).url,
      { code: "ERR_TLS_CERT_ALTNAME_INVALID" },
    ],
  ])(
    "%s -> egress_error within the attempt's time, told with its cause; the receiver sees nothing",
    async (_what, start, cause) => {
      const egressProxy = await start();
      const faults: Error[] = [];
      const onEgressError = (error: Error) => void faults.push(error);
      const receiver = await startReceiver("https", (_request, response) => response.end());
      const startedAt = performance.now();
      const sender = startSender({ egressProxy, onEgressError, timeoutMs });
      expect(await post(sender, urlOf("https", receiver.port))).toEqual(egressError);
      expect(performance.now() - startedAt).toBeLessThan(timeoutMs + SLACK_MS);
      expect(faults).toMatchObject([{ code: "egress_error", cause }]);
      expect(receiver.sockets).toHaveLength(0);
    },
  );

  test("its certificate is vouched for by nobody -> egress_error, and it is asked for nothing", async () => {
    const proxy = await startConnectProxy(undefined, "https");
    const onEgressError = vi.fn<(error: Error) => void>();
    const sender = createSender({
      policy: loopback,
      timeoutMs: 5_000,
      egressProxy: proxy.url,
      onEgressError,
    });
    onTestFinished(() => sender.close());
    expect(await post(sender, "https://127.0.0.1:4000/h")).toEqual(egressError);
    expect(onEgressError.mock.lastCall?.[0].cause).toMatchObject({ code: "DEPTH_ZERO_SELF_SIGNED_CERT" });
    expect(proxy.asked).toEqual([]);
  });

  test("it does not answer in time -> its connection is closed", async () => {
    const proxy = await startRawReceiver("http", silent);
    const sender = startSender({ egressProxy: http(proxy.port), timeoutMs });
    expect(await post(sender, urlOf("https", 4000))).toEqual(egressError);
    expect(await untilClosed(proxy)).toBe(true);
  });
});

const both = async (): Promise<string[]> => ["2606:4700::1111", "93.184.216.34"];

describe("a receiver that the proxy cannot reach in time", () => {
  test("the proxy has worked for others all the while -> timeout, which is the receiver's", async () => {
    const receiver = await startReceiver("http", (_request, response) => response.end());
    const proxy = await startConnectProxy(({ authority, open }) => {
      if (authority.endsWith(`:${receiver.port}`)) open();
    });
    const onEgressError = vi.fn<(error: Error) => void>();
    const sender = startSender({ egressProxy: proxy.url, timeoutMs: 1_000, onEgressError, maxOrigins: 1 });
    const state = { isPending: true };
    const pending = post(sender, urlOf("http", await closedPort())).finally(() => (state.isPending = false));
    // Each host is an origin of its own, and so gets a tunnel of its own.
    for (let others = 0; state.isPending; others += 1) {
      await post(sender, urlOf("http", receiver.port, `h${others}.example.com`));
    }
    expect(await pending).toMatchObject({ errorCode: "timeout", status: null });
    expect(onEgressError).not.toHaveBeenCalled();
  });

  const authorities = ["[2606:4700::1111]:443", "93.184.216.34:443"];

  test.each<[string, OnConnect]>([
    ["is refused", ({ authority, answer }) => answer(authority.startsWith("[") ? 502 : 403)],
    ["is never answered", ({ authority, answer }) => void (authority.startsWith("[") || answer(403))],
  ])("its first address %s -> the second is tried", async (_what, onConnect) => {
    const { attempt, proxy } = await postThrough(onConnect, { lookup: both, timeoutMs: 800 });
    expect(proxy.asked.map(({ authority }) => authority)).toEqual(authorities);
    expect(attempt).toMatchObject({ errorCode: "target_forbidden" });
  });

  test("no address can be reached -> connection_failed", async () => {
    const { attempt, proxy } = await postThrough(({ answer }) => answer(504), { lookup: both });
    expect(proxy.asked).toHaveLength(2);
    expect(attempt).toMatchObject({ errorCode: "connection_failed" });
  });

  test("the first address is forbidden -> the second is not tried", async () => {
    const { attempt, proxy } = await postThrough(({ answer }) => answer(403), { lookup: both });
    expect(proxy.asked).toHaveLength(1);
    expect(attempt).toMatchObject({ errorCode: "target_forbidden" });
  });

  test("a hundred addresses, none answered -> the attempt ends in its time", async () => {
    const { attempt, tookMs } = await postThrough(() => undefined, {
      lookup: async () => Array.from({ length: 100 }, (_, n) => `93.184.216.${n + 1}`),
      timeoutMs: 800,
    });
    expect(attempt).toEqual(egressError);
    expect(tookMs).toBeLessThan(800 + SLACK_MS);
  });
});

test("close during an attempt through the proxy -> the attempt finishes first, and every tunnel is closed", async () => {
  const proxy = await startConnectProxy();
  const arrived = Promise.withResolvers<() => void>();
  const receiver = await startReceiver("https", (_request, response) =>
    arrived.resolve(() => response.end()),
  );
  const sender = startSender({ egressProxy: proxy.url });
  const pending = post(sender, urlOf("https", receiver.port));
  const answer = await arrived.promise;
  const closing = sender.close();
  answer();
  expect(await pending).toMatchObject({ delivered: true });
  await closing;
  expect(await untilClosed(proxy)).toBe(true);
});
