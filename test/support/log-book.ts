import { createLogger, type ProcessLogger } from "../../src/shared/logger.ts";

export type LogLine = Record<string, unknown>;

/** A process's log, kept as lines that can be asked for. */
export type LogBook = {
  log: ProcessLogger;
  readonly lines: readonly LogLine[];
  /** The lines with this message. */
  named(message: string): LogLine[];
  /** Resolves with the first line, written already or to come, that has all these fields. */
  waitFor(fields: LogLine): Promise<LogLine>;
};

export function openLogBook(process: "api" | "worker", level = "info"): LogBook {
  const lines: LogLine[] = [];
  const waiting = new Set<(line: LogLine) => void>();
  const write = (text: string) => {
    const line: LogLine = JSON.parse(text);
    lines.push(line);
    for (const tell of waiting) tell(line);
  };
  const waitFor = (fields: LogLine) =>
    new Promise<LogLine>((resolve) => {
      const found = lines.find((line) => fits(line, fields));
      if (found) return resolve(found);
      const tell = (line: LogLine) => {
        if (!fits(line, fields)) return;
        waiting.delete(tell);
        resolve(line);
      };
      waiting.add(tell);
    });
  return {
    log: createLogger(process, level, { write }),
    lines,
    named: (message) => lines.filter((line) => line["msg"] === message),
    waitFor,
  };
}

const fits = (line: LogLine, fields: LogLine): boolean =>
  Object.entries(fields).every(([name, value]) => line[name] === value);
