// One of the processes under test. It ends when the benchmark does, however that ends.
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { setTimeout as delay } from "node:timers/promises";
import { spawnBound } from "../tools/bound-process.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const STOPPED_WITHIN_MS = 10_000;
/** The log goes to its file by the process itself: nobody else spends time on it. */
const LOGGING_TO = 'log="$1"; shift; exec "$@" >"$log" 2>&1';

export type Launch = { script: string; env: Record<string, string>; logFile: string; nodeOptions?: string[] };

export type BenchProcess = {
  pid: number;
  /** Rejects when it ends unasked; never resolves. */
  failure: Promise<never>;
  /** One that takes too long to stop is cut short. */
  stop(signal: NodeJS.Signals): Promise<void>;
};

export function startProcess({ script, env, logFile, nodeOptions = [] }: Launch): BenchProcess {
  const command = [logFile, process.execPath, ...nodeOptions, `${ROOT}${script}`];
  const path = process.env["PATH"] ?? "";
  const child = spawnBound("/bin/sh", ["-c", LOGGING_TO, "sh", ...command], { PATH: path, ...env });
  let wasAsked = false;
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const failure = ended.then(async () => {
    if (wasAsked) return new Promise<never>(() => {});
    const log = await readFile(logFile, "utf8").catch(() => "");
    throw new Error(`${script} has ended:\n${log.slice(-2000)}`);
  });
  failure.catch(() => {});
  const stop = async (signal: NodeJS.Signals) => {
    wasAsked = true;
    child.kill(signal);
    const isOver = ended.then(() => true);
    if (!(await Promise.race([isOver, delay(STOPPED_WITHIN_MS, false, { ref: false })])))
      child.kill("SIGKILL");
    await ended;
  };
  return { pid: child.pid ?? 0, failure, stop };
}

/** Linux counts in hundredths of a second, whatever the processor. */
const TICK_MS = 10;

/** Processor time that a process has taken so far, in ms; NaN where the system does not tell. */
export function cpuMs(pid: number): number {
  try {
    // After the name, which may hold spaces: fields 14 and 15 of proc(5) are the ticks of user and system.
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
    return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
  } catch {
    return Number.NaN;
  }
}
