import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { type OnEnd, withTest } from "./on-end.ts";

export type RedisLine = {
  url: string;
  /** Breaks every connection, and each new one as soon as it is made. */
  cut(): void;
  mend(): void;
};

/** A way to the Redis at `url` that can be cut. */
export async function openRedisLine(url: string, onEnd: OnEnd = withTest): Promise<RedisLine> {
  const { hostname, port } = new URL(url);
  const sockets = new Set<Socket>();
  let isCut = false;
  const server = createServer((client) => {
    if (isCut) return void client.destroy();
    const target = connect(Number(port), hostname);
    const ends = [client, target];
    for (const socket of ends) {
      sockets.add(socket);
      socket.on("error", () => undefined);
      socket.on("close", () => {
        sockets.delete(socket);
        for (const end of ends) end.destroy();
      });
    }
    client.pipe(target);
    target.pipe(client);
  });
  const breakAll = () => {
    for (const socket of sockets) socket.destroy();
  };
  onEnd(() => {
    server.close();
    breakAll();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the line has no port");
  return {
    url: `redis://127.0.0.1:${address.port}`,
    cut: () => {
      isCut = true;
      breakAll();
    },
    mend: () => {
      isCut = false;
    },
  };
}
