/** Lists of jobs: by which index those are found that a caller asks for, and what is left for a look at each record. */
import { Job } from "../../shared/job.ts";
import type { Logger } from "../../shared/logger.ts";
import { indexValue } from "../../shared/store/job-index.ts";
import { everyone } from "../../shared/store/keys.ts";
import type { Keys } from "../../shared/store/keys.ts";
import type { RedisClient } from "../../shared/store/redis.ts";
import { startOf } from "./cursor.ts";
import { readAll, readPage, walkIndexes } from "./list.ts";
import type { Page } from "./list.ts";
import type { JobListQuery } from "./queries.ts";

type Deps = { redis: RedisClient; keys: Keys; log: Pick<Logger, "tell"> };

/** `owner`: the tenant whose jobs they are, or `everyone`. */
export const readJobPage = (
  { redis, keys, log }: Deps,
  owner: string,
  query: JobListQuery,
): Promise<Page<Job>> =>
  readPage(
    {
      walk: walkIndexes(redis, indexesOf(keys, owner, query), query.created_after),
      read: readAll(redis, keys.job, Job, log),
      matches: (job) => isWanted(job, query),
    },
    query.limit,
    startOf(query),
  );

/** The index that leaves the fewest jobs to look at; several statuses have one each. Those of `everyone` know no words of callers. */
function indexesOf(keys: Keys, owner: string, { reference, tag, status }: JobListQuery): string[] {
  if (owner !== everyone && reference !== undefined)
    return [keys.jobsBy(owner, "reference", indexValue(reference))];
  if (owner !== everyone && tag !== undefined) return [keys.jobsBy(owner, "tag", indexValue(tag))];
  if (status !== undefined) return [...new Set(status)].map((each) => keys.jobsBy(owner, "status", each));
  return [keys.jobs(owner)];
}

/** Everything is asked of the record again, which may have moved on since its index was read. */
function isWanted({ status, request }: Job, query: JobListQuery): boolean {
  if (query.status !== undefined && !query.status.includes(status)) return false;
  if (query.tag !== undefined && !request.tags.includes(query.tag)) return false;
  return query.reference === undefined || query.reference === request.reference;
}
