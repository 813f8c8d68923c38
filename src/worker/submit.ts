/**
 * The submit stage: the one place that spends money.
 *
 * Novita knows no idempotency key and cannot be asked what it has accepted, so the paid request is made only by whoever
 * wins `queued -> submitting`, once, and never by anyone who merely finds the job so. The deadline starts before the
 * begin script is sent: a worker that is frozen in between comes back too late to POST, and others may rely on that when
 * they give the attempt up. Between the script and the request stands the proof that a crash of Redis cannot forget it.
 *
 * An answer that comes after the deadline is still listened for: its task id saves a purchase.
 */
import { newAttemptId } from "../shared/ids.ts";
import { jobError } from "../shared/change.ts";
import type { Change } from "../shared/change.ts";
import { openAttempt } from "../shared/job.ts";
import type { Job } from "../shared/job.ts";
import { models } from "../shared/models.ts";
import type { Logger } from "../shared/logger.ts";
import { settleJob } from "../shared/settle.ts";
import { resultWithin } from "../shared/within.ts";
import type { QueueEntry } from "../shared/queues.ts";
import type { Road, Verdict } from "./road.ts";
import type { Admission, Changed, Decision, EntryRules, JobStore } from "../shared/store/jobs.ts";
import type { Prove } from "../shared/store/durability.ts";
import type { Snapshot } from "../shared/store/record.ts";
import type { RedisClient } from "../shared/store/redis.ts";
import { beginAttempt, loseTrack, recordOutcome } from "./attempt.ts";
import type { SubmitPolicy } from "./attempt.ts";
import type { Background } from "./background.ts";
import { startDeadline } from "./deadline.ts";
import type { Deadline } from "./deadline.ts";
import type { SubmitOutcome } from "./novita/classify.ts";
import type { Lender } from "./lender.ts";
import type { NovitaClient } from "./novita/client.ts";
import { insist } from "./insist.ts";
import type { KeepTask } from "./keep-task.ts";
import { logAnsweredLate, logSubmitted, logUnrecorded } from "./log-submitted.ts";
import type { Sent } from "./log-submitted.ts";
import { discard, done, doze } from "./outcome.ts";
import type { Outcome } from "./outcome.ts";
import type { Witness } from "./witness.ts";

export type SubmitDeps = {
  jobs: JobStore;
  road: Road;
  novita: NovitaClient;
  /** The begin script and its proof travel on one connection, which is theirs alone: the proof may wait. */
  connections: Pick<Lender, "lend">;
  prove: Prove;
  /** Sees that a task's id outlasts a failover. */
  keepTask: KeepTask;
  /** How it is known that the server has forgotten nothing. */
  witness: Pick<Witness, "testify" | "remember">;
  rules: EntryRules;
  policy: SubmitPolicy;
  submitTimeoutMs: number;
  background: Background;
  log: Logger;
};

/** A freed slot must be taken within a quarter of a second. */
const FULL_DOZE_MS = 100;
/** Longest doze at a time, so that an opened road is seen soon; a needless wake-up costs a script, never a POST. */
const MAX_DOZE_MS = 1000;
/** What a 429 without a usable Retry-After asks of everybody. */
const DEFAULT_WAIT_MS = 10_000;
/** A job that must wait keeps its place at the head, so the queue dozes with it. */
const AGAIN_DOZE_MS = 1000;
/** When the time is up because the process stood still, what lies unread in its sockets is read first, in this time. */
const UNREAD_MS = 250;
/** An outcome that waits this long for Redis is logged, should this process not live to write it. */
const UNRECORDED_MS = 2000;

/** Submits a queued job, if it is its turn. */
export async function submitJob(deps: SubmitDeps, { id, n }: QueueEntry): Promise<Outcome> {
  const snapshot = await deps.jobs.readJob(id);
  if (snapshot?.record.status !== "queued" || snapshot.record.submitWake !== n) return discard;
  if (snapshot.now() >= snapshot.record.startDeadlineAt) {
    await deps.jobs.changeJob(id, (job, now) => expireStart(job, now, deps.policy), { known: snapshot });
    return done;
  }
  const deadline = startDeadline(deps.submitTimeoutMs);
  const attemptId = newAttemptId();
  const entry = await enter(deps, snapshot, attemptId);
  return entry.begun ? await postAndRecord(deps, entry.begun, attemptId, deadline) : entry.instead;
}

type Entry = { begun: Snapshot<Job> } | { begun: null; instead: Outcome };

type Refusal = Exclude<Admission, { as: "begun" }>;
type Proven = { as: "begun"; snapshot: Snapshot<Job> };

/**
 * Wins the right to POST, or says how to wait. `begun` is the job once its `submitting` is written and confirmed; whatever
 * breaks before that breaks before the request has left, so the attempt is handed back as never sent.
 */
async function enter(deps: SubmitDeps, snapshot: Snapshot<Job>, attemptId: string): Promise<Entry> {
  const job = snapshot.record;
  const startedAt = performance.now();
  const admission = await deps.connections
    .lend((redis) => admit(deps, redis, snapshot, attemptId))
    .catch((error: unknown) => {
      deps.log.tell("submit.interrupted", { err: error, job_id: job.id });
      return null;
    });
  if (admission?.as === "begun") return { begun: admission.snapshot };
  const isUnproven = admission?.as === "unproven" || admission?.as === "overtaken";
  if (admission && !isUnproven) return { begun: null, instead: waitFor(admission) };
  const message = "The ledger could not confirm the submission, so nothing was sent.";
  const unsent = { kind: "unsent", cause: "deadline", message } as const;
  const changed = await writeOutcome(deps, { job, attemptId, startedAt }, unsent);
  if (admission) {
    const ids = { job_id: job.id, tenant: job.tenant, attempt_id: attemptId };
    const duration_ms = Math.round(performance.now() - startedAt);
    deps.log.tell(`submit.${admission.as}`, { ...ids, duration_ms });
  }
  return { begun: null, instead: goOn(job, changed) };
}

/**
 * Begins, and proves it: by reading it back, which tells more than the script's answer. A server that took over in between
 * knows no such attempt; and a script that was sent again over a new connection calls its own work stale, yet the attempt
 * is there.
 */
async function admit(
  deps: SubmitDeps,
  redis: RedisClient,
  snapshot: Snapshot<Job>,
  attemptId: string,
): Promise<Proven | Refusal | { as: "unproven" } | { as: "overtaken" }> {
  const testimony = await deps.witness.testify();
  if (!testimony) return { as: "forgotten", waitMs: 0 };
  const atLeast = testimony.begun + 1;
  const change = beginAttempt(snapshot.record, attemptId, snapshot.now());
  const admission = await deps.jobs.begin(redis, snapshot, change, deps.rules, testimony);
  if (admission.as !== "begun" && admission.as !== "stale") return admission;
  const readBack = (server: RedisClient) => deps.jobs.readJob(snapshot.record.id, server);
  const { isConfirmed, found } = await deps.prove(redis, readBack);
  const isMine = found?.record.status === "submitting" && openAttempt(found.record)?.id === attemptId;
  if (isMine && isConfirmed) {
    deps.witness.remember(testimony, admission.as === "begun" ? admission.begun : atLeast);
    return { as: "begun", snapshot: found };
  }
  if (isMine) return { as: "unproven" };
  return admission.as === "stale" ? admission : { as: "overtaken" };
}

function waitFor(refusal: Refusal): Outcome {
  if (refusal.as === "stale") return doze(FULL_DOZE_MS);
  if (refusal.as === "full" || refusal.as === "forgotten") return doze(FULL_DOZE_MS);
  return doze(refusal.as === "paused" ? MAX_DOZE_MS : Math.min(refusal.waitMs, MAX_DOZE_MS));
}

/** A queued job whose time is up: expired if it was never bought, unconfirmed if an earlier attempt may have bought it. */
export function expireStart(job: Job, now: number, policy: SubmitPolicy): Change | null {
  if (job.status !== "queued" || now < job.startDeadlineAt) return null;
  if (job.attempts.some((attempt) => attempt.state === "unknown")) return loseTrack(job, {}, now, policy);
  return settleJob(job, { as: "expired", error: jobError("start_timeout", "submit") }, now);
}

async function postAndRecord(
  deps: SubmitDeps,
  begun: Snapshot<Job>,
  attemptId: string,
  deadline: Deadline,
): Promise<Outcome> {
  const job = begun.record;
  const sent = { job, attemptId, startedAt: performance.now() };
  const path = models[job.request.model]?.path;
  if (path === undefined) return await record(deps, sent, unknownModel(job));
  const answer = deps.novita.submit(path, job.request.input, deadline);
  const timely =
    (await resultWithin(deadline.remainingMs(), answer)) ?? (await resultWithin(UNREAD_MS, answer));
  if (timely) return await record(deps, sent, timely, begun);
  const message = `Novita did not answer within ${deps.submitTimeoutMs} ms.`;
  // Listened for before anything else can fail: nobody else will ever hear of that task id.
  deps.background.add(answer.then((late) => recordLate(deps, sent, late)));
  return await record(deps, sent, { kind: "unknown", message, upstream: null });
}

const unknownModel = (job: Job): SubmitOutcome => ({
  kind: "refused",
  code: "model_unavailable",
  message: `This version of Onetake does not know the model ${job.request.model}.`,
  upstream: { status: null, reason: null },
});

async function recordLate(deps: SubmitDeps, sent: Sent, late: SubmitOutcome): Promise<void> {
  if (late.kind === "unknown") return;
  const changed = await writeOutcome(deps, sent, late);
  logAnsweredLate(deps.log, sent, late, changed?.job.status ?? "gone");
  await reportRoad(deps, sent, late);
}

/** What the outcome means for the job comes first, and then what it means for everybody else's. `known`: see `writeOutcome`. */
async function record(
  deps: SubmitDeps,
  sent: Sent,
  outcome: SubmitOutcome,
  known?: Snapshot<Job>,
): Promise<Outcome> {
  const durationMs = Math.round(performance.now() - sent.startedAt);
  const changed = await writeOutcome(deps, sent, outcome, known);
  logSubmitted(deps.log, sent, outcome, { durationMs, status: changed?.job.status ?? "gone" });
  await reportRoad(deps, sent, outcome);
  return goOn(sent.job, changed);
}

/**
 * The write is insisted on: this process alone knows the outcome, and a task id that it forgets is a video paid for and
 * lost. `known`: the job as it was last read, which spares a read if nobody has moved it since.
 */
async function writeOutcome(
  deps: SubmitDeps,
  sent: Sent,
  outcome: SubmitOutcome,
  known?: Snapshot<Job>,
): Promise<Changed | null> {
  const decide: Decision = (current, now, bar) =>
    recordOutcome(current, sent.attemptId, outcome, now, deps.policy, bar === null);
  const report = (err?: unknown) => logUnrecorded(deps.log, sent, outcome, err);
  const overdue = setTimeout(report, UNRECORDED_MS);
  const changed = await insist(() => deps.jobs.changeJob(sent.job.id, decide, { known }), report);
  clearTimeout(overdue);
  if (outcome.kind === "accepted") {
    const write = () => deps.jobs.changeJob(sent.job.id, decide);
    deps.background.add(deps.keepTask({ jobId: sent.job.id, taskId: outcome.taskId, write }));
  }
  return changed;
}

/** A job that was queued again has been given an entry of its own. */
function goOn(before: Job, changed: Changed | null): Outcome {
  const isStillMine = changed?.job.status === "queued" && changed.job.submitWake === before.submitWake;
  return isStillMine ? doze(AGAIN_DOZE_MS) : done;
}

async function reportRoad(deps: SubmitDeps, { job, attemptId }: Sent, outcome: SubmitOutcome): Promise<void> {
  const verdict = verdictOf(outcome);
  if (!verdict) return;
  const begunAt = job.attempts.find((attempt) => attempt.id === attemptId)?.begunAt ?? 0;
  const turn = await deps.road.report(verdict, job.request.model, begunAt);
  if (turn === "closed") deps.log.tell("breaker.closed", {});
  else if (turn) deps.log.tell("breaker.open", { cause: turn });
}

/** What an outcome says about the road to Novita; null: nothing. */
function verdictOf(outcome: SubmitOutcome): Verdict | null {
  switch (outcome.kind) {
    case "accepted":
      return { as: "closed" };
    case "refused":
      return { as: "refused" };
    case "deferred":
      return { as: "wait", ms: outcome.retryAfterMs ?? DEFAULT_WAIT_MS };
    case "blocked":
      return { as: "open", cause: outcome.cause };
    case "unknown":
      return { as: "trouble" };
    case "unsent":
      return outcome.cause === "connect" ? { as: "trouble" } : null;
  }
}
