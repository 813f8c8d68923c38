/** The one catalogue of what can be wrong with a job. Codes are part of the contract. */
import { z } from "zod";

import { keysOf } from "./keys-of.ts";

export const jobErrors = {
  invalid_input: { retryable: false, message: "Novita refused the input." },
  content_rejected: { retryable: false, message: "Novita's content policy refused the prompt." },
  generation_failed: { retryable: true, message: "Novita accepted the task and could not make the video." },
  submission_unconfirmed: {
    retryable: true,
    message: "The outcome of the paid submission could not be known.",
  },
  start_timeout: { retryable: true, message: "The job was not submitted within its start timeout." },
  generation_timeout: { retryable: true, message: "The video was not ready within the job's timeout." },
  task_lost: { retryable: true, message: "Novita no longer knows the task." },
  model_unavailable: { retryable: false, message: "Novita does not serve this model." },
  upstream_contract: { retryable: true, message: "Novita reported success without a video." },
  budget_exceeded: { retryable: true, message: "The tenant's budget for the day is spent." },
} as const satisfies Record<string, { retryable: boolean; message: string }>;

export type JobErrorCode = keyof typeof jobErrors;
export const JobErrorCode = z.enum(keysOf(jobErrors));

/** A fault of the installation that no retry fixes: the process must end with exit code 78 and say what to change. */
export class SetupError extends Error {
  readonly faults: string[];
  constructor(faults: string[]) {
    super(faults.join("\n"));
    this.name = "SetupError";
    this.faults = faults;
  }
}
/** Exit code of `sysexits.h` for a configuration error. */
export const EXIT_CONFIG = 78;
