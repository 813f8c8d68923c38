/** One line of JSON for each unit of work. Prompts, keys and secrets never reach a log; URLs lose their query. */
import { once } from "node:events";
import type { EventEmitter } from "node:events";

import { pino } from "pino";
import type { ChildLoggerOptions, DestinationStream, Logger as PinoLogger } from "pino";

import type { Level, Line } from "./log-line.ts";
import { logLines } from "./log-lines.ts";
import type { LineFields, LineLevel, LineName } from "./log-lines.ts";
import { within } from "./within.ts";

/** How long a stopping process waits for its last lines. */
const LAST_LINES_MS = 200;

/** Hears of each line, also of those that are too quiet to be written. */
export type Listener = <N extends LineName>(name: N, fields: LineFields<N>, level: Level) => void;

export type Logger = {
  /** Writes a line of the catalogue; `level` when it is louder, or quieter, than usual. */
  tell<N extends LineName>(name: N, fields: LineFields<N>, level?: LineLevel<N>): void;
  /** The same log, with fields that go into each of its lines. */
  child(bindings: Record<string, unknown>): Logger;
  heardBy(listener: Listener): void;
  /** Resolves when what was told is written, or cannot be: nobody may be reading any more. */
  flush(): Promise<void>;
};

/** What a whole process logs by; Fastify wants pino's own verbs for what it says itself. */
export type ProcessLogger = Omit<Logger, "child"> &
  Omit<PinoLogger, "child" | "flush"> & {
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
  if (to) return withVerbs(pino(options, to), { wrote: () => undefined, flush: async () => undefined });
  const stdout = pino.destination(1);
  return withVerbs(pino(options, stdout), watchOver(stdout));
}

/** Is told of each line that is on its way. */
type Output = { wrote: () => void; flush: () => Promise<void> };

function watchOver(stdout: EventEmitter): Output {
  let isPending = false;
  stdout.on("drain", () => {
    isPending = false;
  });
  return {
    wrote: () => {
      isPending = true;
    },
    flush: async () => {
      if (isPending)
        await within(
          LAST_LINES_MS,
          once(stdout, "drain").catch(() => undefined),
        );
    },
  };
}

/** Children inherit the verbs: pino makes them with their parent as their prototype. */
function withVerbs(log: PinoLogger, { wrote, flush }: Output): ProcessLogger {
  const listeners: Listener[] = [];
  const verbs = {
    flush,
    tell<N extends LineName>(this: PinoLogger, name: N, fields: LineFields<N>, asked?: Level): void {
      const line: Line = logLines[name];
      const level = asked ?? line.level;
      const act = level === line.level ? line.act : line.other?.[level]?.act;
      const said: object = act === undefined ? fields : { ...fields, act };
      this[level](said, name);
      if (this.isLevelEnabled(level)) wrote();
      for (const hear of listeners) {
        try {
          hear(name, fields, level);
        } catch (error) {
          const { act: report } = logLines["listener.failed"];
          this.error({ err: error, act: report }, "listener.failed" satisfies LineName);
        }
      }
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
