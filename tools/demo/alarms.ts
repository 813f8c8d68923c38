import { z } from "zod";
import { DemoError } from "./demo-error.ts";
import type { LogLine } from "./node-process.ts";
import type { Screen } from "./screen.ts";

const TONES: Record<string, "loud" | "bad"> = { warn: "loud", error: "bad", fatal: "bad" };

const TOLD_WITHIN_MS = 1_000;

const Words = z.object({
  outcome: z.string().nullish().catch(null),
  cause: z.string().nullish().catch(null),
  message: z.string().nullish().catch(null),
  err: z.object({ message: z.string() }).nullish().catch(null),
});

/** Shows what the processes log as warnings and errors, as an operator would watch for it. */
export function createAlarms(screen: Screen) {
  const { promise: blocked, reject } = Promise.withResolvers<never>();
  blocked.catch(() => {});
  let refusal: string | null | undefined;
  let stoppedBy: string | null | undefined;

  /** The two lines that tell of it come in either order. */
  function tellIfBlocked(why: string | null | undefined): void {
    if (!stoppedBy || !why) return;
    reject(new DemoError(`Novita takes no jobs (${stoppedBy}): ${why}`));
  }

  function hear(who: string, line: LogLine): void {
    const { outcome, cause, message, err } = Words.parse(line);
    if (outcome === "blocked") refusal = message;
    if (line.msg.startsWith("breaker.open")) {
      stoppedBy = cause;
      setTimeout(() => tellIfBlocked("see the worker's log"), TOLD_WITHIN_MS);
    }
    tellIfBlocked(refusal);
    // Readiness is asked for until it is there.
    if (line.msg === "http.request") return;
    const tone = TONES[line.level];
    const detail = [line.msg, outcome, cause, message, err?.message].filter(Boolean).join(" · ");
    if (tone) screen.step(who, line.level, detail, tone);
  }

  return {
    hear,
    /** Rejects when submission has been stopped: an empty wallet, a bad key, a proxy in the way. */
    blocked,
  };
}
