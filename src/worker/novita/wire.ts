import { z } from "zod";

import { parseRetryAfter as parseHeader } from "../retry-after.ts";

/**
 * Reads the task id out of a submit answer: the documented flat `{"task_id"}`, or the older envelope
 * `{"code":0,"msg":"","data":{"task_id"}}` that some of Novita's v3 pages show.
 *
 * Returns null when there is none. Blank, unprintable, overlong and non-string ids are none: they could not be
 * looked up. The envelope's code is not read, since an id that Novita returned must never be lost.
 */
export function parseTaskId(body: string | null): string | null {
  const answer = submitAnswer.safeParse(parseJson(body)).data;
  return answer?.task_id ?? answer?.data?.task_id ?? null;
}

/** An error as Novita words it: `reason` is its machine name (null when blank), `message` its prose. */
export type ErrorBody = { reason: string | null; message: string };

/**
 * Reads an error in Novita's shape: a JSON object with a non-blank string `reason`, or with a `code` (number or
 * non-blank string) beside a string `message` (`msg` in the older envelope).
 *
 * Returns null for all else (HTML, plain text, `{"message":"Forbidden"}`): that is a proxy speaking, and says
 * nothing about the job.
 */
export function parseErrorBody(body: string | null): ErrorBody | null {
  const error = errorAnswer.safeParse(parseJson(body)).data;
  if (!error) return null;
  const reason = error.reason || null;
  const message = error.message ?? error.msg;
  const hasCode = error.code !== null && message !== null;
  return reason !== null || hasCode ? { reason, message: message ?? "" } : null;
}

/** A finished file: `expiresAt` in epoch ms, null when the answer does not tell. */
export type Video = { url: string; type: string; expiresAt: number | null };

/** What a task-result says; the documented QUEUED and PROCESSING are both `running`. */
export type TaskResult = {
  /** The task that it says it is about; null when it does not say. */
  taskId: string | null;
  status: "running" | "succeeded" | "failed" | "unknown";
  /** Free text of at most 500 characters, often empty. */
  reason: string;
  /** Whole percent, 0..100; null when absent or not a number. */
  progress: number | null;
  /** Seconds to go as Novita guesses, >= 0; null when absent or not a number. */
  etaS: number | null;
  video: Video | null;
};

/**
 * Reads a task-result. Only `task` must be there, since the vendor's own examples leave out or retype the rest.
 * Returns null when the body is not JSON with a `task` object.
 */
export function parseTaskResult(body: string | null, nowMs: number): TaskResult | null {
  const result = taskResult.safeParse(parseJson(body)).data;
  if (!result) return null;
  const { task_id: taskId, status, reason, progress_percent: progress, eta } = result.task;
  return {
    taskId,
    status: readStatus(status),
    reason: reason ?? "",
    progress: progress === null ? null : Math.trunc(Math.min(progress, 100)),
    etaS: eta !== null && eta <= MAX_ETA_S ? eta : null,
    video: pickVideo(result.videos, nowMs),
  };
}

/**
 * Makes foreign text fit for a log line and a record: control and format characters (line breaks, terminal
 * escapes, bidirectional overrides) become spaces, runs of space become one, and it ends after 500 UTF-16 units.
 */
export function cleanText(text: string): string {
  const line = text.replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, " ").trim();
  return line.slice(0, MAX_TEXT).replaceAll(/\p{Cs}/gu, "");
}

/**
 * Reads a Retry-After header.
 * Returns milliseconds from now, or null unless that is more than nothing and at most an hour.
 */
export function parseRetryAfter(value: string | null, nowMs: number): number | null {
  const waitMs = value === null ? null : parseHeader(value, nowMs);
  return waitMs !== null && waitMs > 0 && waitMs <= MAX_RETRY_AFTER_MS ? waitMs : null;
}

const MAX_TEXT = 500;
const MAX_URL = 8192;
/** A week: no video takes longer, and a date must remain one. */
const MAX_ETA_S = 604_800;
const MAX_RETRY_AFTER_MS = 3_600_000;
/** A week: the longest a presigned S3 link can live, and so the longest lifetime worth believing. */
const MAX_LINK_S = 604_800;

const AMZ_DATE = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/;

const printableId = z
  .string()
  .trim()
  .regex(/^\P{C}{1,256}$/u)
  .nullable()
  .catch(null);

const submitAnswer = z.object({
  task_id: printableId,
  data: z.object({ task_id: printableId }).nullable().catch(null),
});

const prose = z.string().transform(cleanText).nullable().catch(null);

const errorAnswer = z.object({
  code: z
    .union([z.number(), z.string().trim().min(1)])
    .nullable()
    .catch(null),
  reason: prose,
  message: prose,
  msg: prose,
});

/** Novita sends the same quantity as `3600`, `"3600"` or not at all. */
const quantity = z
  .union([
    z.number(),
    z
      .string()
      .trim()
      .regex(/^\d+(\.\d+)?$/)
      .transform(Number),
  ])
  .pipe(z.number().min(0))
  .nullable()
  .catch(null);

const videoUrl = z
  .string()
  .trim()
  .max(MAX_URL)
  .regex(/^https?:\/\/[^\s\p{C}]+$/iu)
  .refine((url) => URL.canParse(url));

const video = z.object({
  video_url: videoUrl,
  video_url_ttl: quantity,
  video_type: z
    .string()
    .trim()
    .toLowerCase()
    .regex(/^[a-z0-9][a-z0-9.+/-]{0,31}$/)
    .catch("mp4"),
});

type RawVideo = z.infer<typeof video>;

const taskResult = z.object({
  task: z.object({
    task_id: printableId,
    status: z.string().catch(""),
    reason: prose,
    progress_percent: quantity,
    eta: quantity,
  }),
  videos: z.array(video.nullable().catch(null)).catch([]),
});

function parseJson(body: string | null): unknown {
  try {
    return JSON.parse(body ?? "");
  } catch {
    return undefined;
  }
}

function readStatus(status: string): TaskResult["status"] {
  switch (status) {
    case "TASK_STATUS_QUEUED":
    case "TASK_STATUS_PROCESSING":
      return "running";
    case "TASK_STATUS_SUCCEED":
      return "succeeded";
    case "TASK_STATUS_FAILED":
      return "failed";
    default:
      return "unknown";
  }
}

function pickVideo(videos: readonly (RawVideo | null)[], nowMs: number): Video | null {
  const first = videos.find((candidate) => candidate !== null);
  if (!first) return null;
  const expiresAt = readLinkEnd(first.video_url) ?? addLifetime(nowMs, first.video_url_ttl);
  return { url: first.video_url, type: first.video_type, expiresAt };
}

/** The end that the link itself is signed for; the TTL field only counts from a moment that Novita does not tell. */
function readLinkEnd(url: string): number | null {
  const query = new URL(url).searchParams;
  const [, year, month, day, hour, minute, second] = AMZ_DATE.exec(query.get("X-Amz-Date") ?? "") ?? [];
  const signedAt = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  const lifetimeS = quantity.parse(query.get("X-Amz-Expires"));
  return Number.isNaN(signedAt) ? null : addLifetime(signedAt, lifetimeS);
}

function addLifetime(fromMs: number, lifetimeS: number | null): number | null {
  return lifetimeS !== null && lifetimeS > 0 && lifetimeS <= MAX_LINK_S ? fromMs + lifetimeS * 1000 : null;
}
