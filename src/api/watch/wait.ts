/** Waiting for what is watched: until it is as somebody wants it, the time is over, the caller has gone, or the process stops. */
import type { FastifyReply, FastifyRequest } from "fastify";

import { isTerminal } from "../../shared/job.ts";
import type { Job } from "../../shared/job.ts";
import { ownerOfKeys } from "../auth.ts";
import { preferredWaitS } from "../http/prefer.ts";
import { MAX_WATCHES } from "./changes.ts";
import type { Changes } from "./changes.ts";
import { Problem, problems } from "../problem.ts";
import type { Subject, Watch } from "./topic.ts";
import type { WatchedJob } from "./watched-job.ts";

type Judge = (job: Job) => boolean;

/** Nothing more happens by itself: it has ended, or somebody must decide. */
export const isAtRest: Judge = ({ status }) => isTerminal(status) || status === "unconfirmed";

/** Returns the job as it is then; null, at once: the caller has too many waits open already. */
export async function waitForJob(
  changes: Changes,
  request: FastifyRequest,
  reply: FastifyReply,
  wait: { job: Job; seconds: number; isDone: Judge },
): Promise<Job | null> {
  if (wait.isDone(wait.job)) return wait.job;
  const watch = openWatch(changes, request, reply, wait.job.id);
  return watch && ((await watchUntil(watch, wait.job, wait.seconds * 1000, wait.isDone)) ?? wait.job);
}

/** Counts among the caller's, and ends with the reply at the latest; null: the caller has too many open already. */
export function openWatch(
  changes: Changes,
  request: FastifyRequest,
  reply: FastifyReply,
  id: string,
): Watch<WatchedJob> | null {
  const watch = changes.watchJob(id, ownerOfKeys(request.caller));
  if (watch) endWithReply(watch, reply);
  return watch;
}

/**
 * Waits as a request asks for it: the query's `seconds` insist on it, `Prefer` only likes it. `wait` returns null when the
 * caller has too many waits open already. null: there was no wait.
 */
export async function waitAsAsked<T>(
  request: FastifyRequest,
  reply: FastifyReply,
  seconds: number | undefined,
  wait: (seconds: number) => Promise<T | null>,
): Promise<T | null> {
  const preferred = seconds === undefined ? preferredWaitS(request.headers.prefer) : null;
  const wished = seconds ?? preferred ?? 0;
  if (wished === 0) return null;
  const waited = await wait(wished);
  if (!waited && preferred === null) throw tooManyOpen();
  if (waited && preferred !== null) reply.header("preference-applied", `wait=${preferred}`);
  return waited;
}

/** For those who insist on it. */
export function tooManyOpen(): Problem {
  const detail = `You have ${MAX_WATCHES} waits and streams open here: end some, or ask without waiting.`;
  const resetS = problems.too_many_open.retryAfterS;
  return new Problem("too_many_open", detail, {}, { name: "open", quota: MAX_WATCHES, remaining: 0, resetS });
}

/** Nobody is left to be told when the connection has gone. */
export function endWithReply(watch: Watch<Subject>, { raw }: FastifyReply): void {
  if (raw.closed) watch.end();
  else raw.once("close", () => watch.end());
}

/** The newest of the job that was seen: as it is wanted, unless the watch ends before, after `ms` at the latest. */
export async function watchUntil(
  watch: Watch<WatchedJob>,
  known: Job | null,
  ms: number,
  isDone: Judge,
): Promise<Job | null> {
  let newest = known;
  await lookUntil(watch, ms, async () => {
    const found = await watch.subject.readJob();
    if (found && found.version >= (newest?.version ?? 0)) newest = found;
    return newest !== null && isDone(newest);
  });
  return newest;
}

/** Looks, and at each hint again, until a look says that it will do, or the watch ends, after `ms` at the latest. */
export async function lookUntil<S extends Subject>(
  watch: Watch<S>,
  ms: number,
  look: () => Promise<boolean>,
): Promise<void> {
  const timer = setTimeout(() => watch.end(), ms);
  try {
    let isDone = await look();
    while (!isDone && (await watch.next())) isDone = await look();
  } finally {
    clearTimeout(timer);
    watch.end();
  }
}
