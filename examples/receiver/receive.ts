import { createServer, type IncomingMessage, type Server } from "node:http";
import type { Inbox } from "./inbox.ts";
import { isGenuine } from "./verify.ts";

/** More than any event has. Verifying needs the whole body, and anybody may send one. */
const MAX_BYTES = 256 * 1024;

/** Answers 2xx when an event is safe in the inbox, and not before: after any other answer, or none, it comes again. */
export function createReceiver(secrets: readonly string[], inbox: Inbox): Server {
  const limits = { requestTimeout: 15_000, connectionsCheckingInterval: 5_000 };
  return createServer(limits, (request, response) => {
    void receive(request, secrets, inbox)
      .catch((error: unknown) => {
        console.error(error);
        return 500;
      })
      .then((status) => response.writeHead(status).end());
  });
}

async function receive(request: IncomingMessage, secrets: readonly string[], inbox: Inbox): Promise<number> {
  const body = await readBody(request);
  if (body === null) return 413;
  if (!isGenuine(body, request.headers, secrets)) return 401;
  // 503 when there is no room: Onetake keeps the event, and comes more slowly.
  return inbox.put(String(request.headers["webhook-id"]), body.toString()) === "full" ? 503 : 204;
}

/** The bytes as they came; null when there are too many, which are read to their end all the same, but not kept. */
async function readBody(request: IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size <= MAX_BYTES) chunks.push(chunk);
  }
  return size <= MAX_BYTES ? Buffer.concat(chunks) : null;
}
