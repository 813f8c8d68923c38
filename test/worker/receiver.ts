import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer as createHttpServer, type RequestListener } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { connect, createServer as createTcpServer, Socket, type Server } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { Worker } from "node:worker_threads";
import { onTestFinished } from "vitest";

const fixture = (name: string) => readFileSync(new URL(`../fixtures/${name}`, import.meta.url), "utf8");

/** Valid to the year 2120 for receiver.example.com, hooks.example.com, localhost, 127.0.0.1 and ::1. */
export const tlsCert = fixture("tls-cert.pem");
export const tlsKey = fixture("tls-key.pem");

/** A real listener on every address of this machine, with a count of the TCP connections that it has accepted. */
export interface Receiver {
  port: number;
  sockets: Socket[];
}

export type Scheme = "http" | "https";

/** An HTTP(S) server, on all addresses unless `host` is given; closed with its connections when the test ends. */
export function startReceiver(scheme: Scheme, onRequest: RequestListener, host?: string): Promise<Receiver> {
  const server =
    scheme === "http"
      ? createHttpServer(onRequest)
      : createHttpsServer({ cert: tlsCert, key: tlsKey }, onRequest);
  return listen(server, host);
}

/** A server that speaks bytes; `onSocket` gets the decrypted stream for https. */
export function startRawReceiver(scheme: Scheme, onSocket: (socket: Socket) => void): Promise<Receiver> {
  const server =
    scheme === "http" ? createTcpServer(onSocket) : createTlsServer({ cert: tlsCert, key: tlsKey }, onSocket);
  return listen(server);
}

async function listen(server: Server, host?: string): Promise<Receiver> {
  const sockets: Socket[] = [];
  server.on("connection", (socket: Socket) => {
    sockets.push(socket);
    socket.on("error", () => undefined);
  });
  server.on("secureConnection", (socket: Socket) => socket.on("error", () => undefined));
  server.listen(0, host);
  await once(server, "listening");
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return { port: portOf(server), sockets };
}

export function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  return address.port;
}

/** Waits until the first connection is gone; false when there was none. */
export async function untilClosed({ sockets: [socket] }: Receiver): Promise<boolean> {
  if (socket === undefined) return false;
  if (!socket.closed) await new Promise((resolve) => socket.once("close", resolve));
  return true;
}

/** The addresses that this process dials while the test lasts, each as soon as it is known; also those that nobody answers. */
export function watchDials(): string[] {
  const dials: string[] = [];
  const listener = (message: unknown): void => {
    const socket = typeof message === "object" && message && "socket" in message ? message.socket : null;
    if (!(socket instanceof Socket)) return;
    socket.on("connectionAttempt", (address: string) => dials.push(address));
  };
  subscribe("net.client.socket", listener);
  onTestFinished(() => void unsubscribe("net.client.socket", listener));
  return dials;
}

/** A port on 127.0.0.1 whose SYNs nobody answers: its listener's thread is blocked and its backlog is full. */
export async function startBlackhole(): Promise<number> {
  const worker = new Worker(
    `const server = require("node:net").createServer();
     server.listen({ port: 0, host: "127.0.0.1", backlog: 1 }, () => {
       require("node:worker_threads").parentPort.postMessage(server.address().port);
       Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
     });`,
    { eval: true },
  );
  const [message]: unknown[] = await once(worker, "message");
  const port = Number(message);
  const fillers = Array.from({ length: 8 }, () => connect(port, "127.0.0.1").on("error", () => undefined));
  await Promise.any(fillers.map((filler) => once(filler, "connect")));
  onTestFinished(async () => {
    for (const filler of fillers) filler.destroy();
    await worker.terminate();
  });
  return port;
}

/** A port on 127.0.0.1 where nobody listens. */
export async function closedPort(): Promise<number> {
  const server = createTcpServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const port = portOf(server);
  server.close();
  await once(server, "close");
  return port;
}
