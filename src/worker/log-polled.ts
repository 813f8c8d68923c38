import type { Logger } from "../shared/logger.ts";
import type { LookOutcome } from "./novita/classify.ts";
import { upstreamFields } from "./upstream.ts";

/** Whom a look was for, and what has come of it. */
type Fields = { job_id: string; tenant: string; task_id: string; status: string } & Record<string, unknown>;

/** The one line of a look, in turn or out of it. */
export function logPolled(log: Logger, look: LookOutcome, about: Fields): void {
  const fields = { ...about, outcome: look.kind };
  if (look.kind === "unavailable") {
    const { message, alarm, upstream } = look;
    const detail = upstream ? upstreamFields(upstream) : { message };
    log[alarm ? "error" : "warn"]({ ...fields, ...detail }, "job.polled");
  } else if (look.kind === "running" && !look.known) {
    log.warn({ ...fields, message: "a status that Novita does not document" }, "job.polled");
  } else {
    log.info(fields, "job.polled");
  }
}
