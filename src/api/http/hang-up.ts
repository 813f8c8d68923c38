import type { Socket } from "node:net";

import type { FastifyInstance } from "fastify";

/**
 * An answer to a request that was under way when the process began to stop ends its connection too: nobody waits for an
 * idle caller, nor for one that connected ahead of time and has said nothing, whom Node does not count as idle. Who has not
 * sent a whole request, or taken the whole answer, has `patienceMs`.
 */
export function hangUpOnClose(app: FastifyInstance, patienceMs: number): void {
  let isClosing = false;
  const sockets = new Set<Socket>();
  app.server.on("connection", (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  app.addHook("preClose", async () => {
    isClosing = true;
    for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
    // Node's own check on requests that take too long ends with the server's listening.
    setTimeout(() => app.server.closeAllConnections(), patienceMs).unref();
  });
  app.addHook("onSend", async (_request, reply) => {
    if (isClosing) reply.header("connection", "close");
  });
}
