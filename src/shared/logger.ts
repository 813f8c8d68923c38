/** One line of JSON for each unit of work. Prompts, keys and secrets never reach a log; URLs lose their query. */
import { pino } from "pino";
import type { DestinationStream, Logger } from "pino";

export type { Logger } from "pino";

const redacted = [
  "apiKey",
  "secret",
  "secrets",
  "authorization",
  "*.authorization",
  "input",
  "*.input",
  "prompt",
  "*.prompt",
];

export function createLogger(process: "api" | "worker", level: string, to?: DestinationStream): Logger {
  const options = {
    level,
    base: { process },
    redact: { paths: redacted, censor: "[redacted]" },
    formatters: { level: (label: string) => ({ level: label }) },
    timestamp: pino.stdTimeFunctions.isoTime,
  };
  return to ? pino(options, to) : pino(options);
}
