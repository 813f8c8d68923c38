import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { once } from "node:events";
import { type IncomingHttpHeaders, type ServerResponse, createServer as createHttpServer } from "node:http";
import { type AddressInfo, type Server, Socket, createServer as createTcpServer } from "node:net";
import { onTestFinished, vi } from "vitest";

export type Received = { method: string; url: string; headers: IncomingHttpHeaders; body: string };

/** Starts an HTTP server for this test; `requests` fills as they come, `connections()` counts them. */
export async function serveHttp(
  answer: (response: ServerResponse, request: Received) => void,
): Promise<{ url: string; requests: Received[]; connections(): number }> {
  const requests: Received[] = [];
  let connections = 0;
  const server = createHttpServer((message, response) => {
    const { method = "", url = "", headers } = message;
    let body = "";
    message.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
    message.on("end", () => {
      const request = { method, url, headers, body };
      requests.push(request);
      answer(response, request);
    });
  });
  server.on("connection", () => connections++);
  onTestFinished(() => server.closeAllConnections());
  return { url: await open(server), requests, connections: () => connections };
}

/** Starts a TCP server for this test; `onData` is called with all that a connection has sent so far. */
export async function serveTcp(
  onData: (socket: Socket, heard: string) => void,
): Promise<{ url: string; heard: string[]; close(): void }> {
  const heard: string[] = [];
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => {
    const index = heard.push("") - 1;
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("data", (chunk) => {
      heard[index] += chunk.toString("latin1");
      onData(socket, heard[index] ?? "");
    });
  });
  onTestFinished(() => sockets.forEach((socket) => socket.destroy()));
  return { url: await open(server), heard, close: () => void server.close() };
}

/** The URL of a port on which nobody listens. */
export async function findClosedPort(): Promise<string> {
  const server = createTcpServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = urlOf(server);
  server.close();
  await once(server, "close");
  return url;
}

/** Calls back within undici, in the tick in which a socket to `url` is connected and nothing is sent yet. */
export function onConnected(url: string, callback: (socket: Socket) => void): void {
  function listener(message: unknown): void {
    const socket = typeof message === "object" && message && "socket" in message ? message.socket : null;
    if (socket instanceof Socket && String(socket.remotePort) === new URL(url).port) callback(socket);
  }
  subscribe("undici:client:connected", listener);
  onTestFinished(() => void unsubscribe("undici:client:connected", listener));
}

/** Answers with a byte every few milliseconds, without end; calls back once, after some have gone. */
export function dripUntil(callback: () => void): (response: ServerResponse) => void {
  return (response) => {
    let drops = 0;
    const drip = setInterval(() => {
      response.write(" ");
      if (++drops === 5) callback();
    }, 5);
    response.on("close", () => clearInterval(drip));
  };
}

/** For this test no timeout comes by itself, however slow the machine is: `vi.advanceTimersByTime` makes them come. */
export function holdTimeouts(): void {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  onTestFinished(() => void vi.useRealTimers());
}

async function open(server: Server): Promise<string> {
  server.listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");
  return urlOf(server);
}

function urlOf(server: Server): string {
  return `http://127.0.0.1:${addressOf(server).port}`;
}

function addressOf(server: Server): AddressInfo {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  return address;
}
