/**
 * A stream of server-sent events, which goes on as what it tells of grows. Each message has the id of its place, so whoever
 * comes back with the last one that it got misses nothing and gets nothing twice. What is sent is read when there is room
 * for it: a reader that is slow makes the stream wait, and one that takes nothing at all is cut off.
 */
import { Readable } from "node:stream";

import type { FastifyReply, FastifyRequest } from "fastify";

import { isUnavailable } from "../../shared/store/redis.ts";
import { ownerOfKeys } from "../auth.ts";
import type { Authenticate } from "../auth.ts";
import { Problem } from "../problem.ts";
import type { Subject, Watch } from "./topic.ts";
import { endWithReply, tooManyOpen } from "./wait.ts";

/** When a reader comes back after its connection was lost. */
const RETRY_MS = 2000;
/** A reader whose socket has been full for this long is cut off; when the process stops, it has little time. */
const STALLED_MS = 30_000;
const STALLED_AT_END_MS = 1000;
/** At the first hint after this long without a message, and one comes every five seconds, a comment shows that the stream is alive. */
const QUIET_MS = 12_000;
/** At the first hint after this long the reader's key is asked for again: one that was revoked reads on for 15 s at most. */
const KEY_TRUSTED_MS = 7000;

const headers = {
  "content-type": "text/event-stream",
  "cache-control": "no-store, no-transform",
  // The connection ends with the stream: nobody waits for it when the process stops.
  connection: "close",
  "x-accel-buffering": "no",
};

export type Streamed<S extends Subject> = {
  /** null: the caller has too many open already. */
  open: (caller: string, onRelease: () => void) => Watch<S> | null;
  /** The messages that are new, for each hint. */
  follow: (watch: Watch<S>) => AsyncIterable<Iterable<string>>;
  /** Where the reader is, as a line that names the id, if it need not be behind a message. */
  place?: () => string;
};

/** Answers with the stream. */
export function stream<S extends Subject>(
  authenticate: Authenticate,
  request: FastifyRequest,
  reply: FastifyReply,
  streamed: Streamed<S>,
) {
  const onRelease = () => void reply.raw.setTimeout(STALLED_AT_END_MS);
  const watch = streamed.open(ownerOfKeys(request.caller), onRelease);
  if (!watch) throw tooManyOpen();
  endWithReply(watch, reply);
  reply.raw.setTimeout(STALLED_MS);
  return reply.headers(headers).send(Readable.from(tell(authenticate, request, watch, streamed)));
}

/** A message as text. `data`: without line breaks. */
export const messageOf = (id: string, event: string, data: object): string =>
  `id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`;

/** The stream's text, which is made as fast as it is taken. */
async function* tell<S extends Subject>(
  authenticate: Authenticate,
  request: FastifyRequest,
  watch: Watch<S>,
  { follow, place = () => "" }: Streamed<S>,
): AsyncGenerator<string> {
  try {
    yield `retry: ${RETRY_MS}\n${place()}\n`;
    let toldAt = performance.now();
    let askedAt = toldAt;
    for await (const messages of follow(watch)) {
      if (performance.now() - askedAt >= KEY_TRUSTED_MS) {
        if (!(await isStillLetIn(authenticate, request))) return;
        askedAt = performance.now();
      }
      for (const message of messages) {
        yield message;
        toldAt = performance.now();
      }
      if (performance.now() - toldAt >= QUIET_MS) {
        yield `:\n${place()}\n`;
        toldAt = performance.now();
      }
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
