/** A job's history as it grows, to its end. */
import { isTerminal } from "../../shared/job.ts";
import type { Job, JobStatus } from "../../shared/job.ts";
import type { HistoryEntry } from "../../shared/store/jobs.ts";
import type { Watch } from "./topic.ts";
import { HISTORY_PAGE } from "./watched-job.ts";
import type { WatchedJob } from "./watched-job.ts";

/** New entries, oldest first, and the job as it is at the last of them or later. */
export type News = { entries: HistoryEntry[]; job: Job };

/**
 * All entries after one (null: from the beginning), once each and in their order; null for each hint that brought nothing
 * new. Ends when the job has ended and all of it has been told, or with the watch.
 */
export async function* follow(watch: Watch<WatchedJob>, after: string | null): AsyncGenerator<News | null> {
  let last = after;
  let status: JobStatus | null = null;
  do {
    let news: News | null;
    do {
      news = await readNews(watch.subject, last);
      yield news;
      const newest = news?.entries.at(-1);
      last = newest?.id ?? last;
      status = newest?.fact.status ?? status;
    } while (news?.entries.length === HISTORY_PAGE && !watch.hasEnded);
    if (status && isTerminal(status)) return;
  } while (await watch.next());
}

/** null: nothing new, or nothing that could be read now. */
async function readNews(job: WatchedJob, after: string | null): Promise<News | null> {
  const entries = await job.readHistory(after);
  const newest = entries?.at(-1);
  if (!entries || !newest) return null;
  const read = await job.readJob();
  // Another reader may have had the job read before these entries were written; then a hint is on its way.
  return read && read.version >= newest.fact.version ? { entries, job: read } : null;
}
