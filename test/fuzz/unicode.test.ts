// Text of every plane, and members with the names of every object's own, through the whole product and back.
import { buffer } from "node:stream/consumers";
import { expect, onTestFinished, test } from "vitest";
import { z } from "zod";

import { loadWorkerConfig } from "../../src/shared/config.ts";
import { buildSimulator } from "../../src/simulator/simulator.ts";
import { startWorker } from "../../src/worker/worker.ts";
import { settings } from "../e2e/support/settings.ts";
import { ACME, readyApi } from "../support/api.ts";
import { openLogBook } from "../support/log-book.ts";
import { redisUrl, testPrefix } from "../support/redis.ts";
import { startReceiver } from "../worker/receiver.ts";

/** The first, a middle and the last character of each plane, noncharacters and all; no half of a surrogate pair. */
const planes = Array.from({ length: 17 }, (_, plane) =>
  [0x0000, 0x0001, 0x2028, 0xfeff, 0xfffe, 0xffff]
    .map((low) => String.fromCodePoint(plane * 0x10000 + low))
    .join(""),
).join("");
const awkward = "e\u0301\u202e\u200d👩‍👩‍👧‍👦\ud83c\uddf3\u0000\u0007\u001b[31m\\\"'</script>\r\n\t\u2028\u2029";

const text = planes + awkward;

/** Names that every object answers to. */
const inherited = [
  "constructor",
  "toString",
  "valueOf",
  "hasOwnProperty",
  "__defineGetter__",
  "prototype",
  "then",
  "toJSON",
];

const input = { prompt: `p${text}`, negative_prompt: text };
const own = {
  reference: text.slice(0, 100).toWellFormed(),
  tags: ["constructor", "__proto__", awkward.slice(0, 20).toWellFormed(), "\u{10ffff}"],
  metadata: {
    ...Object.fromEntries(inherited.map((name) => [name, name])),
    "\u{1f3ac}\u0000": text,
  },
};

const Event = z.object({ type: z.string(), data: z.object({ job: z.record(z.string(), z.unknown()) }) });

async function startAll() {
  const received = Promise.withResolvers<Buffer>();
  const receiver = await startReceiver(
    "http",
    (request, response) => {
      received.resolve(buffer(request));
      response.end();
    },
    "127.0.0.1",
  );
  const simulator = buildSimulator({ settings: { timeScale: 0 } });
  onTestFinished(() => simulator.close());
  const places = { redis: redisUrl(), novita: await simulator.listen(), prefix: testPrefix() };
  const environment = settings(places, { API_KEYS: `acme:${ACME}`, KEY_PREFIX: places.prefix });
  const api = await readyApi(environment);
  const worker = await startWorker(loadWorkerConfig(environment), openLogBook("worker").log);
  onTestFinished(() => worker.close());
  return { api, simulator, received, url: `http://127.0.0.1:${receiver.port}/` };
}

test(
  "a job in every script there is -> Novita, the webhook, the list and the job itself have it to the last unit",
  { timeout: 60_000 },
  async () => {
    const { api, simulator, received, url } = await startAll();
    const made = await api.post({ input, ...own, webhook: { url, events: ["job.succeeded"] } });
    expect(made.status).toBe(202);
    const event = Event.parse(JSON.parse(String(await received.promise)));
    expect(event).toMatchObject({ type: "job.succeeded", data: { job: own } });
    const id = String(made.json["id"]);
    expect((await api.call("GET", `/v1/jobs/${id}`)).json).toMatchObject({
      status: "succeeded",
      input,
      ...own,
    });
    const [sold] = simulator.ledger.tasks;
    expect(sold?.body).toMatchObject(input);
    const query = new URLSearchParams({ tag: own.tags[2] ?? "", reference: own.reference });
    const found = await api.call("GET", `/v1/jobs?${query.toString()}`);
    expect(found.json["data"]).toMatchObject([{ id }]);
    expect(await api.ledger.jobs.readHistory(id)).not.toEqual([]);
  },
);
