// One of Onetake's processes as the demo runs it: its log goes to a file, its alarms are heard, its end is noticed.
import { createWriteStream } from "node:fs";
import { createInterface } from "node:readline";
import { z } from "zod";
import { spawnBound } from "../bound-process.ts";
import { DemoError } from "./demo-error.ts";

const LogLine = z.looseObject({ level: z.string(), msg: z.string() });
export type LogLine = z.infer<typeof LogLine>;

export type NodeProcess = {
  /** Resolves when it has logged that it listens. */
  listening: Promise<void>;
  isUp(): boolean;
  /** Rejects when the process ends unasked; never resolves. */
  failure: Promise<never>;
  /** Asks it to stop and waits until it has. Returns its exit code, or the signal that ended it. */
  stop(): Promise<number | string>;
  /** Ends it with SIGKILL, as a crash would, and waits until it has. */
  kill: () => Promise<void>;
};

type Launch = {
  name: string;
  script: string;
  env: NodeJS.ProcessEnv;
  logFile: string;
  onLog: (line: LogLine) => void;
};

const COMPLAINT_KEPT_CHARS = 2_000;

export function startNode({ name, script, env, logFile, onLog }: Launch): NodeProcess {
  const child = spawnBound(process.execPath, [script], env);
  // A worker that takes over from a killed one goes on with its log.
  const log = createWriteStream(logFile, { flags: "a" });
  const listening = Promise.withResolvers<void>();
  createInterface({ input: child.stdout }).on("line", (text) => {
    log.write(`${text}\n`);
    const line = readLogLine(text);
    if (line?.msg === `${name}.listening`) listening.resolve();
    if (line) onLog(line);
  });
  let complaint = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    log.write(text);
    complaint = (complaint + text).slice(0, COMPLAINT_KEPT_CHARS);
  });

  let isUp = false;
  void listening.promise.then(() => (isUp = true));
  let wasAsked = false;
  const ended = new Promise<number | string>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => log.end(() => resolve(code ?? signal ?? "unknown")));
  });
  const failure = ended.then((end) => {
    isUp = false;
    if (wasAsked) return new Promise<never>(() => {});
    throw new DemoError(`The ${name} ended (${end}); its log: ${logFile}\n${complaint}`.trimEnd());
  });
  const end = (signal: NodeJS.Signals) => {
    wasAsked = true;
    child.kill(signal);
    return ended;
  };
  const stop = () => end("SIGTERM");
  const kill = async () => void (await end("SIGKILL"));
  failure.catch(() => {});
  return { listening: listening.promise, isUp: () => isUp, failure, stop, kill };
}

function readLogLine(text: string): LogLine | undefined {
  try {
    return LogLine.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
