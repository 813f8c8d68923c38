/**
 * Every line that a process may log: one for each unit of work, and the alarms. `docs/logs.md` is drawn from this table,
 * and metrics are counted by it, so what the log tells and what the dashboards show cannot differ.
 */
import type { FieldName, FieldType } from "./log-fields.ts";

export type Level = "debug" | "info" | "warn" | "error" | "fatal";

/**
 * `level`: the usual one; `louder`: other levels that it takes, and when. `may`: fields that are there
 * only if there is something to say. `act`: what an operator should do about it; it travels with the line.
 */
export type Line = {
  level: Level;
  louder?: Partial<Record<Level, string>>;
  says: string;
  act?: string;
  fields: readonly FieldName[];
  may?: readonly FieldName[];
};

const look = ["job_id", "tenant", "task_id", "status", "outcome", "duration_ms"] as const;
const decided = { level: "info", fields: ["job_id", "tenant", "status"] } as const;
const failed = { level: "error", act: "report it: an error that nobody foresaw is a bug" } as const;

export const logLines = {
  "http.request": {
    level: "info",
    louder: { debug: "a probe of `/livez`, `/readyz` or `/metrics`", error: "a 5xx" },
    says: "A request to the API has been answered, or its caller has gone.",
    fields: ["method", "route", "http_status", "duration_ms"],
    may: ["tenant", "key", "cut_off"],
  },
  "job.accepted": {
    level: "info",
    says: "A POST has made a job.",
    fields: ["job_id", "tenant", "model"],
  },
  "job.cancel": { ...decided, says: "A caller has canceled a job, or asked for it." },
  "job.retry": { ...decided, says: "A caller buys anew; the line names the new job." },
  "job.resolve": { ...decided, says: "Somebody has decided about an unconfirmed job." },
  "job.erase": { ...decided, says: "A job's content has been erased." },
  "job.asked": {
    level: "info",
    says: "The API asks a worker for a look out of turn, and waits.",
    fields: ["job_id", "tenant", "about", "task_id"],
  },
  "delivery.redelivered": {
    level: "info",
    says: "A caller wants an event once more.",
    fields: ["delivery_id", "job_id", "tenant", "generation"],
  },
  "submissions.pause": {
    level: "info",
    says: "The operator has stopped the buying.",
    fields: ["by", "tenant", "subject"],
    may: ["reason"],
  },
  "submissions.resume": {
    level: "info",
    says: "The operator lets Onetake buy again.",
    fields: ["by", "tenant", "subject"],
    may: ["reason"],
  },
  "secret.rotate": {
    level: "info",
    says: "A tenant has a new webhook secret.",
    fields: ["by", "tenant", "subject"],
    may: ["reason"],
  },
  "operator.signed_in": {
    level: "info",
    says: "The operator has opened a session of the dashboard.",
    fields: ["address"],
  },
  "operator.refused": {
    level: "warn",
    says: "Somebody has come to the dashboard with a key that is not known.",
    act: "many from one address are somebody's guesses; it may make ten a minute",
    fields: ["address"],
  },
  "job.submitted": {
    level: "info",
    louder: { error: "nobody knows the outcome" },
    says: "A paid request has ended: accepted, refused, or anything else that `outcome` names.",
    fields: ["job_id", "tenant", "model", "attempt_id", "outcome", "status", "duration_ms", "wait_ms"],
    may: ["task_id", "cause", "message", "http_status", "reason"],
  },
  "job.polled": {
    level: "info",
    louder: {
      warn: "the look told nothing, or a status that Novita does not document",
      error: "Novita refuses the key",
    },
    says: "A task has been looked at.",
    fields: look,
    may: ["look", "about", "answer", "message", "http_status", "reason"],
  },
  "job.settled": {
    level: "info",
    says: "A job has ended, or its video has come after all.",
    fields: [
      "job_id",
      "tenant",
      "model",
      "status",
      "error_code",
      "billing",
      "attempts",
      "polls",
      "duration_ms",
      "generation_ms",
    ],
  },
  "delivery.attempted": {
    level: "info",
    louder: { warn: "the event was not delivered" },
    says: "An event has been sent to its receiver.",
    fields: [
      "delivery_id",
      "job_id",
      "event_id",
      "event",
      "tenant",
      "attempt",
      "generation",
      "http_status",
      "error_code",
      "duration_ms",
      "delay_ms",
      "status",
    ],
  },
  "job.unconfirmed": {
    level: "error",
    says: "The outcome of a paid request cannot be known, and the job waits for a decision.",
    act: "resolve it: resubmit, fail, or attach the task that the Novita account shows",
    fields: ["job_id", "tenant", "status", "attempts"],
  },
  orphan_task: {
    level: "error",
    says: "A task was paid for that its job is no longer waiting for. It is kept and watched.",
    act: "nothing is lost, but a video may have been bought that nobody wants: see the job's tasks",
    fields: ["job_id", "tenant", "status", "task_id"],
  },
  "breaker.open": {
    level: "error",
    says: "Nothing is bought but a probe now and then.",
    act: "account: see Novita's wallet and key; proxy: see what stands between; trouble: Novita does not answer",
    fields: ["cause"],
  },
  "breaker.closed": { level: "info", says: "Novita takes jobs again.", fields: [] },
  "submit.interrupted": {
    level: "error",
    says: "Redis failed before a paid request left; nothing was sent, and the job waits its turn again.",
    act: "see that Redis answers, and answers in time",
    fields: ["job_id", "err"],
  },
  "submit.unrecorded": {
    level: "error",
    says: "The outcome of a paid request waits to be written, since Redis does not take it. The worker insists.",
    act: "do not kill this worker; should it die all the same, attach the task of this line by hand",
    fields: ["job_id", "attempt_id", "outcome"],
    may: ["err", "task_id", "cause", "message", "http_status", "reason"],
  },
  "wake_up.rescued": {
    level: "warn",
    says: "A lost wake-up has been repaired.",
    act: "normal after a crash; if it goes on, Redis or workers fail",
    fields: ["stage", "id", "n"],
  },
  "job.rescued": {
    level: "warn",
    says: "A job whose time was up, or whose worker had gone, has been moved on.",
    fields: ["job_id", "from", "status"],
  },
  "rescue.failed": {
    ...failed,
    says: "A record could not be looked after; others were.",
    fields: ["err"],
    may: ["id"],
  },
  "stage.broken": {
    ...failed,
    says: "A step has failed in a way that nobody foresaw; it comes again.",
    fields: ["err", "id", "n"],
  },
  "stage.error": {
    level: "error",
    says: "A stage's loop has trouble with Redis.",
    act: "see that Redis answers, and has memory left",
    fields: ["err"],
  },
  "delivery.broken": {
    ...failed,
    says: "The sender itself has failed; the attempt counts as a failed one.",
    fields: ["err", "delivery_id"],
  },
  "background.failed": { ...failed, says: "Work that nobody waits for has failed.", fields: ["err"] },
  "request.failed": { ...failed, says: "A request was answered with 500.", fields: ["err"] },
  "stream.failed": {
    ...failed,
    says: "A live stream has broken off; its client comes again.",
    fields: ["err"],
  },
  "record.corrupt": {
    level: "error",
    says: "A record in Redis cannot be understood, and is left out of a list.",
    act: "find out what has written it; restore it from a backup",
    fields: ["err", "id"],
  },
  "queue.unreachable": {
    level: "warn",
    says: "The record is written, its stage could not be woken; rescue will wake it.",
    fields: ["err", "wake_ups"],
  },
  "queue.error": {
    level: "debug",
    says: "A queue's connection has an error, which `redis.away` tells too.",
    fields: ["err"],
  },
  "redis.away": {
    level: "error",
    says: "Redis cannot be reached.",
    act: "bring it back; the process goes on by itself",
    fields: ["err"],
  },
  "redis.back": { level: "info", says: "Redis can be reached again.", fields: [] },
  "redis.error": { level: "debug", says: "The listening connection has an error.", fields: ["err"] },
  "redis.unfit": {
    level: "error",
    says: "The Redis that is there now will not do; the process waits, not ready.",
    act: "change what the faults name; the process goes on by itself",
    fields: ["faults"],
  },
  "redis.no_aof": {
    level: "warn",
    says: "Redis keeps no append-only file: its crash loses jobs, and may buy again.",
    act: "set appendonly yes",
    fields: [],
  },
  "changes.unheard": {
    level: "warn",
    says: "Changes are not heard; waits and streams look every few seconds until they are.",
    fields: [],
  },
  "changes.heard": { level: "info", says: "Changes are heard again.", fields: [] },
  "api.listening": { level: "info", says: "The API takes requests.", fields: ["url"] },
  "worker.listening": { level: "info", says: "The worker's probes are answered.", fields: ["url"] },
  "worker.started": { level: "info", says: "Redis will do, and the stages run.", fields: [] },
  "worker.cut_short": {
    level: "error",
    says: "A polite stop has run out of time: Redis is away, or an answer of Novita's is late.",
    act: "look for jobs that become unconfirmed",
    fields: [],
  },
  "process.stopping": { level: "info", says: "A signal asks the process to stop.", fields: ["signal"] },
  "process.stopped": { level: "info", says: "The process ends.", fields: ["closed"] },
  "process.failed": {
    level: "fatal",
    says: "An error that nobody caught ends the process.",
    act: "report it; the supervisor starts the process anew",
    fields: ["err"],
  },
} as const satisfies Record<string, Line>;

export type LineName = keyof typeof logLines;

type LineOf<N extends LineName> = (typeof logLines)[N];
type MayOf<N extends LineName> =
  LineOf<N> extends { may: readonly (infer F extends FieldName)[] } ? F : never;
type LouderOf<N extends LineName> = LineOf<N> extends { louder: infer L } ? keyof L & Level : never;

/** What a line of this name must and may carry. */
export type LineFields<N extends LineName> = { [F in LineOf<N>["fields"][number]]: FieldType<F> } & {
  [F in MayOf<N>]?: FieldType<F> | undefined;
};

/** How loud a line of this name can be. */
export type LineLevel<N extends LineName> = LineOf<N>["level"] | LouderOf<N>;
