/** What callers may send, besides a job, as strict zod schemas. */
import { z } from "zod";

import { complain, integer, isOf, text } from "./fields.ts";
import { MAX_WAIT_S } from "./http/prefer.ts";

/** Whether the id is one is decided with the tenant: an unknown id and another tenant's look the same. */
export const jobParams = z.object({
  id: z
    .string()
    .describe("The job's id.")
    .meta({ examples: ["job_01K9Z4Q6W8D2V5T1R3N7M0X4YB"] }),
});

const attempt = integer(1, 1_000_000)
  .optional()
  .describe("The job's `attempts` when you looked. Another number is a 409.");

const taskId = text(1, 128)
  .regex(/^[\x21-\x7e]+$/, "must be printable ASCII without spaces")
  .describe("The task that the submission has made, as Novita calls it.");

const actions = ["resubmit", "fail", "attach"] as const;

// Without an action nobody can say which fields it takes.
const ofNoAction = z.strictObject(
  {
    action: z.enum(actions, `must be one of ${actions.join(", ")}`),
    attempt,
    task_id: z.unknown().optional(),
  },
  "must be an object",
);

const checkAction = (body: unknown, context: z.RefinementCtx): unknown => {
  if (!actions.some((action) => isOf(body, "action", action))) complain(ofNoAction, body, context);
  return body;
};

export const resolveSchema = z
  .preprocess(
    checkAction,
    z.discriminatedUnion("action", [
      z.strictObject({ action: z.literal("resubmit").describe("Buy it again, and perhaps twice."), attempt }),
      z.strictObject({ action: z.literal("fail").describe("Give it up."), attempt }),
      z.strictObject({
        action: z
          .literal("attach")
          .describe(
            "Take the task that was found. For the operator only; a queued job too, while submissions are paused.",
          ),
        task_id: taskId,
        attempt,
      }),
    ]),
  )
  .meta({
    id: "ResolveRequest",
    description: "What shall become of an unconfirmed job.",
    examples: [
      { action: "fail", attempt: 1 },
      { action: "attach", task_id: "9a1c6f0e" },
    ],
  });

export const videoQuery = z.strictObject({
  redirect: z
    .enum(["true", "false"], "must be true or false")
    .default("true")
    .describe("`false`: answer with the link instead of redirecting to it."),
});

export const deliveryParams = z.object({
  id: z
    .string()
    .describe("The delivery's id.")
    .meta({ examples: ["dlv_01K9Z4Q6W8D2V5T1R3N7M0X4YB_job"] }),
});

/** How many entries of a list at a time. */
export const pageLimit = z
  .preprocess((sent) => (/^[1-9]\d{0,2}$/.test(String(sent)) ? Number(sent) : sent), integer(1, 100))
  .default(20);

/** How long a caller waits. */
export const waitSeconds = z.preprocess(
  (sent) => (/^\d{1,3}$/.test(String(sent)) ? Number(sent) : sent),
  integer(0, MAX_WAIT_S).optional(),
);

export const waitQuery = z.strictObject({
  wait: waitSeconds.describe("For how many seconds to wait: 0 to 60."),
});

/** For routes that take no parameters: a mistyped one must not pass for none. */
export const noQuery = z.strictObject({});

/** The body may be left out. */
export const pauseSchema = z
  .strictObject(
    { reason: text(1, 500).optional().describe("For those who ask later, and for the audit log's readers.") },
    "must be an object",
  )
  .nullable()
  .meta({
    id: "PauseRequest",
    description: "Why.",
    examples: [{ reason: "Novita bills twice since noon" }],
  });

/** A POST that takes no arguments may come without a body, which Fastify hands on as null, or with an empty object. */
export const emptySchema = z.strictObject({}, "must be an empty object").nullable();
