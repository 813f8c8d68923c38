import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

import { createHeartbeat } from "../../src/worker/heartbeat.ts";
import { createAddressPolicy } from "../../src/shared/webhook/guard.ts";
import { startCrew } from "../../src/worker/crew.ts";
import { deliverEvent } from "../../src/worker/deliver.ts";
import { createSender } from "../../src/worker/send.ts";
import { disableEndpoint, signedWith } from "./addressee.ts";
import type { TestLedger } from "./ledger.ts";
import { startTestStage } from "./stage.ts";

/** What came to a listener: when each event came first (by its id), how many requests were open at once at most. */
export type Inbox = { url: string; arrivedAt: Map<string, number>; most: number; count: number };

/** A real listener; each request is answered when `answer` resolves, with its status. */
export async function openInbox(answer: () => Promise<number>): Promise<Inbox> {
  const inbox: Inbox = { url: "", arrivedAt: new Map(), most: 0, count: 0 };
  let open = 0;
  const server = createServer((request, response) => {
    const id = String(request.headers["webhook-id"]);
    if (!inbox.arrivedAt.has(id)) inbox.arrivedAt.set(id, performance.now());
    inbox.count += 1;
    inbox.most = Math.max(inbox.most, ++open);
    request.resume();
    response.once("close", () => (open -= 1));
    void answer().then((status) => response.writeHead(status).end());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  inbox.url = `http://127.0.0.1:${portOf(server.address())}`;
  return inbox;
}

const portOf = (address: AddressInfo | string | null): number => {
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  return address.port;
};

/** A worker's deliver stage with all that belongs to it: the real loop, the real sender, and its part in the crew. */
export function startDelivering(ledger: TestLedger, timeoutMs = 10_000): void {
  const sender = createSender({ policy: createAddressPolicy({ allowCidrs: ["127.0.0.0/8"] }), timeoutMs });
  const findAddressee = signedWith(`whsec_${Buffer.alloc(32, 7).toString("base64")}`);
  const deps = { ...ledger, sender, findAddressee, disableEndpoint, scheduleS: [5, 300], random: () => 0 };
  startTestStage(ledger, "deliver", (entry) => deliverEvent(deps, entry));
  const crew = startCrew(ledger, createHeartbeat());
  onTestFinished(async () => {
    await crew.close();
    void sender.close();
  });
}

/** Of these, the value that 95 % do not exceed. */
export function p95(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.ceil(sorted.length * 0.95) - 1] ?? Infinity;
}
