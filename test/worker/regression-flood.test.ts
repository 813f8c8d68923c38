// What undici parses without handing it on, and so without a limit, kept the worker busy for the whole of an attempt.
import type { Socket } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { createAddressPolicy } from "../../src/shared/webhook/guard.ts";
import { createSender } from "../../src/worker/send.ts";
import type { Attempt } from "../../src/worker/send.ts";
import { startRawReceiver, tlsCert } from "./receiver.ts";
import type { Scheme } from "./receiver.ts";

const TIMEOUT_MS = 10_000;

/** Says the first once, and the rest again and again, as fast as it is taken. */
function flood(socket: Socket, first: string, rest: string): void {
  const block = Buffer.from(rest.repeat(Math.ceil(65_536 / rest.length)));
  const pour = (): void => {
    while (!socket.destroyed && socket.write(block));
  };
  socket.write(first);
  socket.on("drain", pour);
  pour();
}

async function postTo(scheme: Scheme, first: string, rest: string): Promise<Attempt> {
  const { port } = await startRawReceiver(scheme, (socket) =>
    socket.once("data", () => flood(socket, first, rest)),
  );
  const sender = createSender({
    policy: createAddressPolicy({ allowCidrs: ["127.0.0.1/32"] }),
    timeoutMs: TIMEOUT_MS,
    ca: tlsCert,
    lookup: async () => ["127.0.0.1"],
  });
  onTestFinished(() => sender.close());
  const url = `${scheme}://hooks.example.com:${port}/`;
  return sender.send({ url, headers: {}, body: Buffer.from("{}") });
}

describe.each<Scheme>(["http", "https"])("a receiver that floods over %s", (scheme) => {
  test("with interim answers -> protocol_error, long before the time limit", async () => {
    const attempt = await postTo(scheme, "", "HTTP/1.1 102 Processing\r\n\r\n");
    expect(attempt).toMatchObject({ delivered: false, status: null, errorCode: "protocol_error" });
    expect(attempt.durationMs).toBeLessThan(TIMEOUT_MS);
  });

  test("with the extension of a chunk -> delivered by its status, long before the time limit", async () => {
    const attempt = await postTo(scheme, "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1;x=", "x");
    expect(attempt).toMatchObject({ delivered: true, status: 200, snippet: null });
    expect(attempt.durationMs).toBeLessThan(TIMEOUT_MS);
  });
});
