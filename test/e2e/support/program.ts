// Onetake's own processes, as an operator starts them, with their logs and their ends.
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { type OnEnd, withTest } from "./on-end.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const STARTED_WITHIN_MS = 60_000;
const LINES_KEPT = 20_000;

const LogLine = z.looseObject({ level: z.string(), msg: z.string().default("") });
export type LogLine = z.infer<typeof LogLine>;

/** How a process ended: one of the two is null. */
export type End = { code: number | null; signal: NodeJS.Signals | null };

export type Program = {
  readonly pid: number;
  /** Of the API, or of the worker's health server. */
  readonly url: string;
  readonly log: readonly LogLine[];
  readonly ended: Promise<End>;
  readonly hasEnded: boolean;
  /** Sends the signal; for SIGKILL it resolves when the process is gone. */
  kill(signal: NodeJS.Signals): Promise<void>;
  /** Resolves with the first line, past or future, that has this message. */
  logged(message: string, withinMs?: number): Promise<LogLine>;
};

const running = new Set<ChildProcess>();
// However this process comes to end, the others must not outlive it.
process.once("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

/** `root`: the folder of another version. */
export const startApi = (environment: Environment, onEnd: OnEnd = withTest, root = ROOT): Promise<Program> =>
  start("api", environment, onEnd, root);

export const startWorker = (
  environment: Environment,
  onEnd: OnEnd = withTest,
  root = ROOT,
): Promise<Program> => start("worker", environment, onEnd, root);

type Environment = Record<string, string>;

/** Resolves when it listens, which it does whether Redis is there or not. */
async function start(
  name: "api" | "worker",
  environment: Environment,
  onEnd: OnEnd,
  root: string,
): Promise<Program> {
  const child = spawn(process.execPath, [`src/${name}/main.ts`], {
    cwd: root,
    env: { PATH: process.env["PATH"] ?? "", ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = endOf(child);
  onEnd(async () => {
    child.kill("SIGKILL");
    await ended;
  });
  const output = keepOutput(child);
  const listening = await output.first(`${name}.listening`, STARTED_WITHIN_MS);
  const pid = child.pid;
  if (pid === undefined) throw new Error(`${name} has no process id`);
  return {
    pid,
    url: String(listening["url"]),
    log: output.lines,
    ended,
    get hasEnded() {
      return child.exitCode !== null || child.signalCode !== null;
    },
    kill: async (signal) => {
      child.kill(signal);
      if (signal === "SIGKILL") await ended;
    },
    logged: (message, withinMs = STARTED_WITHIN_MS) => output.first(message, withinMs),
  };
}

function endOf(child: ChildProcess): Promise<End> {
  running.add(child);
  return new Promise((resolve) => {
    child.once("error", () => resolve({ code: null, signal: null }));
    child.once("close", (code, signal) => {
      running.delete(child);
      resolve({ code, signal });
    });
  });
}

function keepOutput(child: ChildProcess) {
  const lines: LogLine[] = [];
  let errors = "";
  const waiting = new Set<(line: LogLine | null) => void>();
  const tell = (line: LogLine | null) => {
    for (const wake of waiting) wake(line);
  };
  if (child.stdout === null || child.stderr === null) throw new Error("the process has no output");
  createInterface({ input: child.stdout }).on("line", (text) => {
    const line = LogLine.parse(JSON.parse(text));
    if (lines.length < LINES_KEPT) lines.push(line);
    tell(line);
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => (errors = (errors + text).slice(-4000)));
  child.once("close", () => tell(null));

  function first(message: string, withinMs: number): Promise<LogLine> {
    const known = lines.find((line) => line.msg === message);
    if (known) return Promise.resolve(known);
    const { promise, resolve, reject } = Promise.withResolvers<LogLine>();
    const fail = (why: string) => {
      const tail = lines.slice(-20).map((line) => JSON.stringify(line));
      reject(new Error(`no "${message}": ${why}\n${errors}\n${tail.join("\n")}`));
    };
    const timer = setTimeout(() => fail(`nothing in ${withinMs} ms`), withinMs);
    const wake = (line: LogLine | null) => {
      if (line === null) fail("the process has ended");
      else if (line.msg === message) resolve(line);
    };
    waiting.add(wake);
    return promise.finally(() => {
      clearTimeout(timer);
      waiting.delete(wake);
    });
  }

  return { lines, first };
}
