/** The history of a job as callers get it: what `toWireEntry` gives, described. */
import { z } from "zod";

import { jobStatus } from "./job.ts";

/** Open: what happened may bring members of its own. */
const historyEntry = z
  .looseObject({
    id: z.string().describe("Its place in the history: entries sort by it. A stream's `id`."),
    at: z.iso.datetime(),
    type: z
      .string()
      .describe(
        "What happened: the status that the job moved to, or something that moved nothing, such as `progress`, " +
          "`cancel_requested`, `task_failed`, `orphan_task`, `video_kept`, `retried`. New ones may come.",
      ),
    version: z.int().min(1).describe("The job's version with this change."),
    status: jobStatus.describe("The job's status with this change."),
    transition: z.string().optional().describe("With a change of status: by which way."),
    attempt: z.int().min(1).optional().describe("Which submission it is about."),
    task_id: z.string().optional().describe("Which of Novita's tasks it is about."),
    job_id: z.string().optional().describe("Which other job it is about."),
    late: z
      .boolean()
      .optional()
      .describe("Whether the task came to light after its submission was given up."),
    progress: z.number().min(0).max(100).optional().describe("Percent."),
    by: z.string().optional().describe("Who or what decided it."),
    code: z.string().optional().describe("The error's code."),
    message: z.string().nullable().optional().describe("For people; it may change."),
    reason: z.string().nullable().optional().describe("Novita's own word for it."),
  })
  .meta({
    id: "HistoryEntry",
    description: "Something that happened to a job.",
    examples: [
      {
        id: "1767225602000-0",
        at: "2026-01-01T00:00:02.000Z",
        type: "processing",
        version: 3,
        status: "processing",
        transition: "accept",
        task_id: "9a1c6f0e",
        late: false,
      },
    ],
  });

export const historyAnswer = z
  .strictObject({
    data: z.array(historyEntry).describe("Oldest first. Of a very long history the oldest are not kept."),
  })
  .meta({
    id: "History",
    description: "What happened to a job.",
    examples: [
      {
        data: [
          {
            id: "1767225600000-0",
            at: "2026-01-01T00:00:00.000Z",
            type: "queued",
            version: 1,
            status: "queued",
          },
        ],
      },
    ],
  });

export const eventStream = z
  .string()
  .describe(
    "Server-sent events. Each message has the `id` of a history entry, its type as `event`, and as `data` one line of " +
      "JSON: the entry, with the `job` as it is when the message is sent.",
  );
