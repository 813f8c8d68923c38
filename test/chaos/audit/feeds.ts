/** Whether each tenant's feed has every event of its jobs, once, and for every reader in the same order. */
import { isDeepStrictEqual } from "node:util";

import type { Evidence, Feed, JobEvidence } from "../evidence.ts";
import type { FeedEvent } from "../wire.ts";
import { type Finding, finder } from "./finding.ts";
import { eventsOf } from "./news.ts";

export function checkFeeds(evidence: Evidence): Finding[] {
  const { feeds, jobs, webhooks } = evidence;
  const broken = finder("feed");
  const tenants = new Set(feeds.map(({ tenant }) => tenant));
  const unread = jobs
    .filter(({ tenant }) => !tenants.has(tenant))
    .map(({ n }) => broken(`nobody has read the feed that job ${n} is in`));
  return [...unread, ...feeds.flatMap((feed) => checkFeed(feed, jobs, webhooks))];
}

function checkFeed(feed: Feed, jobs: readonly JobEvidence[], webhooks: Evidence["webhooks"]): Finding[] {
  const broken = finder("feed");
  const own = jobs.filter(({ tenant }) => tenant === feed.tenant);
  const byJob = Map.groupBy(feed.read, jobIdOf);
  const known = new Set(own.map(({ id }) => id));
  return [
    ...checkOrder(feed, new Set(own.filter(({ isErased }) => isErased).map(({ id }) => id))),
    ...feed.read
      .filter((event) => !known.has(jobIdOf(event)))
      .map(({ id }) => broken(`${feed.tenant}'s feed has ${id}, which is about none of its jobs`)),
    ...own.filter(({ isErased }) => !isErased).flatMap((job) => checkJob(job, byJob.get(job.id) ?? [])),
    ...checkBodies(feed, webhooks),
    ...checkIds(feed, own, webhooks),
  ];
}

/** What is erased while it is being followed is gone for those who read later. */
function checkOrder({ tenant, followed, read }: Feed, erased: ReadonlySet<string>): Finding[] {
  const broken = finder("feed");
  const twice = [followed, read].flatMap((events) =>
    [...Map.groupBy(events, ({ id }) => id)]
      .filter(([, same]) => same.length > 1)
      .map(([id]) => broken(`${id} is in ${tenant}'s feed more than once`)),
  );
  const idsOf = (events: readonly FeedEvent[]): string =>
    events
      .filter((event) => !erased.has(jobIdOf(event)))
      .map(({ id }) => id)
      .join();
  if (idsOf(followed) === idsOf(read)) return twice;
  return [
    ...twice,
    broken(`who followed ${tenant}'s feed got other events than are in it, or another order`),
  ];
}

function checkJob(job: JobEvidence, own: readonly FeedEvent[]): Finding[] {
  const broken = finder("feed");
  const expected = eventsOf(job);
  const types = new Set([...expected.keys(), ...own.map(({ type }) => type)]);
  return [...types].flatMap((type) => {
    const wanted = expected.get(type) ?? 0;
    const found = own.filter((event) => event.type === type).length;
    return found === wanted ? [] : [broken(`job ${job.n}: the feed has ${type} ${found} times of ${wanted}`)];
  });
}

/** The event that a webhook carries is the one in the feed. */
function checkBodies({ tenant, read }: Feed, webhooks: Evidence["webhooks"]): Finding[] {
  const broken = finder("feed");
  const good = webhooks.filter(({ fault }) => fault === null);
  const bodies = new Map(good.map(({ eventId, body }) => [eventId, body]));
  return read
    .filter((event) => {
      const body = bodies.get(event.id);
      return body !== undefined && !isDeepStrictEqual(JSON.parse(body), event);
    })
    .map(({ id }) => broken(`${id} says something else in ${tenant}'s feed than by its webhooks`));
}

/** As many of each type could still be others. */
function checkIds(
  { tenant, read }: Feed,
  own: readonly JobEvidence[],
  webhooks: Evidence["webhooks"],
): Finding[] {
  const broken = finder("feed");
  const kept = new Set(own.filter(({ isErased }) => !isErased).map(({ id }) => id));
  const ids = new Set(read.map(({ id }) => id));
  const told = webhooks.filter(({ fault, jobId }) => fault === null && kept.has(jobId));
  return [...new Set(told.map(({ eventId }) => eventId))]
    .filter((id) => !ids.has(id))
    .map((id) => broken(`${id} came by a webhook, and is not in ${tenant}'s feed`));
}

const jobIdOf = ({ data }: FeedEvent): string => data.job?.id ?? "";
