/**
 * What an answer to a submission lets one be sure of: the table of Novita's answers, told once more and apart from the
 * product's own reading of it. Whatever is not listed as certain is unknown.
 */
import { z } from "zod";

import type { RawAnswer } from "./upstream-answers.ts";

export type Certainty = { as: "accepted"; taskId: string } | { as: "refused" | "not_accepted" | "unknown" };

const ACCOUNT = new Set([
  "BILLING_BALANCE_NOT_ENOUGH",
  "NOT_ENOUGH_BALANCE",
  "INVALID_API_KEY",
  "MISSING_API_KEY",
  "FAILED_TO_AUTH",
  "NEED_REAL_NAME_VERIFY",
  "API_NOT_ALLOWED",
]);
/** What Novita may say after it has taken a task. */
const AFTERWARDS = new Set(["CREATE_TASK_FAILED", "BILLING_FAILED"]);

export function certaintyOf({ status, text, heard }: RawAnswer): Certainty {
  const isSuccess = status >= 200 && status < 300;
  const taskId = isSuccess ? legibleId(text ?? heard) : null;
  if (taskId !== null) return { as: "accepted", taskId };
  if (text === null || isSuccess) return { as: "unknown" };
  if (status === 429 || (status >= 300 && status < 400)) return { as: "not_accepted" };
  const error = readError(text);
  if (error && AFTERWARDS.has(error.reason)) return { as: "unknown" };
  if (status === 503) return { as: error && error.reason !== "" ? "not_accepted" : "unknown" };
  if (status === 408 || status >= 500) return { as: "unknown" };
  if (!error || status === 401 || ACCOUNT.has(error.reason)) return { as: "not_accepted" };
  return { as: error.reason === "RATE_LIMIT_EXCEEDED" ? "not_accepted" : "refused" };
}

const Id = z
  .string()
  .trim()
  .regex(/^\P{C}{1,256}$/u)
  .nullable()
  .catch(null);
const Sold = z.object({ task_id: Id, data: z.object({ task_id: Id }).nullable().catch(null) });

function legibleId(text: string): string | null {
  const sold = Sold.safeParse(parse(text)).data;
  return sold?.task_id ?? sold?.data?.task_id ?? null;
}

const Words = z.string().nullable().catch(null);
const Refusal = z.object({
  reason: Words,
  message: Words,
  msg: Words,
  code: z
    .union([z.number(), z.string().trim().min(1)])
    .nullable()
    .catch(null),
});

function readError(text: string): { reason: string } | null {
  const found = Refusal.safeParse(parse(text)).data;
  if (!found) return null;
  const reason = (found.reason ?? "").replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, " ").trim();
  const speaks = found.code !== null && (found.message ?? found.msg) !== null;
  return reason !== "" || speaks ? { reason } : null;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
