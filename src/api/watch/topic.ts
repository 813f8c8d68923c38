/** One job that is watched, and those who watch it. Between two hints the ledger is read once for all of them. */
import type { Job } from "../../shared/job.ts";
import type { HistoryEntry, JobStore } from "../../shared/store/jobs.ts";
import { UnreadableRecordError } from "../../shared/store/record.ts";
import { isUnavailable } from "../../shared/store/redis.ts";

/** How many entries of a history are read at once. */
export const HISTORY_PAGE = 50;

export class Topic {
  readonly #jobs: JobStore;
  readonly #id: string;
  readonly watches = new Set<Watch>();
  hints = 0;
  #job: Promise<Job | null> | null = null;
  readonly #pages = new Map<string | null, Promise<HistoryEntry[] | null>>();

  constructor(jobs: JobStore, id: string) {
    this.#jobs = jobs;
    this.#id = id;
  }

  /** The job may have changed: what was read so far is old. */
  hint(): void {
    this.hints++;
    this.#job = null;
    this.#pages.clear();
    for (const watch of this.watches) watch.wake();
  }

  readJob(): Promise<Job | null> {
    const read = () => this.#jobs.readJob(this.#id).then((found) => found?.record ?? null);
    this.#job ??= orNull(read().catch(nullIfUnreadable));
    return this.#job;
  }

  readHistory(after: string | null): Promise<HistoryEntry[] | null> {
    const from = after === null ? "-" : `(${after}`;
    const page = this.#pages.get(after) ?? orNull(this.#jobs.readHistory(this.#id, from, HISTORY_PAGE));
    this.#pages.set(after, page);
    return page;
  }
}

/** `onRelease`: the process stops, and the watch ends at once. */
type WatchListeners = { onEnd: () => void; onRelease: () => void };

/** One who watches a job until it has seen enough, or its caller has gone, or the process stops. */
export class Watch {
  readonly #topic: Topic;
  readonly #listeners: WatchListeners;
  #seen: number;
  #wake: () => void = () => undefined;
  #hasEnded = false;

  constructor(topic: Topic, listeners: WatchListeners) {
    this.#topic = topic;
    this.#listeners = listeners;
    this.#seen = topic.hints;
    topic.watches.add(this);
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Resolves to true when the job may have changed since the last call, to false when the watch has ended. One call at a time. */
  async next(): Promise<boolean> {
    if (!this.#hasEnded && this.#topic.hints === this.#seen) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    this.#seen = this.#topic.hints;
    return !this.#hasEnded;
  }

  /** The job as of the last hint; null: it is no longer kept, or Redis cannot be asked now. */
  readJob(): Promise<Job | null> {
    return this.#topic.readJob();
  }

  /** The entries after one (null: from the beginning), oldest first, at most a page; null: Redis cannot be asked now. */
  readHistory(after: string | null): Promise<HistoryEntry[] | null> {
    return this.#topic.readHistory(after);
  }

  wake(): void {
    this.#wake();
  }

  end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#topic.watches.delete(this);
    this.#listeners.onEnd();
    this.#wake();
  }

  release(): void {
    this.end();
    this.#listeners.onRelease();
  }
}

/** A record may be repaired, or be of a version that is being rolled out, while somebody waits. */
function nullIfUnreadable(error: unknown): null {
  if (error instanceof UnreadableRecordError) return null;
  throw error;
}

/** Who watches outlasts an outage: there will be another hint. */
async function orNull<T>(read: Promise<T>): Promise<T | null> {
  try {
    return await read;
  } catch (error) {
    if (error instanceof Error && isUnavailable(error)) return null;
    throw error;
  }
}
