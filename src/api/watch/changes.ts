/**
 * Who waits for what: for a job, or for a tenant's events. A hint that it may have changed wakes all who watch it, and what
 * it has become is read from the ledger. Hints come late, twice or never: whoever watches does so before the first look, is
 * woken every few seconds without any, and waits on when there is nothing new.
 */
import type { JobStore } from "../../shared/store/jobs.ts";
import { WatchedFeed } from "../feed/watched-feed.ts";
import { Topic, Watch } from "./topic.ts";
import type { Subject } from "./topic.ts";
import { WatchedJob } from "./watched-job.ts";

/** How many waits and streams one caller may have open at once in one process: each costs a connection and some memory. */
export const MAX_WATCHES = 1000;

export type Changes = ReturnType<typeof createChanges>;

export function createChanges(jobs: JobStore) {
  const jobTopics = new Map<string, Topic<WatchedJob>>();
  const feedTopics = new Map<string, Topic<WatchedFeed>>();
  const deliveryTopics = new Map<string, Topic<Subject>>();
  const counts = new Map<string, number>();
  let isReleased = false;

  /** null: the caller has too many open already. `onRelease`: the process stops, so that every watch has ended. */
  const watchJob = (id: string, caller: string, onRelease = () => {}): Watch<WatchedJob> | null =>
    watch(jobTopics, id, () => new WatchedJob(jobs, id), { caller, onRelease });

  /** The same of a tenant's events. `feed`: the feed's key. */
  const watchFeed = (feed: string, caller: string, onRelease = () => {}): Watch<WatchedFeed> | null =>
    watch(feedTopics, feed, () => new WatchedFeed(), { caller, onRelease });

  /** The same of a test's delivery, which each of them reads for itself. */
  const watchDelivery = (id: string, caller: string): Watch<Subject> | null =>
    watch(deliveryTopics, id, () => ({ forget: () => {} }), { caller, onRelease: () => {} });

  function watch<S extends Subject>(
    topics: Map<string, Topic<S>>,
    name: string,
    subjectOf: () => S,
    { caller, onRelease }: { caller: string; onRelease: () => void },
  ): Watch<S> | null {
    const open = counts.get(caller) ?? 0;
    if (open >= MAX_WATCHES) return null;
    counts.set(caller, open + 1);
    const topic = topics.get(name) ?? new Topic(subjectOf());
    topics.set(name, topic);
    const onEnd = () => {
      if (topic.watches.size === 0) topics.delete(name);
      discount(caller);
    };
    const begun = new Watch(topic, { onEnd, onRelease });
    if (isReleased) begun.release();
    return begun;
  }

  function discount(caller: string): void {
    const open = (counts.get(caller) ?? 0) - 1;
    if (open > 0) counts.set(caller, open);
    else counts.delete(caller);
  }

  const all = () => [...jobTopics.values(), ...feedTopics.values(), ...deliveryTopics.values()];

  /** `name`: a job's or a delivery's id, or a feed's key. */
  const hint = (name: string): void =>
    (jobTopics.get(name) ?? feedTopics.get(name) ?? deliveryTopics.get(name))?.hint();

  /** Hints may have been missed. */
  function hintAll(): void {
    for (const topic of all()) topic.hint();
  }

  /** The process stops. */
  function release(): void {
    isReleased = true;
    for (const topic of all()) for (const each of topic.watches) each.release();
  }

  /** How many watches are open, and how many jobs and feeds are watched. */
  const count = () => ({
    watches: [...counts.values()].reduce((sum, open) => sum + open, 0),
    topics: jobTopics.size + feedTopics.size + deliveryTopics.size,
  });

  return { watchJob, watchFeed, watchDelivery, hint, hintAll, release, count };
}
