import { setTimeout as sleep } from "node:timers/promises";
import type { FastifyReply } from "fastify";

/** What goes over the wire, as data, so that a fault is a pure function and only `giveAnswer` touches sockets. */
export type Answer =
  | { kind: "send"; status: number; headers: Headers; body: Body; delayMs: number }
  /** The body trickles out in pieces, `gapMs` apart. */
  | { kind: "drip"; status: number; headers: Headers; body: Body; gapMs: number }
  /** The headers promise the whole body; half of it comes before the line goes dead. */
  | { kind: "cut"; status: number; headers: Headers; body: Body }
  | { kind: "drop" }
  | { kind: "hang" };

type Headers = Record<string, string>;
type Body = string | Buffer;
type Paced = Extract<Answer, { kind: "drip" | "cut" }>;

const DRIP_PIECES = 20;

export async function giveAnswer(reply: FastifyReply, answer: Answer, closing: AbortSignal): Promise<void> {
  switch (answer.kind) {
    case "send":
      await pause(answer.delayMs, closing);
      void reply.code(answer.status).headers(answer.headers).send(answer.body);
      return;
    case "drip":
      return drip(reply, answer, closing);
    case "cut":
      return cut(reply, answer);
    case "drop":
      reply.hijack();
      reply.raw.socket?.resetAndDestroy();
      return;
    case "hang":
      reply.hijack();
  }
}

export function send(status: number, headers: Headers, body: Body, delayMs = 0): Answer {
  return { kind: "send", status, headers, body, delayMs };
}

export function json(status: number, value: unknown, headers: Headers = {}): Answer {
  return send(status, { "content-type": "application/json", ...headers }, JSON.stringify(value));
}

/** The page that a proxy in front of Novita would show. */
export function html(status: number, headers: Headers = {}): Answer {
  const page = `<html>\r\n<head><title>${status}</title></head>\r\n<body><center><h1>${status}</h1></center></body>\r\n</html>\r\n`;
  return send(status, { "content-type": "text/html", ...headers }, page);
}

export function delayed(answer: Answer, delayMs: number): Answer {
  return answer.kind === "send" ? { ...answer, delayMs } : answer;
}

export function dripped(answer: Answer, gapMs: number): Answer {
  if (answer.kind !== "send") return answer;
  const { status, headers, body } = answer;
  return { kind: "drip", status, headers, body, gapMs };
}

export function truncated(answer: Answer): Answer {
  if (answer.kind !== "send") return answer;
  return { ...answer, body: answer.body.slice(0, Math.ceil(answer.body.length / 2)) };
}

async function drip(
  reply: FastifyReply,
  answer: Paced & { gapMs: number },
  closing: AbortSignal,
): Promise<void> {
  const { raw } = openByHand(reply, answer);
  const bytes = Buffer.from(answer.body);
  const size = Math.max(1, Math.ceil(bytes.length / DRIP_PIECES));
  for (let from = 0; from < bytes.length && !raw.destroyed && !closing.aborted; from += size) {
    raw.write(bytes.subarray(from, from + size));
    await pause(answer.gapMs, closing);
  }
  raw.end();
}

function cut(reply: FastifyReply, answer: Paced): void {
  const { raw } = openByHand(reply, answer);
  const bytes = Buffer.from(answer.body);
  raw.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => raw.destroy());
}

function openByHand(reply: FastifyReply, { status, headers, body }: Paced): FastifyReply {
  reply.hijack();
  reply.raw.writeHead(status, { ...headers, "content-length": Buffer.byteLength(body) });
  return reply;
}

/** Ends early, without an error, when the server closes. */
async function pause(ms: number, closing: AbortSignal): Promise<void> {
  if (ms > 0) await sleep(ms, undefined, { signal: closing }).catch(() => undefined);
}
