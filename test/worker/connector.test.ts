import type { Socket } from "node:net";
import type { buildConnector } from "undici";
import { describe, expect, test, vi } from "vitest";
import { createAddressPolicy } from "../../src/shared/webhook/guard.ts";
import { createConnector, type ConnectorOptions } from "../../src/worker/connector.ts";
import { ssrfCases } from "../shared/webhook/ssrf-cases.ts";
import {
  startBlackhole,
  startRawReceiver,
  startReceiver,
  tlsCert,
  untilClosed,
  type Receiver,
  type Scheme,
} from "./receiver.ts";

const closed = createAddressPolicy({ allowCidrs: [] });
const loopback = createAddressPolicy({ allowCidrs: ["127.0.0.1/32"] });
const schemes: Scheme[] = ["http", "https"];

type Overrides = Partial<ConnectorOptions>;

function connect(scheme: Scheme, hostname: string, port: number, overrides: Overrides = {}): Promise<Socket> {
  const connector = createConnector({ policy: closed, timeoutMs: 2_000, ca: tlsCert, ...overrides });
  const target: buildConnector.Options = { hostname, protocol: `${scheme}:`, port: String(port) };
  return new Promise((resolve, reject) => {
    connector(target, (error, socket) => (error === null ? resolve(socket) : reject(error)));
  });
}

/** The codes that connecting ends with; "connected" when it does not fail. */
async function codeOf(connecting: Promise<Socket>): Promise<unknown> {
  try {
    const socket = await connecting;
    socket.destroy();
    return "connected";
  } catch (error) {
    return error instanceof Error && "code" in error ? error.code : error;
  }
}

const literals = ssrfCases
  .filter(({ expect: wanted, dns }) => wanted === "block" && dns === undefined)
  .map(({ name, url }) => ({ name, hostname: new URL(url).hostname.replace(/^\[(.*)\]$/, "$1") }));

describe.each(schemes)("the connector over %s", (scheme) => {
  const listen = (): Promise<Receiver> => startReceiver(scheme, (_request, response) => response.end());

  test.each(literals)(
    "first check: the literal of $name -> refused before any connection",
    async ({ hostname }) => {
      const receiver = await listen();
      const lookup = vi.fn<(host: string) => Promise<string[]>>(async () => ["93.184.216.34"]);
      expect(await codeOf(connect(scheme, hostname, receiver.port, { lookup }))).toBe("target_forbidden");
      expect(receiver.sockets).toHaveLength(0);
      expect(lookup).not.toHaveBeenCalled();
    },
  );

  test.each([
    { answer: ["127.0.0.2"] },
    { answer: ["127.0.0.1", "127.0.0.2"] },
    { answer: ["127.0.0.2", "127.0.0.1"] },
    { answer: ["127.0.0.1", "::1"] },
    { answer: ["::ffff:127.0.0.2"] },
    { answer: ["127.0.0.1", "nonsense"] },
    { answer: ["127.0.0.1", ""] },
  ])(
    "second check: a name with the answer $answer, of which only 127.0.0.1 is allowed -> refused",
    async ({ answer }) => {
      const receiver = await listen();
      const code = await codeOf(
        connect(scheme, "hooks.example.com", receiver.port, { policy: loopback, lookup: async () => answer }),
      );
      expect(code).toBe("target_forbidden");
      expect(receiver.sockets).toHaveLength(0);
    },
  );

  test("third check: an allowed literal whose socket ends at a forbidden address -> closed before a byte is sent", async () => {
    const received = vi.fn<(bytes: Buffer) => void>();
    const receiver = await startRawReceiver("http", (socket) => socket.on("data", received));
    // The kernel dials 0.0.0.0 as 127.0.0.1, which this policy does not allow.
    const policy = createAddressPolicy({ allowCidrs: ["0.0.0.0/32"] });
    expect(await codeOf(connect(scheme, "0.0.0.0", receiver.port, { policy }))).toBe("target_forbidden");
    expect(await untilClosed(receiver)).toBe(true);
    expect(received).not.toHaveBeenCalled();
  });

  test("a name that changes its answer -> one lookup, and the address that was judged is dialled", async () => {
    const receiver = await listen();
    const answers = [["127.0.0.1"], ["127.0.0.2"], ["127.0.0.2"]];
    const lookup = vi.fn<(host: string) => Promise<string[]>>(async () => answers.shift() ?? []);
    const socket = await connect(scheme, "hooks.example.com", receiver.port, { policy: loopback, lookup });
    expect(socket.remoteAddress).toBe("127.0.0.1");
    expect(lookup.mock.calls).toEqual([["hooks.example.com"]]);
    socket.destroy();
  });

  test("the first of two allowed addresses refuses -> the second is dialled", async () => {
    const receiver = await startReceiver(scheme, (_request, response) => response.end(), "127.0.0.1");
    const policy = createAddressPolicy({ allowCidrs: ["127.0.0.0/8"] });
    const socket = await connect(scheme, "hooks.example.com", receiver.port, {
      policy,
      lookup: async () => ["127.0.0.2", "127.0.0.1"],
    });
    expect(socket.remoteAddress).toBe("127.0.0.1");
    socket.destroy();
  });

  test("localhost with 127.0.0.1 opened -> that address, without asking DNS", async () => {
    const receiver = await listen();
    const lookup = vi.fn<(host: string) => Promise<string[]>>(async () => ["93.184.216.34"]);
    const socket = await connect(scheme, "localhost", receiver.port, { policy: loopback, lookup });
    expect(socket.remoteAddress).toBe("127.0.0.1");
    expect(lookup).not.toHaveBeenCalled();
    socket.destroy();
  });

  test("localhost with nothing opened, whatever DNS says -> refused", async () => {
    const receiver = await listen();
    const options = { lookup: async () => ["93.184.216.34"] };
    expect(await codeOf(connect(scheme, "a.localhost", receiver.port, options))).toBe("target_forbidden");
    expect(receiver.sockets).toHaveLength(0);
  });

  test.each([
    { answer: "nothing", lookup: async () => [] },
    { answer: "an error", lookup: () => Promise.reject(new Error("SERVFAIL")) },
  ])("a lookup that ends with $answer -> dns_error", async ({ lookup }) => {
    expect(await codeOf(connect(scheme, "hooks.example.com", 443, { lookup }))).toBe("dns_error");
  });

  test("a lookup that answers after the time limit -> timeout, and nothing is dialled", async () => {
    const receiver = await listen();
    const late = Promise.withResolvers<string[]>();
    const options = { policy: loopback, timeoutMs: 50, lookup: () => late.promise };
    expect(await codeOf(connect(scheme, "hooks.example.com", receiver.port, options))).toBe("timeout");
    late.resolve(["127.0.0.1"]);
    const socket = await connect(scheme, "127.0.0.1", receiver.port, { policy: loopback });
    expect(receiver.sockets).toHaveLength(1);
    socket.destroy();
  });

  test("an error between the hand-over and undici's listening -> heard, the process lives", async () => {
    const receiver = await listen();
    const socket = await connect(scheme, "127.0.0.1", receiver.port, { policy: loopback });
    socket.destroy(new Error("too early"));
    expect(await untilClosed(receiver)).toBe(true);
  });

  test("SYNs that nobody answers -> timeout, and the socket is given up", async () => {
    const port = await startBlackhole();
    const before = openTcpHandles();
    expect(await codeOf(connect(scheme, "127.0.0.1", port, { policy: loopback, timeoutMs: 100 }))).toBe(
      "timeout",
    );
    await vi.waitFor(() => expect(openTcpHandles()).toBe(before));
  });
});

function openTcpHandles(): number {
  return process.getActiveResourcesInfo().filter((type) => type.startsWith("TCP")).length;
}

describe("the TLS upgrade", () => {
  const options = { policy: loopback, lookup: async () => ["127.0.0.1"] };

  test.each(["hooks.example.com", "hooks.example.com."])(
    "a certificate for the name %s -> connected with HTTP/1.1 and the bare name in SNI",
    async (hostname) => {
      const servername = Promise.withResolvers<unknown>();
      const receiver = await startRawReceiver("https", (socket) => {
        servername.resolve("servername" in socket ? socket.servername : undefined);
      });
      const socket = await connect("https", hostname, receiver.port, options);
      expect("alpnProtocol" in socket && socket.alpnProtocol).not.toBe("h2");
      expect(await servername.promise).toBe("hooks.example.com");
      socket.destroy();
    },
  );

  test.each(["127.0.0.1", "::1"])("a certificate for the literal %s -> connected", async (hostname) => {
    const receiver = await startReceiver("https", (_request, response) => response.end());
    const policy = createAddressPolicy({ allowCidrs: ["127.0.0.1/32", "::1/128"] });
    expect(await codeOf(connect("https", hostname, receiver.port, { policy }))).toBe("connected");
  });

  test.each([
    { fault: "for another name", hostname: "other.example.com", ca: tlsCert },
    { fault: "that nobody vouches for", hostname: "hooks.example.com", ca: undefined },
  ])("a certificate $fault -> tls_error", async ({ hostname, ca }) => {
    const receiver = await startReceiver("https", (_request, response) => response.end());
    expect(await codeOf(connect("https", hostname, receiver.port, { ...options, ca }))).toBe("tls_error");
  });

  test("a server that does not speak TLS -> tls_error", async () => {
    const receiver = await startRawReceiver("http", (socket) =>
      socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"),
    );
    expect(await codeOf(connect("https", "hooks.example.com", receiver.port, options))).toBe("tls_error");
  });

  test("a server that resets during the handshake -> tls_error", async () => {
    const receiver = await startRawReceiver("http", (socket) =>
      socket.once("data", () => socket.resetAndDestroy()),
    );
    expect(await codeOf(connect("https", "hooks.example.com", receiver.port, options))).toBe("tls_error");
  });

  test("a server that never answers the handshake -> timeout, and the connection is closed", async () => {
    const receiver = await startRawReceiver("http", (socket) => socket.resume());
    expect(
      await codeOf(connect("https", "hooks.example.com", receiver.port, { ...options, timeoutMs: 100 })),
    ).toBe("timeout");
    expect(await untilClosed(receiver)).toBe(true);
  });
});
