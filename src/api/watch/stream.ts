/**
 * A job's history as a stream of server-sent events, which goes on as the history grows. Each message has the id of its
 * entry, so whoever comes back with the last one that it got misses nothing and gets nothing twice. What is sent is read
 * when there is room for it: a reader that is slow makes the stream wait, and one that takes nothing at all is cut off.
 */
import { Readable } from "node:stream";

import type { FastifyReply, FastifyRequest } from "fastify";

import type { ApiConfig } from "../../shared/config.ts";
import { isTerminal } from "../../shared/job.ts";
import type { Job } from "../../shared/job.ts";
import type { JobStore } from "../../shared/store/jobs.ts";
import { isUnavailable } from "../../shared/store/redis.ts";
import { toWire } from "../../shared/wire.ts";
import { ownerOfKeys } from "../auth.ts";
import type { Authenticate } from "../auth.ts";
import type { Changes } from "./changes.ts";
import { follow } from "./follow.ts";
import type { News } from "./follow.ts";
import { toWireEntry } from "./history.ts";
import { Problem } from "../problem.ts";
import type { Watch } from "./topic.ts";
import { endWithReply, tooManyOpen } from "./wait.ts";

/** When a reader comes back after its connection was lost. */
const RETRY_MS = 2000;
/** A reader whose socket has been full for this long is cut off; when the process stops, it has little time. */
const STALLED_MS = 30_000;
const STALLED_AT_END_MS = 1000;
/** After this many hints without news, which come every five seconds at least, a comment shows that the stream is alive. */
const QUIET_HINTS = 3;
/** At the first hint after this long the reader's key is asked for again: one that was revoked reads on for 15 s at most. */
const KEY_TRUSTED_MS = 7000;

const headers = {
  "content-type": "text/event-stream",
  "cache-control": "no-store, no-transform",
  // The connection ends with the stream: nobody waits for it when the process stops.
  connection: "close",
  "x-accel-buffering": "no",
};

export type StreamDeps = {
  jobs: JobStore;
  changes: Changes;
  authenticate: Authenticate;
  config: Pick<ApiConfig, "PUBLIC_URL">;
};

/** Answers with the stream, or with 204 when there is nothing that the caller has not seen and nothing will come. */
export async function streamJob(deps: StreamDeps, request: FastifyRequest, reply: FastifyReply, job: Job) {
  const seen = await findSeen(deps.jobs, job.id, request.headers["last-event-id"]);
  if (seen?.isNewest && isTerminal(job.status)) return reply.code(204).send();
  const onRelease = () => void reply.raw.setTimeout(STALLED_AT_END_MS);
  const watch = deps.changes.watch(job.id, ownerOfKeys(request.caller), onRelease);
  if (!watch) throw tooManyOpen();
  endWithReply(watch, reply);
  reply.raw.setTimeout(STALLED_MS);
  return reply.headers(headers).send(Readable.from(tell(deps, request, watch, seen?.id ?? null)));
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

/** The stream's text, which is made as fast as it is taken. */
async function* tell(
  { authenticate, config }: StreamDeps,
  request: FastifyRequest,
  watch: Watch,
  seen: string | null,
): AsyncGenerator<string> {
  try {
    yield `retry: ${RETRY_MS}\n\n`;
    let quiet = 0;
    let askedAt = performance.now();
    for await (const news of follow(watch, seen)) {
      if (performance.now() - askedAt >= KEY_TRUSTED_MS) {
        if (!(await isStillLetIn(authenticate, request))) return;
        askedAt = performance.now();
      }
      quiet = news ? 0 : quiet + 1;
      if (news) yield* messagesOf(news, config.PUBLIC_URL ?? null);
      else if (quiet % QUIET_HINTS === 0) yield ":\n\n";
    }
  } catch (error) {
    request.log.tell("stream.failed", { err: error });
    throw error;
  } finally {
    watch.end();
  }
}

/** While Redis cannot be asked nobody is turned out, and there is nothing to read. */
async function isStillLetIn(authenticate: Authenticate, request: FastifyRequest): Promise<boolean> {
  try {
    await authenticate(request);
    return true;
  } catch (error) {
    if (error instanceof Problem) return false;
    if (error instanceof Error && isUnavailable(error)) return true;
    throw error;
  }
}

function* messagesOf({ entries, job }: News, publicUrl: string | null): Generator<string> {
  for (const entry of entries) {
    const data = JSON.stringify({ ...toWireEntry(entry), job: toWire(job, publicUrl) });
    yield `id: ${entry.id}\nevent: ${entry.kind}\ndata: ${data}\n\n`;
  }
}
