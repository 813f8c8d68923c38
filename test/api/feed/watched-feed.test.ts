// What those who watch one feed have in common: its end is read once for all of them, and nothing else is kept.
import { expect, test } from "vitest";
import type { FeedPage, FeedQuery } from "../../../src/api/feed/read-feed.ts";
import { WatchedFeed } from "../../../src/api/feed/watched-feed.ts";

const query = (types: string[] | null = null): FeedQuery => ({ after: null, types, limit: 10 });
const page = (hasMore: boolean): FeedPage => ({
  as: "page",
  events: [],
  next: { id: "1-1", at: 1 },
  hasMore,
});

/** Reads that answer with this, and how many there were. */
function watch(answer: () => Promise<FeedPage>) {
  const feed = new WatchedFeed();
  let reads = 0;
  const read = () => {
    reads += 1;
    return answer();
  };
  return { feed, read: (wanted = query()) => feed.readPage(wanted, read), reads: () => reads };
}

test("the feed's last page -> read once for all who want it, whenever they come, until the feed has changed", async () => {
  const { feed, read, reads } = watch(async () => page(false));
  await Promise.all([read(), read()]);
  await read();
  expect(reads()).toBe(1);
  feed.forget();
  await read();
  expect(reads()).toBe(2);
});

test("types in another order, or twice -> the same page", async () => {
  const { read, reads } = watch(async () => page(false));
  await read(query(["job.failed", "job.succeeded"]));
  await read(query(["job.succeeded", "job.failed", "job.succeeded"]));
  expect(reads()).toBe(1);
  await read(query(["job.succeeded"]));
  expect(reads()).toBe(2);
});

test("a page that more follows -> common to those who want it at once, and not kept", async () => {
  const { read, reads } = watch(async () => page(true));
  await Promise.all([read(), read()]);
  expect(reads()).toBe(1);
  await read();
  expect(reads()).toBe(2);
});

test("a read that fails -> those who wanted it hear of it, and nobody else does", async () => {
  const { read } = watch(() => Promise.reject(new TypeError("a bug")));
  await expect(Promise.all([read(), read()])).rejects.toThrow("a bug");
});
