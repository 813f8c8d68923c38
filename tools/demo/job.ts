// One job of the demo, by the public API alone: post it, follow it, and verify the webhook that tells of its end.
import { setTimeout as delay } from "node:timers/promises";
import { Webhook } from "standardwebhooks";
import { z } from "zod";
import type { Received } from "../../src/simulator/mailbox.ts";
import { DemoError } from "./demo-error.ts";
import { type Answer, call } from "./http.ts";
import type { Installation } from "./installation.ts";
import type { Moment, Screen } from "./screen.ts";
import type { Tone } from "./text.ts";

export const Job = z.looseObject({
  id: z.string(),
  reference: z.string().nullable(),
  status: z.string(),
  version: z.number(),
  progress: z.number(),
  attempts: z.number(),
  polls: z.number(),
  task_id: z.string().nullable(),
  video: z.looseObject({ url: z.string() }).nullable(),
  error: z.looseObject({ code: z.string(), message: z.string() }).nullable(),
});
export type Job = z.infer<typeof Job>;

const Event = z.looseObject({ type: z.string(), id: z.string(), data: z.looseObject({ job: Job }) });
export type Event = z.infer<typeof Event>;

const ENDS = new Set(["succeeded", "failed", "canceled", "expired"]);
const LOOK_MS = 100;
const IDLE_LOOK_MS = 1_000;

export const hasEnded = (job: Job): boolean => ENDS.has(job.status);

/** Posts a request; the same `key` and body again find the job of the first time. */
export async function postJob(
  installation: Installation,
  key: string,
  body: object,
): Promise<{ job: Job; status: number; isReplay: boolean }> {
  const answer = await requestJob(installation, key, body);
  if (answer.status !== 202 && answer.status !== 200) {
    throw new DemoError(`POST /v1/jobs was answered ${answer.status}: ${JSON.stringify(answer.body)}`);
  }
  const isReplay = answer.headers["idempotent-replayed"] === "true";
  return { job: Job.parse(answer.body), status: answer.status, isReplay };
}

export function requestJob(
  { apiUrl, credentials }: Installation,
  key: string,
  body: object,
): Promise<Answer> {
  const headers = { authorization: `Bearer ${credentials.apiKey}`, "idempotency-key": key };
  return call("POST", `${apiUrl}/v1/jobs`, { headers, body });
}

/** Decides about an unconfirmed job. That it has moved on meanwhile is no fault. */
export async function resolveJob(
  { apiUrl, credentials }: Installation,
  id: string,
  action: "fail",
): Promise<void> {
  const headers = { authorization: `Bearer ${credentials.apiKey}` };
  const answer = await call("POST", `${apiUrl}/v1/jobs/${id}/resolve`, { headers, body: { action } });
  if (answer.status === 200 || answer.status === 409) return;
  throw new DemoError(
    `POST /v1/jobs/${id}/resolve was answered ${answer.status}: ${JSON.stringify(answer.body)}`,
  );
}

/** Shows each step of the job until it has ended, or the signal says that nobody looks any more. */
export async function followJob(
  { apiUrl, credentials }: Installation,
  screen: Screen,
  name: string,
  posted: Job,
  signal: AbortSignal,
): Promise<void> {
  const headers = { authorization: `Bearer ${credentials.apiKey}` };
  let job = posted;
  let shown: Job | undefined;
  const leave = screen.watch(() => momentOf(name, job));
  try {
    for (;;) {
      for (const line of newLines(shown, job, screen.isLive)) screen.step(name, ...line);
      shown = job;
      if (hasEnded(job)) return;
      if (job.status === "unconfirmed") leave();
      await delay(job.status === "unconfirmed" ? IDLE_LOOK_MS : LOOK_MS, undefined, { signal });
      job = Job.parse((await call("GET", `${apiUrl}/v1/jobs/${job.id}`, { headers })).body);
    }
  } finally {
    leave();
  }
}

function momentOf(who: string, { status, progress }: Job): Moment {
  const isRunning = status === "processing";
  return { who, what: isRunning ? "generating" : status, percent: isRunning ? progress : null };
}

type Line = [what: string, detail: string, tone?: Tone, aside?: string];

const SUBMITTING: Line = ["submitting", "written to disk before the paid request leaves"];

/**
 * What has happened between two looks. `submitting` is short, but an attempt proves that the job went through it. A live
 * screen shows progress by itself.
 */
function newLines(before: Job | undefined, job: Job, isLive: boolean): Line[] {
  const isSame = before?.status === job.status;
  if (isSame && (isLive || before.progress === job.progress)) return [];
  if (isSame) return [["processing", `${job.progress} %`]];
  const hasPassedSubmitting = before?.status === "queued" && job.attempts > 0 && job.status !== "submitting";
  return hasPassedSubmitting ? [SUBMITTING, lineOf(job)] : [lineOf(job)];
}

/** What a status means, in plain words. */
export function lineOf(job: Job): Line {
  switch (job.status) {
    case "queued":
      return ["queued", "waiting for a slot and its turn"];
    case "submitting":
      return SUBMITTING;
    case "processing":
      return ["processing", "Novita has sold it", "plain", `(task ${job.task_id})`];
    case "succeeded":
      return ["succeeded", "the video is there", "good"];
    case "unconfirmed":
      return ["unconfirmed", "perhaps paid for: never sent again unasked", "loud"];
    default:
      return [job.status, job.error ? `${job.error.code}: ${job.error.message}` : "", "bad"];
  }
}

/** The event in a webhook, verified by the standardwebhooks package as any receiver would. */
export function verifyWebhook(received: Received, secret: string): Event {
  const header = (name: string) => String(received.headers[name] ?? "");
  const names = ["webhook-id", "webhook-timestamp", "webhook-signature"];
  const headers = Object.fromEntries(names.map((name) => [name, header(name)]));
  try {
    const event = Event.parse(new Webhook(secret).verify(received.body, headers));
    if (event.id !== header("webhook-id")) throw new Error("its id is not its webhook-id");
    return event;
  } catch (error) {
    throw new DemoError(`A webhook could not be verified: ${String(error)}`, { cause: error });
  }
}

/** The same; null when it cannot be verified. */
export function openWebhook(received: Received, secret: string): Event | null {
  try {
    return verifyWebhook(received, secret);
  } catch {
    return null;
  }
}
