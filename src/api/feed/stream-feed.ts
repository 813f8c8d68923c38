/** A tenant's events as a stream, which has no end. */
import type { FastifyReply, FastifyRequest } from "fastify";

import type { Authenticate } from "../auth.ts";
import type { Changes } from "../watch/changes.ts";
import { messageOf, stream } from "../watch/stream.ts";
import type { Watch } from "../watch/topic.ts";
import { toCursor } from "./place.ts";
import type { Place } from "./place.ts";
import type { FeedEvent, FeedPage, FeedQuery } from "./read-feed.ts";
import type { WatchedFeed } from "./watched-feed.ts";

/** `feed`: its key. `read`: reads pages of it. */
export type StreamFeedDeps = {
  changes: Changes;
  authenticate: Authenticate;
  feed: string;
  read: (query: FeedQuery) => Promise<FeedPage>;
};

/** How many events are read at once. */
const STREAM_PAGE = 50;

/** Answers with the events after a place that can be read on from; null: from the oldest. */
export function streamFeed(
  { changes, authenticate, feed, read }: StreamFeedDeps,
  request: FastifyRequest,
  reply: FastifyReply,
  { after, types }: { after: Place | null; types: string[] | null },
) {
  let place = after;

  async function* follow(watch: Watch<WatchedFeed>): AsyncGenerator<Iterable<string>> {
    do {
      let page: FeedPage | null;
      do {
        page = await watch.subject.readPage({ after: place, types, limit: STREAM_PAGE }, read);
        // Whoever comes back is told.
        if (page?.as === "gone") return;
        yield page ? messagesOf(page.events) : [];
        place = page?.next ?? place;
      } while (page?.hasMore && !watch.hasEnded);
    } while (await watch.next());
  }

  return stream(authenticate, request, reply, {
    open: (caller, onRelease) => changes.watchFeed(feed, caller, onRelease),
    follow,
    // A reader that has got nothing yet, or nothing for long, comes back to here and not to where it once began.
    place: () => (place === null ? "" : `id: ${toCursor(place)}\n`),
  });
}

function* messagesOf(events: FeedEvent[]): Generator<string> {
  for (const { place, type, event } of events) yield messageOf(toCursor(place), type, event);
}
