import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { type OnEnd, withTest } from "./on-end.ts";

/** A way to the Redis at `url` that takes its time: what is sent arrives so many ms later, in order. */
export async function openSlowRedis(url: string, delayMs: number, onEnd: OnEnd = withTest): Promise<string> {
  const { hostname, port } = new URL(url);
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
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
    // Timers of one length fire in the order in which they were set.
    client.on("data", (bytes) => void setTimeout(() => target.write(bytes), delayMs));
    target.pipe(client);
  });
  onEnd(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the proxy has no port");
  return `redis://127.0.0.1:${address.port}`;
}
