// Somebody has sent half a request when the process stops. Node no longer watches for requests that take too long by then,
// so the process used to wait for the other half until its whole time was over, and ended with 1.
import { once } from "node:events";
import { connect } from "node:net";
import Fastify from "fastify";
import { expect, onTestFinished, test } from "vitest";
import { hangUpOnClose } from "../../../src/api/http/hang-up.ts";

const head = "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n";

test.each([
  ["half a body", `${head}Content-Length: 56\r\n\r\n{"inp`],
  ["half a head", head],
])(
  "%s has come -> its sender is hung up on when the patience is over, and the server has closed",
  async (_name, half) => {
    const app = Fastify();
    hangUpOnClose(app, 50);
    app.post("/", () => ({}));
    const url = await app.listen({ port: 0, host: "127.0.0.1" });
    const connected = once(app.server, "connection");
    const caller = connect(Number(new URL(url).port), new URL(url).hostname);
    onTestFinished(() => void caller.destroy());
    caller.on("error", () => undefined).write(half);
    const [socket] = await connected;
    await expect.poll(() => socket.bytesRead).toBe(half.length);
    const ended = once(caller.resume(), "close");
    await app.close();
    await ended;
    expect(app.server.listening).toBe(false);
  },
);
