/**
 * Who waits for which job. A hint that a job may have changed wakes all who watch it, and what it has become is read from
 * the ledger. Hints come late, twice or never: whoever watches does so before the first look, is woken every few seconds
 * without any, and waits on when there is nothing new.
 */
import type { JobStore } from "../../shared/store/jobs.ts";
import { Topic, Watch } from "./topic.ts";

/** How many waits and streams one caller may have open at once in one process: each costs a connection and some memory. */
export const MAX_WATCHES = 1000;

export type Changes = ReturnType<typeof createChanges>;

export function createChanges(jobs: JobStore) {
  const topics = new Map<string, Topic>();
  const counts = new Map<string, number>();
  let isReleased = false;

  /** null: the caller has too many open already. `onRelease`: the process stops, so that every watch has ended. */
  function watch(id: string, caller: string, onRelease = () => {}): Watch | null {
    const open = counts.get(caller) ?? 0;
    if (open >= MAX_WATCHES) return null;
    counts.set(caller, open + 1);
    const topic = topics.get(id) ?? new Topic(jobs, id);
    topics.set(id, topic);
    const onEnd = () => {
      if (topic.watches.size === 0) topics.delete(id);
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

  const hint = (id: string): void => topics.get(id)?.hint();

  /** Hints may have been missed. */
  function hintAll(): void {
    for (const topic of topics.values()) topic.hint();
  }

  /** The process stops. */
  function release(): void {
    isReleased = true;
    const open = [...topics.values()].flatMap((topic) => [...topic.watches]);
    for (const each of open) each.release();
  }

  /** How many watches are open, and how many jobs are watched. */
  const count = () => ({
    watches: [...counts.values()].reduce((sum, open) => sum + open, 0),
    jobs: topics.size,
  });

  return { watch, hint, hintAll, release, count };
}
