// Twenty write and fifteen read, in the three ways that there are, while connections are lost and APIs come and go: every
// reader sees every event once, in the order of the feed.
import { expect, onTestFinished, test } from "vitest";
import { readyApi } from "../../support/api.ts";
import type { TestApi } from "../../support/api.ts";
import { eventually } from "../../support/eventually.ts";
import { openStream } from "../../support/event-stream.ts";
import { endJob, feedOf, idsOf, readPage } from "../../support/feed.ts";
import { startPrivateRedis } from "../../support/redis.ts";

const WRITERS = 20;
const EACH = 8;
const READERS = 5;

/** Reads until it has so many, and a last look has shown that there are no more. `turn`: whom to ask. */
type Reader = (turn: () => TestApi, count: number) => Promise<unknown[]>;

const byCursor =
  (query: string): Reader =>
  async (turn, count) => {
    const seen: unknown[] = [];
    let next = "";
    for (let isLast = false; !isLast; isLast = seen.length >= count) {
      const page = await eventually(() => readPage(turn(), `${query}${next}`));
      seen.push(...idsOf(page));
      next = `&after=${page.next}`;
    }
    seen.push(...idsOf(await eventually(() => readPage(turn(), `limit=100${next}`))));
    return seen;
  };

const byStream: Reader = async (turn, count) => {
  const seen: unknown[] = [];
  let last = "";
  while (seen.length < count) {
    const stream = await eventually(() =>
      openStream(`${turn().url}/v1/events`, { headers: { "last-event-id": last } }),
    );
    // Whoever serves it may be gone before it has said anything.
    await stream
      .until(({ messages }) => messages.length >= Math.min(7, count - seen.length))
      .catch(() => undefined);
    stream.close();
    seen.push(...stream.messages.map(({ data }) => data["id"]));
    last = stream.messages.at(-1)?.id ?? last;
  }
  return seen;
};

async function killListeners({ ledger: { redis } }: TestApi): Promise<void> {
  const list = String(await redis.call("CLIENT", "LIST"));
  const ids = [...list.matchAll(/^id=(\d+) .*? name=onetake-api-changes/gm)].map(([, id = ""]) => id);
  for (const id of ids) await redis.call("CLIENT", "KILL", "ID", id);
}

test(
  "20 write and 15 read; listeners are killed, an API is replaced -> everybody has read the feed, once, in order",
  { timeout: 60_000 },
  async () => {
    const redis = await startPrivateRedis({ appendonly: false });
    onTestFinished(() => redis.stop());
    const stays = await readyApi({ REDIS_URL: redis.url });
    let other = await readyApi(stays.environment);
    let turns = 0;
    const turn = () => (turns++ % 2 === 0 ? stays : other);
    const count = WRITERS * EACH;
    const readers = [byCursor("limit=3&wait=0"), byCursor("limit=100&wait=5"), byStream];
    const reading = readers.flatMap((read) => Array.from({ length: READERS }, () => read(turn, count)));
    const ended: string[] = [];
    const write = async () => {
      for (let n = 0; n < EACH; n++) ended.push(await endJob(stays));
      await endJob(stays, "globex");
    };
    const writing = Promise.all(Array.from({ length: WRITERS }, write));
    for (const share of [0.2, 0.4, 0.6, 0.8]) {
      await eventually(() => expect(ended.length).toBeGreaterThan(count * share));
      await killListeners(stays);
      const former = other;
      other = await readyApi(stays.environment);
      await former.close();
    }
    await writing;
    const feed = await feedOf(stays);
    expect(feed).toHaveLength(count);
    expect(new Set(feed).size).toBe(count);
    for (const seen of await Promise.all(reading)) expect(seen).toEqual(feed);
  },
);
