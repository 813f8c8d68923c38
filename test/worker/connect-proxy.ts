import { once } from "node:events";
import { createServer as createHttpServer, type IncomingHttpHeaders } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { connect, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { onTestFinished } from "vitest";
import { portOf, tlsCert, tlsKey, type Receiver, type Scheme } from "./receiver.ts";

/** A CONNECT proxy with all that it was asked for. */
export interface ConnectProxy extends Receiver {
  url: URL;
  asked: { authority: string; headers: IncomingHttpHeaders }[];
}

/** What a proxy makes of a request for a tunnel; `answer` writes a status line with headers, `open` dials the authority, or another. */
export type OnConnect = (ask: {
  authority: string;
  socket: Duplex;
  answer: (status: number, headers?: Record<string, string>) => void;
  open: (elsewhere?: string) => void;
}) => void;

const obey: OnConnect = ({ open }) => open();

/** Opens every tunnel, or does what it is told; closed with its connections when the test ends. */
export async function startConnectProxy(
  onConnect: OnConnect = obey,
  scheme: Scheme = "http",
  host = "127.0.0.1",
): Promise<ConnectProxy> {
  const server = scheme === "http" ? createHttpServer() : createHttpsServer({ cert: tlsCert, key: tlsKey });
  const sockets: Socket[] = [];
  const asked: ConnectProxy["asked"] = [];
  server.on("connection", (socket: Socket) => sockets.push(socket.on("error", () => undefined)));
  server.on("connect", ({ url: authority = "", headers }, socket) => {
    socket.on("error", () => undefined);
    // HTTP servers leave the other half of a connection open, and do not even notice the end of what they do not read.
    socket.on("end", () => socket.end()).resume();
    asked.push({ authority, headers });
    const answer = (status: number, extra: Record<string, string> = {}) => {
      const lines = Object.entries(extra).map(([name, value]) => `${name}: ${value}\r\n`);
      socket.write(`HTTP/1.1 ${status} Said so\r\n${lines.join("")}\r\n`);
    };
    onConnect({ authority, socket, answer, open: (elsewhere = authority) => openTunnel(elsewhere, socket) });
  });
  server.listen(0, host);
  await once(server, "listening");
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  const port = portOf(server);
  return { url: new URL(`${scheme}://${host}:${port}`), port, sockets, asked };
}

/** 502 when nobody can be reached there. */
function openTunnel(authority: string, socket: Duplex): void {
  const { hostname, port } = new URL(`tcp://${authority}`);
  const target = connect(Number(port), hostname.replace(/^\[(.*)\]$/, "$1"));
  target.on("connect", () => {
    socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
    socket.pipe(target).pipe(socket);
  });
  target.on("error", () => socket.end("HTTP/1.1 502 Bad Gateway\r\n\r\n"));
  socket.on("close", () => target.destroy());
  target.on("close", () => socket.destroy());
}
