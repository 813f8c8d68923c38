/**
 * READ THIS FIRST.
 *
 * A job is one request for one video. Its record in Redis is the truth (the ledger); BullMQ's jobs only wake
 * stages up. A job moves by the table below and by nothing else. The rest of the product is one road:
 *
 *   job.ts -> api/intake.ts -> worker/submit.ts -> worker/poll.ts -> shared/settle.ts -> worker/deliver.ts
 *
 * Every submission is paid for and can be neither looked up nor taken back, so the record says, durably and before
 * the request leaves, that it is about to leave (`submitting`). Whoever finds it so later knows that it does not know.
 */
import { z } from "zod";

import { JobErrorCode } from "./errors.ts";
import { keysOf } from "./keys-of.ts";
import { stored } from "./stored.ts";

export const jobStatuses = {
  queued: "Waiting for a slot and its turn.",
  submitting: "Written, durably, before the paid request leaves.",
  unconfirmed: "The outcome of the paid request cannot be known. Nobody repeats it unasked.",
  processing: "Novita has the task; it is looked at until it ends.",
  succeeded: "The video is there.",
  failed: "It ended without a video; the error says why.",
  canceled: "The caller no longer wants it. A task that was on its way is watched to its end.",
  expired: "It took too long. A video that still arrives turns it into succeeded.",
} as const;

export type JobStatus = keyof typeof jobStatuses;

const terminalStatuses: ReadonlySet<JobStatus> = new Set(["succeeded", "failed", "canceled", "expired"]);

export const isTerminal = (status: JobStatus): boolean => terminalStatuses.has(status);

/**
 * Every move that a job can make. The ledger's guard refuses any other; `docs/lifecycle.md` is drawn from this table.
 */
export const transitions = {
  begin: { from: ["queued"], to: "submitting", why: "admitted: a slot, its turn, a closed breaker" },
  accept: {
    from: ["submitting", "unconfirmed", "queued"],
    to: "processing",
    why: "Novita returned a task id, perhaps late",
  },
  handBack: {
    from: ["submitting", "unconfirmed"],
    to: "queued",
    why: "certainly not accepted: it waits its turn again",
  },
  lose: {
    from: ["submitting", "queued"],
    to: "unconfirmed",
    why: "the outcome of a paid request cannot be known",
  },
  resubmit: {
    from: ["submitting", "unconfirmed"],
    to: "queued",
    why: "somebody chose to buy again",
  },
  succeed: {
    from: ["processing", "submitting", "unconfirmed", "queued"],
    to: "succeeded",
    why: "a look found the video, perhaps an older attempt's",
  },
  fail: {
    from: ["submitting", "unconfirmed", "processing"],
    to: "failed",
    why: "refused, generation failed, task lost, or given up",
  },
  cancel: {
    from: ["queued", "submitting", "unconfirmed", "processing"],
    to: "canceled",
    why: "the caller asked",
  },
  expire: { from: ["queued", "processing"], to: "expired", why: "start timeout or total timeout" },
  recover: { from: ["expired", "failed"], to: "succeeded", why: "the video arrived after all" },
} as const satisfies Record<string, { from: readonly JobStatus[]; to: JobStatus; why: string }>;

export type Transition = keyof typeof transitions;

/** What the caller asked for, with every default fixed. Erasure empties it; nothing else changes it. Times in s, money in micro-dollars. */
export const JobRequest = stored({
  model: z.string(),
  input: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  webhook: stored({ url: z.string(), events: z.array(z.string()).nullable() }).nullable(),
  reference: z.string().nullable(),
  metadata: z.record(z.string(), z.string()),
  tags: z.array(z.string()),
  priority: z.enum(["high", "normal", "low"]),
  timeoutS: z.number(),
  startTimeoutS: z.number(),
  maxCost: z.number().nullable(),
  onUnconfirmed: z.enum(["hold", "fail", "resubmit"]),
});
export type JobRequest = z.infer<typeof JobRequest>;

/**
 * One POST that may have been paid for. `n` is 1-based; `id` also names its slot. An attempt that is proven unsent or
 * not accepted is forgotten: it cost nothing. An attempt whose task has come back is `accepted`.
 */
const Attempt = stored({
  id: z.string(),
  n: z.number(),
  begunAt: z.number(),
  state: z.enum(["open", "accepted", "refused", "unknown"]),
});
export type Attempt = z.infer<typeof Attempt>;

/**
 * One task that Novita returned for this job. `watched` tasks are looked at again at `nextLookAt`, until `watchUntil`.
 * `missing` and `blank` count looks in a row that found no task, or a success without a video. `lost` ones are still
 * looked at now and then, since a lost task may come back.
 */
const Task = stored({
  id: z.string(),
  attempt: z.number().nullable(),
  state: z.enum(["running", "succeeded", "failed", "lost"]),
  watched: z.boolean(),
  acceptedAt: z.number(),
  nextLookAt: z.number(),
  watchUntil: z.number(),
  looks: z.number(),
  missing: z.number(),
  blank: z.number(),
});
export type Task = z.infer<typeof Task>;

const JobError = stored({
  code: JobErrorCode,
  message: z.string(),
  stage: z.enum(["submit", "poll"]),
  retryable: z.boolean(),
  upstream: stored({ status: z.number().nullable(), reason: z.string().nullable() }).nullable(),
});
export type JobError = z.infer<typeof JobError>;

/** `taskId`: the task that made it, which alone can be asked for a new link. */
const Video = stored({
  url: z.string(),
  type: z.string(),
  expiresAt: z.number().nullable(),
  taskId: z.string(),
});
export type Video = z.infer<typeof Video>;

/** In place of an attempt's id: the attempt that bought the task is one that the record knows nothing of. */
export const forgottenAttempt = "forgotten";

/** `n` numbers the poll entry of the look. It grows with each inquiry, and is beyond any task's. */
const ofInquiries = { n: z.number(), taskId: z.string(), askedAt: z.number() };
const LookAnswer = z.enum(["found", "missing", "unavailable"]);

/**
 * A look out of turn, for which a caller waits: does the video have a link that works now, or may a task be attached to
 * the attempt that nobody knows the outcome of, or that Redis has forgotten. `answer` is null until a worker has looked; `owner` is the job that has a
 * task which is taken; `by` is who wants to attach it.
 */
const Inquiry = z.discriminatedUnion("about", [
  stored({ ...ofInquiries, about: z.literal("video"), answer: LookAnswer.nullable() }),
  stored({
    ...ofInquiries,
    about: z.literal("attach"),
    attemptId: z.string(),
    by: z.string(),
    answer: z.enum([...LookAnswer.options, "taken", "moved_on"]).nullable(),
    owner: z.string().nullable(),
  }),
]);
export type Inquiry = z.infer<typeof Inquiry>;

/**
 * The record. All times are milliseconds since the epoch by Redis' clock, money is in micro-dollars.
 * `version` grows by one with every write, and every write names the version it has read.
 */
export const Job = stored({
  id: z.string(),
  tenant: z.string(),
  status: z.enum(keysOf(jobStatuses)),
  version: z.number(),
  request: JobRequest,
  estimate: z.number().nullable(),
  /** The submit stage is woken as `<id>-<submitWake>`; grows when the job is queued again. */
  submitWake: z.number(),
  attempts: z.array(Attempt),
  tasks: z.array(Task),
  polls: z.number(),
  progress: z.number(),
  etaAt: z.number().nullable(),
  video: Video.nullable(),
  error: JobError.nullable(),
  createdAt: z.number(),
  startDeadlineAt: z.number(),
  submittedAt: z.number().nullable(),
  deadlineAt: z.number().nullable(),
  holdUntil: z.number().nullable(),
  finishedAt: z.number().nullable(),
  cancelRequestedAt: z.number().nullable(),
  progressEventAt: z.number().nullable(),
  /** The job that this one retries, and the newest one that retries this. */
  retryOf: z.string().nullable(),
  retriedBy: z.string().nullable(),
  erasedAt: z.number().nullable(),
  /** For each of `purchasesOf`, in that order, the UTC day (since the epoch) in which it counts in the tenant's budget. */
  reservedOn: z.array(z.number()),
  inquiry: Inquiry.nullable(),
  /** The keys under which repeats of requests find this job, that of the intake first, as many as are kept; they live as long as the record. */
  idempotencyKeys: z.array(z.string()),
});
export type Job = z.infer<typeof Job>;

type Asked = Pick<
  Job,
  "id" | "tenant" | "request" | "estimate" | "createdAt" | "retryOf" | "idempotencyKeys"
>;

/** A job as it begins: queued, with its start timeout counting from its creation. */
export const newJob = (asked: Asked): Job => ({
  ...asked,
  status: "queued",
  version: 1,
  submitWake: 1,
  attempts: [],
  tasks: [],
  polls: 0,
  progress: 0,
  etaAt: null,
  video: null,
  error: null,
  startDeadlineAt: asked.createdAt + asked.request.startTimeoutS * 1000,
  submittedAt: null,
  deadlineAt: null,
  holdUntil: null,
  finishedAt: null,
  cancelRequestedAt: null,
  progressEventAt: null,
  retriedBy: null,
  erasedAt: null,
  reservedOn: [],
  inquiry: null,
});

export type BillingState = "billed" | "unknown" | "not_billed";

/**
 * The worst over all attempts; for an accepted one its task speaks. A failed task is `unknown`: whether Novita refunds it
 * is not known.
 */
export function billingState(job: Job): BillingState {
  if (job.tasks.some((task) => task.state !== "failed")) return "billed";
  const isInDoubt = job.attempts.some(({ state }) => state === "open" || state === "unknown");
  return isInDoubt || job.tasks.length > 0 ? "unknown" : "not_billed";
}

/**
 * What has perhaps been bought, or will be if nobody says otherwise, by the id of its attempt or else its task: what the
 * tenant's budget counts. A definite refusal buys nothing. The attempt that a queued job is waiting for has no id yet;
 * it keeps its place when it begins.
 */
export function purchasesOf(job: Job): string[] {
  const begun = job.attempts.filter((attempt) => attempt.state !== "refused").map(({ id }) => id);
  const unclaimed = job.tasks.filter((task) => task.attempt === null).map(({ id }) => id);
  return [...begun, ...(job.status === "queued" ? ["next"] : []), ...unclaimed];
}

/** The attempt that is on its way while the status is `submitting`; it is always the last. */
export const openAttempt = (job: Job): Attempt | undefined =>
  job.attempts.findLast((attempt) => attempt.state === "open");

/** The inquiry that no worker has answered yet. */
export const openInquiry = (job: Job): Inquiry | null => (job.inquiry?.answer === null ? job.inquiry : null);

export const watchedTasks = (job: Job): Task[] => job.tasks.filter((task) => task.watched);

/**
 * A slot belongs to an attempt, not to a status: it is held while Novita may be working for it. The ledger drops it by
 * itself `SLOT_TTL_S` after the POST, for attempts whose end is never seen.
 */
export function holdsSlot(job: Job, attempt: Attempt): boolean {
  if (attempt.state === "refused") return false;
  if (attempt.state !== "accepted") return true;
  return job.tasks.some((task) => task.attempt === attempt.n && task.watched && mayRun(task));
}

/** A success without a video is an end too: only the link is late. */
const mayRun = (task: Task): boolean => task.state === "running" && task.blank === 0;
