/** The job as callers get it: what `toWire` gives, described. */
import { z } from "zod";

import { JobErrorCode, jobErrors } from "../../shared/errors.ts";
import { jobStatuses } from "../../shared/job.ts";
import { keysOf } from "../../shared/keys-of.ts";

const instant = z.iso.datetime();
const count = z.int().min(0);
const jobId = z.string().describe("`job_` and a ULID.");

export const jobStatus = z.enum(keysOf(jobStatuses)).meta({
  id: "JobStatus",
  description: keysOf(jobStatuses)
    .map((status) => `- \`${status}\`: ${jobStatuses[status]}`)
    .join("\n"),
});

const jobError = z
  .strictObject({
    code: JobErrorCode.describe("What to branch on."),
    message: z.string().describe("For people; it may change."),
    stage: z
      .enum(["submit", "poll"])
      .describe("Whether it arose while the task was submitted or while it ran."),
    retryable: z
      .boolean()
      .describe("Whether the same request may well succeed as a new job, which is a new purchase."),
    upstream: z
      .strictObject({
        status: z.int().nullable().describe("Novita's HTTP status."),
        reason: z.string().nullable().describe("Novita's own word for it."),
      })
      .nullable()
      .describe("What Novita said, if it said anything."),
  })
  .meta({
    id: "JobError",
    description: "Why a job is unconfirmed or ended without a video.",
    examples: [
      {
        code: "invalid_input",
        message: jobErrors.invalid_input.message,
        stage: "submit",
        retryable: false,
        upstream: { status: 400, reason: "INVALID_REQUEST_BODY" },
      },
    ],
  });

const video = z
  .strictObject({
    url: z
      .string()
      .describe("Novita's own link, which dies within the hour: fetch `urls.video` for one that works."),
    type: z.string().describe("The file's type, such as `mp4`."),
    expires_at: instant.nullable().describe("When the link dies; null when Novita did not say."),
  })
  .meta({ id: "Video", description: "The video of a job that succeeded." });

const billing = z
  .strictObject({
    state: z
      .enum(["billed", "unknown", "not_billed"])
      .describe(
        "The worst over all attempts: billed > unknown > not_billed. An attempt whose outcome is open is unknown.",
      ),
    estimated: z
      .number()
      .min(0)
      .nullable()
      .describe("Dollars for one submission; null when no price is known."),
    currency: z.literal("USD").describe("US dollars."),
  })
  .meta({ id: "Billing", description: "What the job costs." });

const urls = z
  .strictObject({
    self: z.string().describe("The job."),
    events: z.string().describe("Its history."),
    cancel: z.string().describe("Where to POST when nobody wants it any more."),
    video: z.string().describe("A link to the video that works, once it is there."),
  })
  .meta({
    id: "JobUrls",
    description: "Where to go from here: absolute when the installation has a PUBLIC_URL, else paths.",
  });

const fields = {
  id: jobId,
  object: z.literal("job").describe("What this is."),
  status: jobStatus,
  model: z.string().describe("Which model makes the video."),
  input: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
    .describe("The request's input with every default filled in; empty once the job is erased."),
  metadata: z.record(z.string(), z.string()).describe("Yours, as you sent it."),
  tags: z.array(z.string()).describe("Yours, as you sent them."),
  reference: z.string().nullable().describe("Yours, as you sent it."),
  priority: z.enum(["high", "normal", "low"]).describe("Which of your waiting jobs goes first."),
  version: z.int().min(1).describe("Grows with each change. Webhooks are unordered: keep the highest."),
  progress: z.number().min(0).max(100).describe("Percent."),
  eta_at: instant.nullable().describe("When Novita expects the video, if it says so."),
  task_id: z.string().nullable().describe("Novita's task: the one that made the video, else the newest."),
  tasks: z.array(z.string()).describe("Every task id that Novita ever returned for this job."),
  attempts: count.describe("Submissions that were begun and not proven unsent."),
  polls: count.describe("How often Novita was asked how far it is."),
  retry_of: jobId.nullable().describe("The job that this one repeats."),
  retried_by: jobId.nullable().describe("The job that repeats this one."),
  video: video.nullable().describe("There when the job has succeeded; a canceled one may have it too."),
  billing,
  error: jobError.nullable().describe("There when the job is unconfirmed, or ended without a video."),
  created_at: instant.describe("When it was accepted here."),
  submitted_at: instant.nullable().describe("When Novita accepted it."),
  finished_at: instant.nullable().describe("When it ended."),
  deadline_at: instant.nullable().describe("When it expires unless it has ended."),
  cancel_requested_at: instant
    .nullable()
    .describe("When somebody canceled it while its submission was on its way."),
  erased_at: instant.nullable().describe("When its content was erased; its id, money and times stay."),
  urls,
};

const example = {
  id: "job_01K9Z4Q6W8D2V5T1R3N7M0X4YB",
  object: "job",
  status: "succeeded",
  model: "wan2.7-t2v",
  input: {
    prompt: "a lighthouse at dawn",
    size: "1280*720",
    duration: 5,
    watermark: false,
    prompt_extend: true,
  },
  metadata: { campaign: "7" },
  tags: ["spring"],
  reference: "order-42",
  priority: "normal",
  version: 7,
  progress: 100,
  eta_at: null,
  task_id: "9a1c6f0e",
  tasks: ["9a1c6f0e"],
  attempts: 1,
  polls: 4,
  retry_of: null,
  retried_by: null,
  video: {
    url: "https://files.example.com/9a1c6f0e.mp4",
    type: "mp4",
    expires_at: "2026-01-01T01:00:00.000Z",
  },
  billing: { state: "billed", estimated: 0.5, currency: "USD" },
  error: null,
  created_at: "2026-01-01T00:00:00.000Z",
  submitted_at: "2026-01-01T00:00:02.000Z",
  finished_at: "2026-01-01T00:01:30.000Z",
  deadline_at: "2026-01-01T01:00:02.000Z",
  cancel_requested_at: null,
  erased_at: null,
  urls: {
    self: "/v1/jobs/job_01K9Z4Q6W8D2V5T1R3N7M0X4YB",
    events: "/v1/jobs/job_01K9Z4Q6W8D2V5T1R3N7M0X4YB/events",
    cancel: "/v1/jobs/job_01K9Z4Q6W8D2V5T1R3N7M0X4YB/cancel",
    video: "/v1/jobs/job_01K9Z4Q6W8D2V5T1R3N7M0X4YB/video",
  },
} as const;
const { input: _input, ...exampleWithoutInput } = example;
export const exampleOfEvent = exampleWithoutInput;

export const jobAnswer = z
  .strictObject(fields)
  .meta({ id: "Job", description: "One request for one video.", examples: [example] });

export const adminJobAnswer = jobAnswer.extend({ tenant: z.string().describe("Whose job it is.") }).meta({
  id: "AdminJob",
  description: "A job, as the operator sees it.",
  examples: [{ ...example, tenant: "acme" }],
});

export const eventJob = jobAnswer.omit({ input: true }).meta({
  id: "EventJob",
  description: "The job as it was right after the change. The input stays out.",
  examples: [exampleOfEvent],
});
