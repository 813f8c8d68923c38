/** One request as bytes on a connection of its own, and the answer that came: no client in between tidies either up. */
import { connect } from "node:net";

import type { Received } from "../support/documented.ts";

const PATIENCE_MS = 20_000;

/** null: the connection ended without an answer. Of an endless stream only the head is waited for. */
export async function exchange(port: number, bytes: Buffer | string): Promise<Received | null> {
  const [answer = null] = parseAnswers(await converse(port, bytes, isStream));
  return answer;
}

/** Everything that comes back until the server closes, or until it is enough. Rejects when neither happens in time. */
export function converse(
  port: number,
  bytes: Buffer | string,
  isEnough: (heard: Buffer) => boolean = () => false,
): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const chunks: Buffer[] = [];
  const socket = connect(port, "127.0.0.1");
  const timer = setTimeout(() => {
    reject(new Error(`no whole answer in ${PATIENCE_MS} ms, but ${Buffer.concat(chunks).length} bytes`));
    socket.destroy();
  }, PATIENCE_MS);
  socket.on("data", (chunk) => {
    chunks.push(chunk);
    if (isEnough(Buffer.concat(chunks))) socket.destroy();
  });
  // Whoever is refused early may find the door shut while it still speaks; what was answered counts.
  socket.on("error", () => undefined);
  socket.on("close", () => {
    clearTimeout(timer);
    resolve(Buffer.concat(chunks));
  });
  socket.write(bytes);
  return promise;
}

const isStream = (heard: Buffer): boolean =>
  /\r\ncontent-type: text\/event-stream[^]*\r\n\r\n/i.test(heard.toString("latin1"));

/** The answers that stand one behind the other; interim ones are left out, and a last one may be cut off. */
export function parseAnswers(heard: Buffer): Received[] {
  const end = heard.indexOf("\r\n\r\n");
  if (end < 0) return [];
  const [statusLine = "", ...lines] = heard.subarray(0, end).toString("latin1").split("\r\n");
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const colon = line.indexOf(":");
    headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
  }
  const status = Number(/^HTTP\/1\.[01] (\d{3}) /.exec(`${statusLine} `)?.[1]);
  if (Number.isNaN(status)) throw new Error(`This is no answer: ${statusLine.slice(0, 200)}`);
  const rest = heard.subarray(end + 4);
  const { body, length } = takeBody(rest, status, headers);
  const answer = { status, headers, text: body.toString("utf8") };
  return [...(status < 200 ? [] : [answer]), ...parseAnswers(rest.subarray(length))];
}

type Taken = { body: Buffer; length: number };

function takeBody(rest: Buffer, status: number, headers: Record<string, string>): Taken {
  if (status < 200 || status === 204 || status === 304) return { body: Buffer.alloc(0), length: 0 };
  if (headers["transfer-encoding"] === "chunked") return takeChunks(rest);
  const length = Number(headers["content-length"] ?? rest.length);
  return { body: rest.subarray(0, length), length };
}

function takeChunks(rest: Buffer): Taken {
  const chunks: Buffer[] = [];
  let at = 0;
  for (;;) {
    const line = rest.indexOf("\r\n", at);
    const size = line < 0 ? 0 : Number.parseInt(rest.toString("latin1", at, line), 16);
    if (!(size > 0)) return { body: Buffer.concat(chunks), length: line < 0 ? rest.length : line + 4 };
    chunks.push(rest.subarray(line + 2, line + 2 + size));
    at = line + 4 + size;
  }
}
