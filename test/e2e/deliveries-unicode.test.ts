// What callers write comes back to them in events, byte for byte, whatever the script: jobs whose reference, metadata and
// tags hold characters of every plane, told twice over at two addresses, each time after a refusal.
import { createServer } from "node:http";
import type { IncomingMessage } from "node:http";
import { once } from "node:events";
import { buffer } from "node:stream/consumers";
import { expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import type { Received } from "../../src/simulator/mailbox.ts";
import { eventually } from "../support/eventually.ts";
import { testPrefix } from "../support/redis.ts";
import { postJob, untilReady } from "./support/caller.ts";
import { arrivalOf, openDeliveries, sortArrivals } from "./support/deliveries.ts";
import { startApi, startWorker } from "./support/program.ts";
import { startServers } from "./support/servers.ts";
import { settings } from "./support/settings.ts";

const JOBS = 100;
const PLANES = 17;

const Event = z.object({
  id: z.string(),
  data: z.object({
    job: z.object({
      id: z.string(),
      reference: z.string(),
      metadata: z.record(z.string(), z.string()),
      tags: z.array(z.string()),
    }),
  }),
});

test(`${2 * JOBS} deliveries with characters of all ${PLANES} planes -> the standard's library verifies each attempt; one id, the same bytes, signed anew`, async () => {
  const servers = await startServers();
  const prefix = testPrefix();
  const places = { redis: servers.redis.url, novita: servers.simulator.url, prefix };
  const environment = settings(places, { MAX_IN_FLIGHT: "100" });
  const receiver = await openReluctantReceiver();
  const { addEndpoint } = openDeliveries(servers, prefix);
  await addEndpoint("acme", `${receiver.url}/endpoint-acme`);
  const [api] = await Promise.all([startApi(environment), startWorker(environment)]);
  await untilReady(api.url);

  const written = new Map<string, Text>();
  for (let n = 0; n < JOBS; n++) {
    const text = textOf(n);
    const body = { input: { prompt: "a sign" }, webhook: { url: `${receiver.url}/own-acme` }, ...text };
    written.set(await postJob(api.url, body), text);
  }
  await eventually(() => expect(receiver.received).toHaveLength(4 * JOBS), 120_000);

  const arrivals = sortArrivals(receiver.received);
  expect(arrivals.size).toBe(2 * JOBS);
  for (const attempts of arrivals.values()) {
    const [first, second] = attempts;
    if (!first || !second) throw new Error("an attempt is missing");
    expect(attempts).toHaveLength(2);
    expect(second.body.equals(first.body)).toBe(true);
    expect(header(second, "webhook-id")).toBe(header(first, "webhook-id"));
    expect(Number(header(second, "webhook-timestamp"))).toBeGreaterThan(
      Number(header(first, "webhook-timestamp")),
    );
    expect(header(second, "webhook-signature")).not.toBe(header(first, "webhook-signature"));
    const { id, data } = Event.parse(JSON.parse(first.body.toString()));
    expect(id).toBe(header(first, "webhook-id"));
    const { reference, metadata, tags } = data.job;
    expect({ reference, metadata, tags }).toEqual(written.get(data.job.id));
  }
});

type Text = { reference: string; metadata: Record<string, string>; tags: string[] };

/** A plane after the other; further on in each of them from round to round. */
function textOf(n: number): Text {
  const plane = n % PLANES;
  const round = Math.floor(n / PLANES);
  // Plane 0 has the surrogates, which are no characters.
  const points = [0xa0, 0x2028, 0x6c34, 0xe000, 0xfff8].map((point) => plane * 0x1_0000 + point + round);
  const word = points.map((point) => String.fromCodePoint(point)).join("");
  return { reference: `${word} ${n}`, metadata: { plane: word, [word]: String(plane) }, tags: [word] };
}

/** Refuses whatever comes for the first time. */
async function openReluctantReceiver(): Promise<{ url: string; received: Received[] }> {
  const received: Received[] = [];
  const known = new Set<string>();
  const take = async (request: IncomingMessage): Promise<number> => {
    const body = await buffer(request);
    const { method = "", url: path = "", headers } = request;
    const one = { at: Date.now(), method, path, headers, body };
    received.push(one);
    const name = arrivalOf(one);
    if (known.has(name)) return 204;
    known.add(name);
    return 404;
  };
  const server = createServer((request, response) => {
    void take(request).then((status) => response.writeHead(status).end());
  });
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the receiver has no port");
  return { url: `http://127.0.0.1:${address.port}`, received };
}

const header = ({ headers }: Received, name: string): string => String(headers[name]);
