import { z } from "zod";
import { DemoError } from "./demo-error.ts";
import type { LogLine } from "./node-process.ts";
import type { Screen } from "./screen.ts";

const TONES: Record<string, "loud" | "bad"> = { warn: "loud", error: "bad", fatal: "bad" };

const TOLD_WITHIN_MS = 1_000;

const text = z.string().optional().catch(undefined);
const Words = z.object({
  outcome: text,
  cause: text,
  http_status: z.number().optional().catch(undefined),
  reason: text,
  message: text,
  err: z.object({ message: z.string() }).optional().catch(undefined),
});

/** `usual`: nobody has ordered any trouble; `ordered`: somebody has, now and then; `storm`: all the time. */
export type Weather = "usual" | "ordered" | "storm";

/**
 * Shows what the processes log as warnings and errors, as an operator would watch for it: dimmed where they are what was
 * ordered, and in a storm only what ends a process.
 */
export function createAlarms(screen: Screen, weather: Weather = "usual") {
  const { promise: blocked, reject } = Promise.withResolvers<never>();
  blocked.catch(() => {});
  let refusal: string | undefined;
  let stoppedBy: string | undefined;

  /** The two lines that tell of it come in either order. */
  function tellIfBlocked(why: string | undefined): void {
    if (!stoppedBy || !why) return;
    reject(new DemoError(`Novita takes no jobs (${stoppedBy}): ${why}`));
  }

  function hear(who: string, line: LogLine): void {
    const { outcome, cause, http_status: status, reason, message, err } = Words.parse(line);
    const said = [status && `HTTP ${status}`, reason, message, err?.message].filter(Boolean).join(" ");
    if (outcome === "blocked") refusal = said;
    if (line.msg.startsWith("breaker.open")) {
      stoppedBy = cause;
      setTimeout(() => tellIfBlocked("see the worker's log"), TOLD_WITHIN_MS);
    }
    tellIfBlocked(refusal);
    // Readiness is asked for until it is there.
    if (line.msg === "http.request") return;
    if (weather === "storm" && line.level !== "fatal") return;
    const tone = TONES[line.level];
    const shade = weather === "usual" ? tone : "dim";
    const detail = [line.msg, outcome, cause, said].filter(Boolean).join(" · ");
    if (tone) screen.step(who, line.level, detail, shade);
  }

  return {
    hear,
    /** Rejects when submission has been stopped: an empty wallet, a bad key, a proxy in the way. */
    blocked,
  };
}
