/**
 * What erasure leaves of a job: its id, tenant and status, its tasks, money and times, and nothing of what was asked for,
 * what came of it, or what others said of it. The ledger passes every change of an erased job through here, so that no
 * decision, however late its evidence, can bring content back.
 */
import { z } from "zod";

import { jobError } from "./change.ts";
import type { Change, Fact } from "./change.ts";
import { JobRequest } from "./job.ts";
import type { Job, JobError } from "./job.ts";

/** The change as it may be written. Nobody is told of it: there is nothing left that could be told. */
export function withErasure(change: Change): Change {
  if (change.job.erasedAt === null) return change;
  return { ...change, job: emptied(change.job), fact: change.fact && harmless(change.fact), event: null };
}

/** What a newer version has added to a request is likely to be the caller's words. */
const known = z.object(JobRequest.shape);

function emptied(job: Job): Job {
  const nothing = { input: {}, webhook: null, reference: null, metadata: {}, tags: [] };
  return {
    ...job,
    request: { ...known.parse(job.request), ...nothing },
    video: null,
    error: job.error && withoutWords(job.error),
    inquiry: null,
  };
}

/** The upstream's reason goes whole: nobody can tell a code from a prompt of one word. */
function withoutWords({ code, stage, upstream }: JobError): JobError {
  return jobError(code, stage, { upstream: upstream && { status: upstream.status, reason: null } });
}

const keptOfFacts: ReadonlySet<string> = new Set([
  "transition",
  "version",
  "status",
  "attempt",
  "task_id",
  "job_id",
  "code",
  "progress",
  "late",
  "by",
]);

/** A line of history without anybody's words. What is not known to be harmless goes. */
export function harmless({ kind, ...detail }: Fact): Fact {
  const kept = Object.entries(detail).filter(([name]) => keptOfFacts.has(name));
  return { kind, ...Object.fromEntries(kept) };
}
