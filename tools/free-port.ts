import { createServer } from "node:net";

/** The preferred port of loopback if nobody has it, else any free one. Somebody may still take it before it is used. */
export async function findFreePort(preferred = 0): Promise<number> {
  const port = await tryPort(preferred);
  if (port !== undefined) return port;
  if (preferred !== 0) return findFreePort();
  throw new Error("No port of 127.0.0.1 can be opened.");
}

function tryPort(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(undefined));
    server.listen(port, "127.0.0.1", () => {
      const address = server.address();
      const opened = typeof address === "object" ? address?.port : undefined;
      server.close(() => resolve(opened));
    });
  });
}
