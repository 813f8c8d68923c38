/** A tenant's events in order, for whoever cannot be reached by webhooks, or was down: a page, a wait for the next, a stream. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";

import type { Ledger } from "../../shared/store/ledger.ts";
import { answer, refusals } from "../answers.ts";
import { asEvent, eventStream, feedAnswer } from "../answers/event.ts";
import { ownerOfKeys } from "../auth.ts";
import type { Authenticate, Caller } from "../auth.ts";
import { fromCursor, malformedCursor, toCursor } from "../feed/place.ts";
import type { Place } from "../feed/place.ts";
import { readFeed } from "../feed/read-feed.ts";
import type { FeedPage, FeedQuery } from "../feed/read-feed.ts";
import { streamFeed } from "../feed/stream-feed.ts";
import { prefersEvents } from "../http/accept.ts";
import { lastEventId, preferEvents } from "../http/headers.ts";
import { feedQuery } from "../lists/queries.ts";
import { invalidBecause, Problem } from "../problem.ts";
import type { Changes } from "../watch/changes.ts";
import { endWithReply, lookUntil, waitAsAsked } from "../watch/wait.ts";

export type EventRouteDeps = Pick<Ledger, "redis" | "keys"> & {
  changes: Changes;
  authenticate: Authenticate;
  /** How long events are kept. */
  retentionS: number;
};

type Page = Extract<FeedPage, { as: "page" }>;

export function eventRoutes(root: FastifyInstance, deps: EventRouteDeps): void {
  root.withTypeProvider<ZodTypeProvider>().get("/v1/events", listRoute, async (request, reply) => {
    const { after = null, type: types = null, limit, wait } = request.query;
    const feed = openFeed(deps, request);
    reply.header("vary", "accept");
    if (request.method === "GET" && prefersEvents(request.headers.accept)) {
      const named = placeOf(request.headers["last-event-id"]) ?? after;
      // Whether it can be read on from there is told before the stream begins.
      const { next } = kept(await feed.read({ after: named, types, limit: 1 }));
      return streamFeed(feed, request, reply, { after: named === "latest" ? next : named, types });
    }
    const page = kept(await feed.read({ after, types, limit }));
    const waited = await waitAsAsked(request, reply, wait, (seconds) =>
      waitForEvents(feed, request, reply, { page, seconds, types, limit }),
    );
    return toAnswer(waited ?? page);
  });
}

type Feed = ReturnType<typeof openFeed>;

/** The caller's own. */
function openFeed(
  { redis, keys, changes, authenticate, retentionS }: EventRouteDeps,
  request: FastifyRequest,
) {
  const tenant = readerOf(request.caller);
  const from = { redis, keys, retentionMs: retentionS * 1000, log: request.log };
  const read = (query: FeedQuery) => readFeed(from, tenant, query);
  return { feed: keys.feed(tenant), read, changes, authenticate };
}

function readerOf(caller: Caller): string {
  if (caller.as === "tenant") return caller.tenant;
  throw new Problem(
    "forbidden",
    "The operator has no events of its own: use a key of the tenant whose they are.",
  );
}

/** What the reader of a stream has got last; null: it does not say. */
function placeOf(header: string | string[] | undefined): Place | null {
  const text = [header ?? ""].flat().join(",");
  if (text === "") return null;
  const place = fromCursor(text);
  if (place) return place;
  throw invalidBecause([{ parameter: "Last-Event-ID", detail: malformedCursor }]);
}

function kept(page: FeedPage): Page {
  if (page.as === "page") return page;
  throw new Problem(
    "gone",
    "Events that came after this cursor are no longer kept: ask without `after` to go on with the oldest that are.",
  );
}

type Wait = { page: Page; seconds: number; types: string[] | null; limit: number };

/** The page as soon as it has events; null, at once: the caller has too many waits open already. */
async function waitForEvents(
  { feed, read, changes }: Feed,
  request: FastifyRequest,
  reply: FastifyReply,
  { page, seconds, types, limit }: Wait,
): Promise<Page | null> {
  if (page.events.length > 0) return page;
  const watch = changes.watchFeed(feed, ownerOfKeys(request.caller));
  if (!watch) return null;
  endWithReply(watch, reply);
  let newest = page;
  await lookUntil(watch, seconds * 1000, async () => {
    do {
      const found = await watch.subject.readPage({ after: newest.next, types, limit }, read);
      if (!found) return false;
      newest = kept(found);
    } while (newest.events.length === 0 && newest.hasMore && !watch.hasEnded);
    return newest.events.length > 0;
  });
  return newest;
}

const toAnswer = ({ events, next, hasMore }: Page) => ({
  data: events.map(({ event }) => asEvent(event)),
  next: toCursor(next),
  has_more: hasMore,
});

const listRoute = {
  schema: {
    operationId: "listEvents",
    tags: ["Events"],
    summary: "Read events in order",
    description:
      "What your webhooks tell, in the order in which it happened, for receivers that were down or cannot be reached. Oldest " +
      "first: without `after` from the oldest that is kept, with `after=latest` from now on. Every answer has a `next`, also " +
      "one without events: keep it, send it as `after`, and you get each event exactly once, in the same order as everybody " +
      "else. With `wait` the answer comes as soon as there is an event, at the latest after that many seconds. With `Accept: " +
      "text/event-stream` the events are streamed, for ever: `limit` and `wait` do not matter there, and `Last-Event-ID` goes " +
      "before `after`. It holds the events of all your jobs, whatever their webhooks ask for, except that `job.submitted` and " +
      "`job.progress` are there only when a webhook asks for them, `webhook.test` never is, and those of a job that was " +
      "erased are left out. A cursor is good for as long as events are kept; one that is older, so that events may have come " +
      "and gone behind it, is 410.",
    querystring: feedQuery,
    headers: z.object({ ...preferEvents, ...lastEventId }),
    response: {
      200: {
        ...answer(feedAnswer, "Events.", ["Preference-Applied"]),
        content: { "application/json": { schema: feedAnswer }, "text/event-stream": { schema: eventStream } },
      },
      ...refusals("forbidden", "gone", "too_many_open"),
    },
  },
};
