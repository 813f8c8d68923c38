/** What the operator is told. */
import { z } from "zod";

const pause = {
  paused: z.boolean().describe("While it is true nothing is bought; queued jobs wait."),
  since: z.iso.datetime().nullable().describe("When the pause began."),
  by: z.string().nullable().describe("Who paused."),
  reason: z.string().nullable().describe("What was said about it."),
};

const paused = {
  paused: true,
  since: "2026-01-01T00:00:00.000Z",
  by: "operator",
  reason: "Novita bills twice since noon",
};

export const pauseAnswer = z.strictObject(pause).meta({
  id: "Pause",
  description: "Whether the operator lets jobs be bought.",
  examples: [paused],
});

export const submissionsAnswer = z
  .strictObject({
    ...pause,
    breaker: z
      .strictObject({
        open: z.boolean().describe("While it is true one job tries now and then and all others wait."),
        cause: z
          .string()
          .nullable()
          .describe(
            "`account`: an empty wallet or a bad key; `proxy`: something in the way; `trouble`: no answers.",
          ),
        since: z.iso.datetime().nullable().describe("When it opened."),
        failures: z.int().min(0).describe("Unknown outcomes and failed connections in a row."),
      })
      .describe("Opens by itself when it looks as if nothing could be bought."),
    slots_in_use: z.int().min(0).describe("Attempts that Novita may be working for, of `MAX_IN_FLIGHT`."),
  })
  .meta({
    id: "Submissions",
    description: "All that may keep jobs from being bought.",
    examples: [
      { ...paused, breaker: { open: false, cause: null, since: null, failures: 0 }, slots_in_use: 3 },
    ],
  });

const auditEntry = z.strictObject({
  id: z.string().describe("Its place in the log."),
  at: z.iso.datetime().describe("When it was done."),
  action: z
    .string()
    .describe(
      "Such as `resolve.fail`, `submissions.pause`, `secret.rotate`, `endpoint.create`, `key.create`, `key.revoke`.",
    ),
  by: z
    .string()
    .describe("`operator`, or a tenant and the id of the key that it used: `tenant acme (key_…)`."),
  tenant: z.string().nullable().describe("Whom it concerns; null: all."),
  subject: z.string().nullable().describe("What it was done to, such as a job's or a key's id."),
  reason: z.string().nullable().describe("What was said about it, by whoever paused; null: nothing."),
});

export const auditAnswer = z
  .strictObject({
    data: z.array(auditEntry).describe("Newest first."),
    next: z
      .string()
      .nullable()
      .describe("Send it as `after` for the page that follows; null: there is none."),
  })
  .meta({
    id: "AuditLog",
    description: "Who decided what.",
    examples: [
      {
        data: [
          {
            id: "1767225600000-0",
            at: "2026-01-01T00:00:00.000Z",
            action: "resolve.fail",
            by: "tenant acme (key_01K9Z4Q6W8D2V5T1R3N7M0X4YB)",
            tenant: "acme",
            subject: "job_01K9Z4Q6W8D2V5T1R3N7M0X4YB",
            reason: null,
          },
        ],
        next: null,
      },
    ],
  });
