/**
 * A tenant's feed, a page at a time, in the order in which its events were raised. Whoever follows `next` meets each event
 * exactly once, since the lines of a stream only ever come at its end, and each has been written with the change that it
 * tells of. What is kept no longer is not passed over in silence: then there is no page.
 */
import { z } from "zod";

import type { Logger } from "../../shared/logger.ts";
import type { Keys } from "../../shared/store/keys.ts";
import { CorruptRecordError, orCorrupt, reasonOf, UnreadableRecordError } from "../../shared/store/record.ts";
import type { RedisClient } from "../../shared/store/redis.ts";
import { runScript } from "../../shared/store/scripts.ts";
import { wantsEvent } from "../../shared/webhook/event.ts";
import { tellUnreadable } from "../tell-unreadable.ts";
import { behind, msOf } from "./place.ts";
import type { Place } from "./place.ts";

export type FeedDeps = {
  redis: RedisClient;
  keys: Keys;
  /** How long events are kept. */
  retentionMs: number;
  log: Pick<Logger, "tell">;
};

/** `after`: null = from the oldest that is kept. `types`: as in an endpoint's `events`; null = all. */
export type FeedQuery = { after: Place | "latest" | null; types: string[] | null; limit: number };

/** `event`: what its webhooks carry, as JSON. `place`: right behind it. */
export type FeedEvent = { place: Place; type: string; event: object };

export type FeedPage =
  | { as: "page"; events: FeedEvent[]; next: Place; hasMore: boolean }
  /** Something that lies behind `after` is no longer kept, or Redis has lost it. */
  | { as: "gone" };

/** At most this many lines are looked at for one page: a filter that hardly anything fits must not hold Redis up. */
const LONGEST_WALK = 1000;
/**
 * Lines go by what a process thinks of Redis' time, and an event's bytes by when it was decided on; the line's own time is
 * that of the write. Readers are told this much before either can make a difference.
 */
const CLOCKS_APART_MS = 10_000;

export async function readFeed(deps: FeedDeps, tenant: string, query: FeedQuery): Promise<FeedPage> {
  const { after: place, types, limit } = query;
  // One more than wanted tells whether there is more.
  const most = types === null ? limit + 1 : LONGEST_WALK;
  const { now, after, isThere, lines } = await readLines(deps, tenant, place, most);
  const oldest = now - keptMs(deps);
  if (place !== null && place !== "latest" && isGone(place, isThere, oldest)) return { as: "gone" };
  const wanted: Line[] = [];
  let last = after;
  for (const line of lines) {
    const isWanted = types === null || wantsEvent(types, line.type);
    if (isWanted && wanted.length === limit) break;
    if (isWanted) wanted.push(line);
    last = line.id;
  }
  const hasMore = lines.length === most || last !== (lines.at(-1)?.id ?? after);
  const next = hasMore ? behind(last) : { id: last, at: now };
  const events = await Promise.all(wanted.map((line) => readEvent(deps, line)));
  return { as: "page", events: events.flat(), next, hasMore };
}

/** So old may be what lies behind a place that can still be read on from. */
const keptMs = ({ retentionMs }: FeedDeps): number =>
  retentionMs - Math.min(CLOCKS_APART_MS, retentionMs / 10);

/** A line that is young enough to be there and is not was lost, and others may have been lost with it. */
const isGone = ({ id, at }: Place, isThere: boolean, oldest: number): boolean =>
  at < oldest || (!isThere && msOf(id) > oldest);

type Line = { id: string; eventId: string; type: string };

const FeedAnswer = z.tuple([
  z.string().transform(Number),
  z.string(),
  z.union([z.literal(0), z.literal(1)]),
  z.array(z.tuple([z.string(), z.array(z.string())])),
]);

async function readLines(
  deps: FeedDeps,
  tenant: string,
  place: FeedQuery["after"],
  most: number,
): Promise<{ now: number; after: string; isThere: boolean; lines: Line[] }> {
  const { redis, keys } = deps;
  const feed = keys.feed(tenant);
  const from = place === null || place === "latest" ? (place ?? "") : place.id;
  const words = [from, keptMs(deps), most];
  const answer = runScript(redis, "feed", [feed], words, FeedAnswer);
  const [now, after, there, lines] = await orCorrupt(feed, answer);
  return { now, after, isThere: there === 1, lines: lines.map(toLine) };
}

function toLine([id, words]: [string, string[]]): Line {
  const valueOf = (name: string): string => words[words.indexOf(name) + 1] ?? "";
  return { id, eventId: valueOf("event"), type: valueOf("type") };
}

/** Nothing for one that was erased, nor for one that cannot be understood, which must not hide all others. */
async function readEvent({ redis, keys, log }: FeedDeps, line: Line): Promise<FeedEvent[]> {
  const { id, eventId, type } = line;
  const key = keys.event(eventId);
  try {
    const body = await orCorrupt(key, redis.hget(key, "body"));
    return body === null ? [] : [{ place: behind(id), type, event: parseBody(key, body) }];
  } catch (error) {
    if (!(error instanceof UnreadableRecordError)) throw error;
    tellUnreadable(log, error, eventId);
    return [];
  }
}

function parseBody(key: string, body: string): object {
  try {
    return z.looseObject({}).parse(JSON.parse(body));
  } catch (error) {
    throw new CorruptRecordError(key, reasonOf(error));
  }
}
