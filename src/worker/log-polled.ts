import type { LineFields } from "../shared/log-lines.ts";
import type { Logger } from "../shared/logger.ts";
import type { LookOutcome } from "./novita/classify.ts";
import { upstreamFields } from "./upstream.ts";

/** Whom a look was for, how long it took, and what has come of it. */
type About = Omit<LineFields<"job.polled">, "outcome">;

/** The one line of a look, in turn or out of it. */
export function logPolled(log: Logger, look: LookOutcome, about: About): void {
  const fields = { ...about, outcome: look.kind };
  if (look.kind === "unavailable") {
    const { message, alarm, upstream } = look;
    const detail = upstream ? upstreamFields(upstream) : { message };
    log.tell("job.polled", { ...fields, ...detail }, alarm ? "error" : "warn");
  } else if (look.kind === "running" && !look.known) {
    log.tell("job.polled", { ...fields, message: "a status that Novita does not document" }, "warn");
  } else {
    log.tell("job.polled", fields);
  }
}
