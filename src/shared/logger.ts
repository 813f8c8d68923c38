/** One line of JSON for each unit of work. Prompts, keys and secrets never reach a log; URLs lose their query. */
import { pino } from "pino";
import type { ChildLoggerOptions, DestinationStream, Logger as PinoLogger } from "pino";

import { logLines } from "./log-lines.ts";
import type { Level, LineFields, LineLevel, LineName } from "./log-lines.ts";

/** Hears of each line, also of those that are too quiet to be written. */
export type Listener = <N extends LineName>(name: N, fields: LineFields<N>, level: Level) => void;

export type Logger = {
  /** Writes a line of the catalogue; `level` when it is louder, or quieter, than usual. */
  tell<N extends LineName>(name: N, fields: LineFields<N>, level?: LineLevel<N>): void;
  /** The same log, with fields that go into each of its lines. */
  child(bindings: Record<string, unknown>): Logger;
  heardBy(listener: Listener): void;
};

/** What a whole process logs by; Fastify wants pino's own verbs for what it says itself. */
export type ProcessLogger = Omit<Logger, "child"> &
  Omit<PinoLogger, "child"> & {
    child(bindings: Record<string, unknown>, options?: ChildLoggerOptions): ProcessLogger;
  };

export function createLogger(
  process: "api" | "worker" | "simulator",
  level: string,
  to?: DestinationStream,
): ProcessLogger {
  const options = {
    level,
    base: { process },
    serializers: { err: describeError },
    formatters: { level: (label: string) => ({ level: label }) },
    timestamp: pino.stdTimeFunctions.isoTime,
  };
  return withVerbs(to ? pino(options, to) : pino(options));
}

/** Children inherit the verbs: pino makes them with their parent as their prototype. */
function withVerbs(log: PinoLogger): ProcessLogger {
  const listeners: Listener[] = [];
  const verbs = {
    tell<N extends LineName>(this: PinoLogger, name: N, fields: LineFields<N>, asked?: Level): void {
      const line: { level: Level; act?: string } = logLines[name];
      const level = asked ?? line.level;
      for (const hear of listeners) hear(name, fields, level);
      const isAlarm = line.act !== undefined && level !== "info" && level !== "debug";
      const said: object = isAlarm ? { ...fields, act: line.act } : fields;
      this[level](said, name);
    },
    heardBy(listener: Listener): void {
      listeners.push(listener);
    },
  };
  // Holds because children have their parent as their prototype, which pino's types do not know.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return Object.assign(log, verbs) as unknown as ProcessLogger;
}

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
