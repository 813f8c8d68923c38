import { once } from "node:events";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";
import { type OnEnd, withTest } from "./on-end.ts";
import type { Snare, Sprung } from "./snare.ts";

/** A request as the gate sees it, once it has come in full. */
export type Passing = { method: string; path: string };

export type HttpGate = Sprung & { url: string };

/** Puts a gate in front of the server at `url`. */
export async function openHttpGate(
  url: string,
  snare: Snare<Passing>,
  onEnd: OnEnd = withTest,
): Promise<HttpGate> {
  let hasSprung = false;
  const spring = async (): Promise<"drop" | "pass"> => {
    hasSprung = true;
    return snare.spring();
  };
  const server = createServer((incoming, outgoing) => {
    void pass(incoming, outgoing).catch(() => outgoing.destroy());
  });
  async function pass(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const body = await buffer(incoming);
    const message = { method: incoming.method ?? "", path: incoming.url ?? "" };
    const isCaught = !hasSprung && snare.matches(message);
    if (isCaught && snare.when === "before" && (await spring()) === "drop") return void outgoing.destroy();
    const answer = await forward(url, incoming, body);
    const bytes = await buffer(answer);
    if (isCaught && snare.when === "after" && (await spring()) === "drop") return void outgoing.destroy();
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers).end(bytes);
  }
  onEnd(() => {
    server.close();
    server.closeAllConnections();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the gate has no port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    get hasSprung() {
      return hasSprung;
    },
  };
}

function forward(base: string, { method, url, headers }: IncomingMessage, body: Buffer) {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const options = {
    ...(method === undefined ? {} : { method }),
    headers: { ...headers, connection: "close" },
  };
  request(new URL(url ?? "/", base), options, resolve)
    .on("error", reject)
    .end(body);
  return promise;
}
