import {
  type ErrorBody,
  type Video,
  parseErrorBody,
  parseRetryAfter,
  parseTaskId,
  parseTaskResult,
} from "./wire.ts";

/**
 * Tells what a complete answer to a submit means for the job and for the money.
 *
 * Novita knows no idempotency key, no list and no cancel, so a job that is posted again after a wrong "not
 * accepted" is bought twice. Therefore all that is not certainly a refusal is `unknown`. Never throws.
 */
export function classifySubmit(answer: Answer, nowMs: number): SubmitOutcome {
  const error = parseErrorBody(answer.body);
  const upstream = { status: answer.status, reason: error?.reason ?? null };
  if (isSuccess(answer.status)) {
    const taskId = parseTaskId(answer.body);
    if (taskId !== null) return { kind: "accepted", taskId };
    return { kind: "unknown", message: `${describe(answer, error)} (no task_id)`, upstream };
  }
  const message = describe(answer, error);
  const verdict = judge(answer.status, error);
  if (verdict === "unknown") return { kind: verdict, message, upstream };
  if (verdict === "deferred") {
    return { kind: verdict, message, retryAfterMs: parseRetryAfter(answer.retryAfter, nowMs), upstream };
  }
  if (verdict === "account" || verdict === "proxy")
    return { kind: "blocked", cause: verdict, message, upstream };
  return { kind: "refused", code: verdict, message, upstream };
}

/**
 * Tells what a submit means whose exchange broke off after the request had left: `unknown`, unless what arrived
 * until then already holds the task id (JSON is complete or it does not parse, so the id can be believed).
 */
export function classifyBrokenSubmit(partial: Answer | null, message: string): SubmitOutcome {
  const taskId = partial && isSuccess(partial.status) ? parseTaskId(partial.body) : null;
  if (taskId !== null) return { kind: "accepted", taskId };
  return { kind: "unknown", message, upstream: partial && { status: partial.status, reason: null } };
}

/**
 * Tells what a complete answer to a look at `taskId` means. Only a status Novita documents ends a task, and only an answer
 * that names no other task is believed: it may bring another tenant's video. Never throws.
 */
export function classifyLook(answer: Answer, taskId: string, nowMs: number): LookOutcome {
  if (answer.status === 404) return { kind: "missing" };
  const result = isSuccess(answer.status) ? parseTaskResult(answer.body, nowMs) : null;
  if (!result || (result.taskId !== null && result.taskId !== taskId))
    return classifyUselessLook(answer, nowMs);
  const { status, reason, progress, etaS, video } = result;
  if (status === "succeeded") return { kind: status, video };
  if (status === "failed") {
    return { kind: status, reason, upstream: { status: answer.status, reason: reason || null } };
  }
  return { kind: "running", progress, etaS, known: status === "running" };
}

/** A complete answer: `body` is null when it was longer than is read, `retryAfter` the header's text. */
export type Answer = { status: number; retryAfter: string | null; body: string | null };

/** Where a judgement comes from: the HTTP status, and the reason in Novita's own words when it gave one. */
export type Upstream = { status: number | null; reason: string | null };

/** What became of one POST; every `retryAfterMs` is more than 0 and at most an hour. */
export type SubmitOutcome =
  | { kind: "accepted"; taskId: string }
  /** Definite and permanent for this job; not billed. */
  | {
      kind: "refused";
      code: "invalid_input" | "content_rejected" | "model_unavailable";
      message: string;
      upstream: Upstream;
    }
  /** Not accepted, through no fault of the job: all workers wait. */
  | { kind: "deferred"; message: string; retryAfterMs: number | null; upstream: Upstream }
  /** Not accepted, and no other job would be: opens the breaker. */
  | { kind: "blocked"; cause: "account" | "proxy"; message: string; upstream: Upstream }
  /** No byte of the request left. */
  | { kind: "unsent"; cause: "connect" | "deadline"; message: string }
  /** May have been accepted and billed: never posted again by default. */
  | { kind: "unknown"; message: string; upstream: Upstream | null };

/** What one look at a task told; `known` is false for a status Novita does not document. */
export type LookOutcome =
  | { kind: "running"; progress: number | null; etaS: number | null; known: boolean }
  | { kind: "succeeded"; video: Video | null }
  | { kind: "failed"; reason: string; upstream: Upstream }
  /** 404: lag, or a task that is gone. */
  | { kind: "missing" }
  /** Nothing learnt: look again later. `alarm` when our key was turned away. */
  | {
      kind: "unavailable";
      message: string;
      retryAfterMs: number | null;
      alarm: boolean;
      upstream: Upstream | null;
    };

type Verdict =
  | Extract<SubmitOutcome, { kind: "refused" }>["code"]
  | Extract<SubmitOutcome, { kind: "blocked" }>["cause"]
  | "deferred"
  | "unknown";

/** The wallet's or the key's fault, not the job's. */
const ACCOUNT_REASONS: ReadonlySet<string> = new Set([
  "API_NOT_ALLOWED",
  "BILLING_BALANCE_NOT_ENOUGH",
  "FAILED_TO_AUTH",
  "INVALID_API_KEY",
  "MISSING_API_KEY",
  "NEED_REAL_NAME_VERIFY",
  "NOT_ENOUGH_BALANCE",
]);

/** A step that Novita makes after it has accepted the task: the task may run all the same. */
const LATE_REASONS: ReadonlySet<string> = new Set(["BILLING_FAILED", "CREATE_TASK_FAILED"]);

/**
 * Judges an answer that is no 2xx. Novita's reasons are believed under 4xx, where they are documented: under 5xx
 * even a familiar one may come from behind the point where the task was taken.
 */
function judge(status: number, error: ErrorBody | null): Verdict {
  if (status >= 300 && status < 400) return "proxy";
  if (status === 429) return "deferred";
  if (status === 503) return isOverload(error) ? "deferred" : "unknown";
  if (status < 400 || status >= 500 || status === 408) return "unknown";
  return error ? judgeError(status, error) : "proxy";
}

/** A gateway's own 503 has a code and a message too, so that only a reason shows that Novita itself refused. */
function isOverload(error: ErrorBody | null): boolean {
  return error !== null && error.reason !== null && !LATE_REASONS.has(error.reason);
}

function judgeError(status: number, error: ErrorBody): Verdict {
  const reason = error.reason ?? "";
  if (LATE_REASONS.has(reason)) return "unknown";
  // A 401 judges the key, whatever reason it gives: taken for the job's fault it would fail the whole backlog.
  if (ACCOUNT_REASONS.has(reason) || status === 401) return "account";
  if (reason === "RATE_LIMIT_EXCEEDED") return "deferred";
  if (reason === "API_NOT_FOUND") return "model_unavailable";
  return reason.startsWith("ILLEGAL_") ? "content_rejected" : "invalid_input";
}

function classifyUselessLook(answer: Answer, nowMs: number): LookOutcome {
  const error = parseErrorBody(answer.body);
  return {
    kind: "unavailable",
    message: isSuccess(answer.status) ? `HTTP ${answer.status} without this task` : describe(answer, error),
    retryAfterMs: parseRetryAfter(answer.retryAfter, nowMs),
    alarm: answer.status === 401 || answer.status === 403,
    upstream: { status: answer.status, reason: error?.reason ?? null },
  };
}

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}

function describe(answer: Answer, error: ErrorBody | null): string {
  const words = [error?.reason, error?.message].filter((word) => word).join(": ");
  return `HTTP ${answer.status}${words && ` ${words}`}`;
}
