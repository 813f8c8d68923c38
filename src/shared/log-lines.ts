/**
 * Every line that a process may log: one for each unit of work, and the alarms. `docs/logs.md` is drawn from this table,
 * and metrics are counted by it, so what the log tells and what the dashboards show cannot differ.
 */
import { alarmLines } from "./log-alarms.ts";
import type { FieldName, FieldType } from "./log-fields.ts";
import type { Level, Line } from "./log-line.ts";

const look = ["job_id", "tenant", "task_id", "status", "outcome", "duration_ms"] as const;
const settled = [
  "job_id",
  "tenant",
  "model",
  "status",
  "billing",
  "attempts",
  "polls",
  "duration_ms",
] as const;
const configured = { level: "info", fields: ["by", "tenant", "subject"], may: ["reason"] } as const;
const decided = { level: "info", fields: ["job_id", "tenant", "status"] } as const;

const resent = {
  level: "info",
  fields: ["by", "tenant", "subject", "matched", "redelivering", "skipped"],
} as const;

export const logLines = {
  "http.request": {
    level: "info",
    other: {
      debug: { when: "a probe of `/livez`, `/readyz` or `/metrics`" },
      error: { when: "a 5xx", act: "see Redis for a 503, Novita for a 504, `request.failed` for a 500" },
    },
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
  "job.retry": { ...decided, says: "A caller retries a job; the line names the new one." },
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
  "deliveries.redeliver": { ...resent, says: "A caller wants many events once more, by a filter." },
  "endpoint.recover": { ...resent, says: "An endpoint's owner wants what the endpoint has missed." },
  "submissions.pause": {
    level: "info",
    says: "The operator has paused submissions.",
    fields: ["by", "tenant", "subject"],
    may: ["reason"],
  },
  "submissions.resume": {
    level: "info",
    says: "The operator has resumed submissions.",
    fields: ["by", "tenant", "subject"],
    may: ["reason"],
  },
  "secret.rotate": {
    level: "info",
    says: "A tenant has a new webhook secret.",
    fields: ["by", "tenant", "subject"],
    may: ["reason"],
  },
  "endpoint.create": { ...configured, says: "A tenant has a new webhook endpoint." },
  "endpoint.update": { ...configured, says: "A tenant has changed a webhook endpoint." },
  "endpoint.delete": { ...configured, says: "A tenant has deleted a webhook endpoint." },
  "endpoint.rotate": { ...configured, says: "A webhook endpoint has a new secret." },
  "endpoint.enable": { ...configured, says: "A tenant has enabled a webhook endpoint." },
  "endpoint.disable": { ...configured, says: "A tenant has disabled a webhook endpoint." },
  "endpoint.test": { ...configured, says: "A tenant tries out a webhook endpoint." },
  "operator.signed_in": {
    level: "info",
    says: "The operator has opened a session of the dashboard.",
    fields: ["address"],
  },
  "job.submitted": {
    level: "info",
    other: {
      error: {
        when: "nobody knows the outcome",
        act: "see `job.unconfirmed`, or what on_unconfirmed has decided",
      },
    },
    says: "A paid request has ended: accepted, refused, or anything else that `outcome` names.",
    fields: ["job_id", "tenant", "model", "attempt_id", "outcome", "status", "duration_ms", "wait_ms"],
    may: ["task_id", "cause", "message", "http_status", "reason"],
  },
  "submit.answered_late": {
    level: "info",
    says: "A paid request that was given up as unknown has been answered after all.",
    fields: ["job_id", "tenant", "model", "attempt_id", "outcome", "status", "duration_ms"],
    may: ["task_id", "cause", "message", "http_status", "reason"],
  },
  "job.polled": {
    level: "info",
    other: {
      warn: {
        when: "the look told nothing, or a status that Novita does not document",
        act: "normal now and then; if it goes on, see Novita's status",
      },
      error: { when: "Novita refuses the key", act: "give the workers a key that is valid" },
    },
    says: "A task has been looked at.",
    fields: look,
    may: ["look", "about", "answer", "message", "http_status", "reason"],
  },
  "job.settled": {
    level: "info",
    says: "A job has ended. This line comes once for each job.",
    fields: [...settled, "error_code", "generation_ms"],
  },
  "job.recovered": {
    level: "info",
    says: "The video of a job that had failed or expired has come after all.",
    fields: settled,
  },
  "delivery.attempted": {
    level: "info",
    other: {
      warn: {
        when: "the event was not delivered",
        act: "nothing: it is tried again; the receiver has to fix it",
      },
    },
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
  "destination.closed": {
    level: "info",
    says: "A receiver that had failed answers again, and gets what waits for it.",
    fields: ["tenant", "origin"],
  },
  "breaker.closed": { level: "info", says: "Novita takes jobs again.", fields: [] },
  "job.timed_out": {
    level: "info",
    says: "A job's time was up: to start, or to be decided about.",
    fields: ["job_id", "from", "status"],
  },
  "record.returned": {
    level: "info",
    says: "A job or delivery that was set aside can be understood again, and goes on.",
    fields: ["id"],
  },
  "queue.error": {
    level: "debug",
    says: "A queue's connection reports an error; `redis.away` reports the outage itself.",
    fields: ["err"],
  },
  "redis.restarted": {
    level: "info",
    says: "Redis was restarted while no worker lived; nothing is queued, so nothing can be bought twice.",
    fields: [],
  },
  "redis.back": { level: "info", says: "Redis can be reached again.", fields: [] },
  "redis.error": {
    level: "debug",
    says: "A connection beside the process' first one reports an error.",
    fields: ["err"],
  },
  "intake.open": { level: "info", says: "Redis confirms again what INTAKE_DURABILITY wants.", fields: [] },
  "changes.heard": { level: "info", says: "Changes are heard again.", fields: [] },
  "api.listening": { level: "info", says: "The API takes requests.", fields: ["url"] },
  "worker.listening": { level: "info", says: "The worker's probes are answered.", fields: ["url"] },
  "worker.started": {
    level: "info",
    says: "Redis meets the requirements, and the stages have started.",
    fields: [],
  },
  "process.stopping": { level: "info", says: "A signal asks the process to stop.", fields: ["signal"] },
  "process.stopped": { level: "info", says: "The process ends.", fields: ["closed"] },
  ...alarmLines,
} as const satisfies Record<string, Line>;

export type LineName = keyof typeof logLines;

type LineOf<N extends LineName> = (typeof logLines)[N];
type MayOf<N extends LineName> =
  LineOf<N> extends { may: readonly (infer F extends FieldName)[] } ? F : never;
type OtherOf<N extends LineName> = LineOf<N> extends { other: infer L } ? keyof L & Level : never;

/** What a line of this name must and may carry. */
export type LineFields<N extends LineName> = { [F in LineOf<N>["fields"][number]]: FieldType<F> } & {
  [F in MayOf<N>]?: FieldType<F> | undefined;
};

/** How loud a line of this name can be. */
export type LineLevel<N extends LineName> = LineOf<N>["level"] | OtherOf<N>;
