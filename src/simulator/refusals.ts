import { json, type Answer } from "./answer.ts";

/** Novita's refusals by reason. The wording of messages is ours: only reason and status are known. */
export const refusals = {
  RATE_LIMIT_EXCEEDED: { status: 429, message: "rate limit exceeded" },
  SERVER_OVERLOAD: { status: 503, message: "server is overloaded, try again later" },
  BILLING_BALANCE_NOT_ENOUGH: { status: 400, message: "billing balance not enough" },
  NOT_ENOUGH_BALANCE: { status: 403, message: "not enough balance" },
  INVALID_API_KEY: { status: 403, message: "invalid api key" },
  MISSING_API_KEY: { status: 400, message: "api key is missing" },
  FAILED_TO_AUTH: { status: 401, message: "failed to authenticate" },
  NEED_REAL_NAME_VERIFY: { status: 403, message: "real-name verification is required" },
  API_NOT_ALLOWED: { status: 403, message: "this api is not allowed for the account" },
  INVALID_REQUEST_BODY: { status: 400, message: "invalid request body" },
  ILLEGAL_PROMPT: { status: 400, message: "the prompt was rejected by moderation" },
  API_NOT_FOUND: { status: 404, message: "api not found" },
  CREATE_TASK_FAILED: { status: 500, message: "create task failed" },
  BILLING_FAILED: { status: 500, message: "billing failed" },
} as const;

export type Reason = keyof typeof refusals;

export function refuse(reason: Reason, message?: string, headers?: Record<string, string>): Answer {
  const { status, message: usual } = refusals[reason];
  return novitaError(status, reason, message ?? usual, headers);
}

export function novitaError(
  status: number,
  reason: string,
  message: string,
  headers?: Record<string, string>,
): Answer {
  return json(status, { code: status, reason, message, metadata: {} }, headers);
}

/** Novita documents no 404 for a look; the reason is a guess, and a client must not lean on it. */
export function taskNotFound(): Answer {
  return novitaError(404, "TASK_NOT_FOUND", "task not found");
}
