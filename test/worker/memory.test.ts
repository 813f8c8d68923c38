// What a hostile receiver can make the sender hold, measured as the peak of a process of its own.
import { execFile } from "node:child_process";
import type { RequestListener, ServerResponse } from "node:http";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { startReceiver, type Scheme } from "./receiver.ts";

const GIGABYTE = 1_000_000_000;
const MAX_GROWTH_BYTES = 20_000_000;
const AT_ONCE = 5;
const program = fileURLToPath(new URL("memory-program.ts", import.meta.url));

type Story = { attempts: Record<string, unknown>[]; grownBytes: number };

/** Attempts, five at once, by a process of its own; `huge` answers them, after some small answers for a start. */
async function attack(scheme: Scheme, huge: (response: ServerResponse) => void): Promise<Story> {
  const onRequest: RequestListener = (request, response) =>
    request.url === "/small" ? void response.end("ok") : huge(response);
  const { port } = await startReceiver(scheme, onRequest);
  const url = `${scheme}://hooks.example.com:${port}`;
  const { stdout } = await promisify(execFile)(process.execPath, [program, url, String(AT_ONCE)]);
  return JSON.parse(stdout);
}

/** Writes for as long as the other side takes it, up to `size` bytes, and returns how many were written. */
function pour(response: ServerResponse, chunk: Buffer, size: number): () => number {
  let written = 0;
  const pump = (): void => {
    while (written < size && !response.destroyed) {
      written += chunk.length;
      if (!response.write(chunk)) return void response.once("drain", pump);
    }
    response.end();
  };
  pump();
  return () => written;
}

describe.each<Scheme>(["http", "https"])("over %s", (scheme) => {
  test.each<[string, Record<string, string>]>([
    ["with its length", { "content-length": String(GIGABYTE) }],
    ["in chunks", {}],
  ])(
    "answers of 1 GB, %s -> delivered by their status, within 20 MB, and most is never taken",
    async (_how, headers) => {
      const written: (() => number)[] = [];
      const { attempts, grownBytes } = await attack(scheme, (response) => {
        response.writeHead(200, headers);
        written.push(pour(response, Buffer.alloc(65_536, "x"), GIGABYTE));
      });
      expect(attempts).toHaveLength(AT_ONCE);
      for (const attempt of attempts) {
        expect(attempt).toMatchObject({ delivered: true, status: 200, snippet: "x".repeat(1024) });
      }
      expect(grownBytes).toBeLessThan(MAX_GROWTH_BYTES);
      expect(Math.max(...written.map((count) => count()))).toBeLessThan(20_000_000);
    },
  );

  test("answers that inflate to 50 MB -> delivered by their status, within 20 MB, never inflated", async () => {
    const bomb = gzipSync(Buffer.alloc(50_000_000));
    const { attempts, grownBytes } = await attack(scheme, (response) => {
      response.writeHead(200, { "content-encoding": "gzip" }).end(bomb);
    });
    for (const attempt of attempts) expect(attempt).toMatchObject({ delivered: true, snippet: null });
    expect(grownBytes).toBeLessThan(MAX_GROWTH_BYTES);
  });

  test("heads without end -> protocol_error, within 20 MB", async () => {
    const { attempts, grownBytes } = await attack(scheme, ({ socket }) => {
      if (socket === null) throw new Error("the connection has gone");
      const line = Buffer.from(`x-head: ${"x".repeat(8_000)}\r\n`);
      const pump = (): void => {
        while (!socket.destroyed && socket.write(line));
      };
      socket.write("HTTP/1.1 200 OK\r\n");
      socket.on("drain", pump);
      pump();
    });
    for (const attempt of attempts)
      expect(attempt).toMatchObject({ errorCode: "protocol_error", status: null });
    expect(grownBytes).toBeLessThan(MAX_GROWTH_BYTES);
  });
});
