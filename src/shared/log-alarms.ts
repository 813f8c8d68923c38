/** The lines that ask for a look, as a part of the catalogue. */
import type { Line } from "./log-line.ts";

const failed = { level: "error", act: "report it: an error that nobody foresaw is a bug" } as const;

export const alarmLines = {
  "operator.refused": {
    level: "warn",
    says: "Somebody has come to the dashboard with a key that is not known.",
    act: "many from one address (behind a proxy, always its own) are somebody's guesses; it may make ten a minute",
    fields: ["address"],
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
  "submit.interrupted": {
    level: "error",
    says: "Redis failed before a paid request left; nothing was sent, and the job waits its turn again.",
    act: "see that Redis answers, and answers in time",
    fields: ["job_id", "err"],
  },
  "submit.unproven": {
    level: "warn",
    says: "Redis did not confirm in time what SUBMIT_DURABILITY wants; nothing was sent, and the job waits its turn again.",
    act: "see that a replica is connected, or that the disk is quick enough for the append-only file",
    fields: ["job_id", "tenant", "attempt_id", "duration_ms"],
  },
  "intake.unproven": {
    level: "warn",
    says: "Redis did not confirm in time what INTAKE_DURABILITY wants; the caller got a 503 that names the job, which goes on.",
    act: "see that a replica is connected, or that the disk is quick enough for the append-only file",
    fields: ["job_id", "tenant"],
  },
  "intake.closed": {
    level: "error",
    says: "Redis does not confirm what INTAKE_DURABILITY wants; until it does, requests that write jobs get a 503 and write nothing.",
    act: "see that a replica is connected, or that the disk is quick enough for the append-only file",
    fields: [],
    may: ["err"],
  },
  "submit.overtaken": {
    level: "warn",
    says: "The job moved on while its submission was being proved, so nothing was sent.",
    act: "see why this worker or Redis stood still, or whether Redis has failed over",
    fields: ["job_id", "tenant", "attempt_id", "duration_ms"],
  },
  "submit.unrecorded": {
    level: "error",
    says: "The outcome of a paid request cannot be written to Redis yet. The worker keeps trying.",
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
    says: "A worker was lost in the middle of a purchase, and its job has been moved on.",
    act: "see why workers die; what comes of the job follows in `job.unconfirmed` or `job.settled`",
    fields: ["job_id", "from", "status"],
  },
  "inquiry.lapsed": {
    level: "warn",
    says: "Nobody could answer the API's question for ten minutes, and it was dropped.",
    act: "see that workers run",
    fields: ["job_id"],
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
  "stage.replaced": {
    level: "warn",
    says: "A stage's loop did not turn any more and was replaced, as may happen after a failover of Redis.",
    act: "nothing; if it comes again and again, restart the worker",
    fields: [],
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
    says: "A record in Redis cannot be understood: it is left out of a list, or the request for it answered with 500.",
    act: "find out what has written it; repair it, or restore it from a backup",
    fields: ["err"],
    may: ["id"],
  },
  "record.set_aside": {
    level: "error",
    says: "A job or delivery cannot go on, since a record cannot be understood; nobody acts on it, and the line comes again every few minutes.",
    act: "repair the record that `message` names, or restore it from a backup; it then goes on by itself",
    fields: ["id", "message"],
  },
  "record.newer": {
    level: "warn",
    says: "A record of a newer version is left to that version's processes.",
    act: "normal while a new version is rolled out; if it goes on, start workers of the newer version",
    fields: ["message"],
    may: ["id"],
  },
  "entry.foreign": {
    level: "warn",
    says: "A queue held an entry that names no record; it was dropped.",
    act: "find out what else writes to the queues of this prefix",
    fields: ["entry"],
  },
  "queue.unreachable": {
    level: "warn",
    says: "The record is written, its stage could not be woken; rescue will wake it.",
    fields: ["err", "wake_ups"],
  },
  "redis.away": {
    level: "error",
    says: "Redis cannot be reached.",
    act: "bring it back; the process goes on by itself",
    fields: ["err"],
  },
  "redis.unfit": {
    level: "error",
    says: "Redis no longer meets the requirements; the process stays unready until it does.",
    act: "change what the faults name; the process goes on by itself",
    fields: ["faults"],
  },
  "redis.forgot": {
    level: "error",
    says: "Redis has lost what it knew, or may have: it was wiped, went back in time, or was restored.",
    act: "see the reason in `GET /v1/admin/submissions`; reconcile, then resume: docs/operate.md, Backup and restore",
    fields: ["what", "paused"],
  },
  "redis.first_used": {
    level: "warn",
    says: "This Redis knows of no worker before this one; with jobs, they are from before Onetake looked at that.",
    act: "normal once for each KEY_PREFIX; if it was in use, it has lost all: stop the workers and restore it",
    fields: ["jobs"],
  },
  "redis.no_aof": {
    level: "warn",
    says: "Redis keeps no append-only file: its crash loses jobs, and may buy again.",
    act: "set appendonly yes",
    fields: [],
  },
  "redis.no_replica": {
    level: "warn",
    says:
      "SUBMIT_DURABILITY or INTAKE_DURABILITY is replica, and none is connected: until one is, nothing is bought, or no " +
      "job is taken in.",
    act: "connect a replica",
    fields: ["variable"],
  },
  "redis.at_risk": {
    level: "warn",
    says: "Redis meets the requirements, but is set up so that it may lose what it holds, or stop.",
    act: "change what the risks name; the process sees it within a quarter of a minute",
    fields: ["risks"],
  },
  "changes.unheard": {
    level: "warn",
    says: "Changes are not heard; waits and streams look every few seconds until they are.",
    fields: [],
  },
  "worker.cut_short": {
    level: "error",
    says: "A graceful shutdown has run out of time: Redis is away, or an answer of Novita's is late.",
    act: "look for jobs that become unconfirmed",
    fields: [],
  },
  "process.failed": {
    level: "fatal",
    says: "An error that nobody caught ends the process.",
    act: "report it; the supervisor restarts the process",
    fields: ["err"],
  },
  "listener.failed": {
    ...failed,
    says: "What hears of log lines has failed; the line was written.",
    fields: ["err"],
  },
} as const satisfies Record<string, Line>;
