/** What a refusal looks like: RFC 9457, with members of our own. */
import { z } from "zod";

import { keysOf } from "../../shared/keys-of.ts";
import { problems } from "../problem.ts";
import type { ProblemCode } from "../problem.ts";
import { jobStatus } from "./job.ts";

const fault = z
  .strictObject({
    pointer: z.string().optional().describe("Where in the body: a JSON Pointer (RFC 6901)."),
    parameter: z
      .string()
      .optional()
      .describe("The name of the parameter or header, when it is not the body."),
    detail: z.string().describe("What would be right."),
  })
  .meta({
    id: "Fault",
    description: "One fault of the request.",
    examples: [{ pointer: "/input/prompt", detail: "is required" }],
  });

/** Open: a code may bring members of its own. */
export const problemAnswer = z
  .looseObject({
    type: z.string().describe("`urn:onetake:problem:` and the code."),
    title: z.string().describe("The code in words; always the same for one code."),
    status: z.int().min(400).max(599).describe("The HTTP status, again."),
    code: z
      .enum(keysOf(problems))
      .describe("What to branch on. New codes may come; judge those by their status."),
    detail: z.string().describe("What happened in this case, and what to do. For people; it may change."),
    request_id: z.string().optional().describe("Under which the server's log knows this request."),
    errors: z.array(fault).optional().describe("With 422 `invalid`: every fault of the request at once."),
    job_id: z.string().optional().describe("The job in question."),
    job_status: jobStatus.optional().describe("The status of the job in question, if that has a part in it."),
    retried_by: z.string().optional().describe("With 409 on retry: the job that was made already."),
    possible_at: z.iso
      .datetime()
      .optional()
      .describe("With 409 `rotated_too_often`: from when on it is possible."),
  })
  .meta({
    id: "Problem",
    description:
      "A refusal, as RFC 9457 `application/problem+json`. Members beyond these may come with some codes.",
    examples: [exampleOf("invalid")],
  });

/** A problem with this code, as a caller may get it. */
export function exampleOf(code: ProblemCode) {
  const { status, title } = problems[code];
  return {
    type: `urn:onetake:problem:${code}`,
    title,
    status,
    code,
    detail: code === "invalid" ? "1 fault: see errors." : `${title}.`,
    request_id: "4f0c1a52-6f0e-4d3e-9a3b-0d7d6a3b1c55",
    ...(code === "invalid" ? { errors: [{ pointer: "/input/prompt", detail: "is required" }] } : {}),
  };
}
