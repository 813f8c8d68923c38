// Callers that send as slowly as they may, many at once: others are served meanwhile, and the slow ones do not stay.
import { once } from "node:events";
import { connect } from "node:net";
import type { Socket } from "node:net";
import { expect, onTestFinished, test } from "vitest";

import { holdings, nothing } from "../api/support.ts";
import { ACME, readyApi } from "../support/api.ts";

const EACH = 100;
/** The API gives a request 15 s and looks every second; the rest is for machines that are busy. */
const GONE_WITHIN_MS = 40_000;

const post = `POST /v1/jobs HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${ACME}\r\nContent-Type: application/json\r\n`;

/** How each begins, and what it adds every half second. */
const slowRequests: [head: string, drop: string][] = [
  ["GET /v1/jo", "b"],
  [`GET /v1/jobs HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${ACME}\r\n`, "X-A: b\r\n"],
  [`${post}Content-Length: 60000\r\n\r\n{"input":{"prompt":"`, "x"],
  [`${post}Transfer-Encoding: chunked\r\n\r\n`, "1\r\nx\r\n"],
];

/** One that goes on as long as it is let. */
function drip(port: number, head: string, drop: string): Socket {
  const socket = connect(port, "127.0.0.1", () => socket.write(head));
  const timer = setInterval(() => socket.write(drop), 500);
  socket.on("error", () => undefined).resume();
  socket.on("close", () => clearInterval(timer));
  onTestFinished(() => void socket.destroy());
  return socket;
}

test(
  "four hundred slow callers -> others are answered all the while, and none of them stays",
  { timeout: 90_000 },
  async () => {
    const api = await readyApi();
    const port = Number(new URL(api.url).port);
    const slow = slowRequests.flatMap(([head, drop]) =>
      Array.from({ length: EACH }, () => drip(port, head, drop)),
    );
    const gone = Promise.all(
      slow.map((socket) => once(socket, "close", { signal: AbortSignal.timeout(GONE_WITHIN_MS) })),
    );
    const served = (async () => {
      let answers = 0;
      for (; slow.some(({ closed }) => !closed); answers++)
        expect((await api.call("GET", "/v1/jobs")).status).toBe(200);
      return answers;
    })();
    await gone;
    expect(await served).toBeGreaterThan(10);
    expect(await holdings(api)).toEqual(nothing);
  },
);
