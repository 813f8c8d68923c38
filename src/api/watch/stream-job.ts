/** A job's history as a stream. */
import type { FastifyReply, FastifyRequest } from "fastify";

import type { ApiConfig } from "../../shared/config.ts";
import { isTerminal } from "../../shared/job.ts";
import type { Job } from "../../shared/job.ts";
import type { JobStore } from "../../shared/store/jobs.ts";
import { toWire } from "../../shared/wire.ts";
import type { Authenticate } from "../auth.ts";
import type { Changes } from "./changes.ts";
import { follow } from "./follow.ts";
import type { News } from "./follow.ts";
import { toWireEntry } from "./history.ts";
import { messageOf, stream } from "./stream.ts";
import type { Watch } from "./topic.ts";
import type { WatchedJob } from "./watched-job.ts";

export type StreamJobDeps = {
  jobs: JobStore;
  changes: Changes;
  authenticate: Authenticate;
  config: Pick<ApiConfig, "PUBLIC_URL">;
};

/** Answers with the stream, or with 204 when there is nothing that the caller has not seen and nothing will come. */
export async function streamJob(deps: StreamJobDeps, request: FastifyRequest, reply: FastifyReply, job: Job) {
  const seen = await findSeen(deps.jobs, job.id, request.headers["last-event-id"]);
  if (seen?.isNewest && isTerminal(job.status)) return reply.code(204).send();
  const publicUrl = deps.config.PUBLIC_URL ?? null;
  return stream(deps.authenticate, request, reply, {
    open: (caller, onRelease) => deps.changes.watchJob(job.id, caller, onRelease),
    follow: (watch) => tell(watch, seen?.id ?? null, publicUrl),
  });
}

type Seen = { id: string; isNewest: boolean };

/** The entry that the caller has seen last; null: none that the history has. */
async function findSeen(
  jobs: JobStore,
  jobId: string,
  header: string | string[] | undefined,
): Promise<Seen | null> {
  if (typeof header !== "string" || !/^\d{1,15}-\d{1,15}$/.test(header)) return null;
  const [entry, next] = await jobs.readHistory(jobId, header, 2);
  return entry?.id === header ? { id: header, isNewest: next === undefined } : null;
}

async function* tell(
  watch: Watch<WatchedJob>,
  seen: string | null,
  publicUrl: string | null,
): AsyncGenerator<Iterable<string>> {
  for await (const news of follow(watch, seen)) yield news ? messagesOf(news, publicUrl) : [];
}

function* messagesOf({ entries, job }: News, publicUrl: string | null): Generator<string> {
  for (const entry of entries) {
    yield messageOf(entry.id, entry.kind, { ...toWireEntry(entry), job: toWire(job, publicUrl) });
  }
}
