// A failover's news that came while a new connection was being made ended the attempt for good: an API answered 503 until
// it was restarted.
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { expect, onTestFinished, test } from "vitest";

import { closeRedis, connectRedis } from "../../../src/shared/store/redis.ts";
import { FrameReader, wordsOf } from "../../e2e/support/resp.ts";
import { eventually } from "../../support/eventually.ts";
import { openLogBook } from "../../support/log-book.ts";
import { startPrivateRedis } from "../../support/private-redis.ts";
import { redisCommand } from "../../support/redis-command.ts";

const texts = (...words: string[]) =>
  `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join("")}`;

/** A Sentinel that tells of a failover whenever it is asked for the primary while somebody listens, before it answers. */
async function startGossip(primaryPort: number) {
  const listeners = new Set<Socket>();
  let told = 0;
  const answer = ([command = "", about]: string[], socket: Socket): string => {
    switch (command.toLowerCase()) {
      case "sentinel":
        if (about === "sentinels") return "*0\r\n";
        for (const listener of listeners) {
          told += 1;
          listener.write(texts("message", "+switch-master", "news"));
        }
        return texts("127.0.0.1", String(primaryPort));
      case "subscribe":
        listeners.add(socket);
        return "*3\r\n$9\r\nsubscribe\r\n$14\r\n+switch-master\r\n:1\r\n";
      case "hello":
        return "-ERR unknown command 'HELLO'\r\n";
      default:
        return "+OK\r\n";
    }
  };
  const server = createServer((socket) => {
    const reader = new FrameReader();
    socket.on("error", () => undefined);
    socket.on("close", () => listeners.delete(socket));
    socket.on("data", (chunk) => {
      for (const frame of reader.push(chunk)) {
        const reply = answer(wordsOf(frame), socket);
        // The news gets there first.
        setTimeout(() => socket.write(reply), 50);
      }
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return { port, listeners, told: () => told };
}

test("the news of a failover comes while a new connection is being made -> it is made all the same, unless it was closed", async () => {
  const primary = await startPrivateRedis();
  onTestFinished(() => primary.stop());
  const gossip = await startGossip(primary.port);
  const sentinels = [{ host: "127.0.0.1", port: gossip.port }];
  const open = () =>
    connectRedis({ kind: "sentinel", sentinels, name: "x" }, "producer", openLogBook("api").log);
  const closed = open();
  await eventually(() => expect(closed.status).toBe("ready"));
  await closeRedis(closed);
  const redis = open();
  onTestFinished(() => closeRedis(redis));
  await eventually(() => expect([redis.status, gossip.listeners.size]).toEqual(["ready", 1]));

  const ended = new Promise((resolve) => redis.once("end", resolve));
  await redisCommand(primary.port, "CLIENT", "KILL", "TYPE", "normal");
  await ended;
  expect(gossip.told()).toBeGreaterThan(0);
  await eventually(async () => expect(await redis.ping()).toBe("PONG"));
  expect(closed.status).toBe("end");
});
