/** One line of JSON for each unit of work. Prompts, keys and secrets never reach a log; URLs lose their query. */
import { pino } from "pino";
import type { DestinationStream, Logger } from "pino";

export type { Logger } from "pino";

/**
 * What a log may know of an error: a list of what is let in, since errors carry their circumstances with them (ioredis adds
 * the command with all its words, passwords and prompts among them; JSON.parse quotes what it could not read).
 */
function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return { message: String(error) };
  const code = "code" in error ? error.code : undefined;
  const message = error instanceof SyntaxError ? "a syntax error" : error.message;
  const frames = error.stack?.split("\n").filter((line) => line.startsWith("    at "));
  const cause = error.cause === undefined ? undefined : describeError(error.cause);
  return { type: error.name, message, code, stack: frames?.join("\n"), cause };
}

export function createLogger(process: "api" | "worker", level: string, to?: DestinationStream): Logger {
  const options = {
    level,
    base: { process },
    serializers: { err: describeError },
    formatters: { level: (label: string) => ({ level: label }) },
    timestamp: pino.stdTimeFunctions.isoTime,
  };
  return to ? pino(options, to) : pino(options);
}
