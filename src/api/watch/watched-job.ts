import type { Job } from "../../shared/job.ts";
import type { HistoryEntry, JobStore } from "../../shared/store/jobs.ts";
import { nullIfUnreadable, orNull } from "./or-null.ts";

/** How many entries of a history are read at once. */
export const HISTORY_PAGE = 50;

/** A job and its history, as those who watch it read them. */
export class WatchedJob {
  readonly #jobs: JobStore;
  readonly #id: string;
  #job: Promise<Job | null> | null = null;
  readonly #pages = new Map<string | null, Promise<HistoryEntry[] | null>>();

  constructor(jobs: JobStore, id: string) {
    this.#jobs = jobs;
    this.#id = id;
  }

  forget(): void {
    this.#job = null;
    this.#pages.clear();
  }

  /** The job as of the last hint; null: it is no longer kept, or cannot be read now. */
  readJob(): Promise<Job | null> {
    const read = () => this.#jobs.readJob(this.#id).then((found) => found?.record ?? null);
    this.#job ??= orNull(read().catch(nullIfUnreadable));
    return this.#job;
  }

  /** The entries after one (null: from the beginning), oldest first, at most a page; null: Redis cannot be asked now. */
  readHistory(after: string | null): Promise<HistoryEntry[] | null> {
    const from = after === null ? "-" : `(${after}`;
    const page = this.#pages.get(after) ?? orNull(this.#jobs.readHistory(this.#id, from, HISTORY_PAGE));
    this.#pages.set(after, page);
    return page;
  }
}
