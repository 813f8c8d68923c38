import type { ChildProcess } from "node:child_process";
import { createConnection } from "node:net";
import { basename, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { spawnBound } from "./bound-process.ts";

export type RunningRedis = {
  url: string;
  port: number;
  pid: number;
  /** Where it was found, for people. */
  from: string;
  /** A clean stop; resolves when the process has ended. */
  stop(): Promise<void>;
  /** Resolves when the process has ended, or at once for a signal that ends nothing (SIGSTOP, SIGCONT). */
  kill(signal: NodeJS.Signals): Promise<void>;
};

/** What one start needs; `settings` as in redis.conf, besides those of address and folder, which come after `leading`. */
export type RedisLaunch = {
  dir: string;
  port: number;
  settings: Record<string, string>;
  from: string;
  leading?: string[];
};

const READY_WITHIN_MS = 30_000;
const STOPPED_WITHIN_MS = 10_000;
const LOG_KEPT_CHARS = 4_000;
const SIGNALS_THAT_END = new Set(["SIGKILL", "SIGTERM", "SIGINT", "SIGQUIT", "SIGABRT", "SIGSEGV"]);

export async function startRedisProcess(
  binary: { command: string; env: Record<string, string> },
  { dir, port, settings, from, leading = [] }: RedisLaunch,
): Promise<RunningRedis> {
  const place = { port: String(port), bind: "127.0.0.1", dir, pidfile: join(dir, "redis.pid") };
  const args = [...leading, ...toArguments({ ...place, ...settings })];
  const child = spawnBound(binary.command, args, { ...process.env, ...binary.env });
  const log = keepLog(child);
  const ended = endOf(child);
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
  const kill = async (signal: NodeJS.Signals) => {
    if (hasEnded()) return;
    child.kill(signal);
    if (SIGNALS_THAT_END.has(signal)) await ended;
  };
  const stop = async () => {
    if (hasEnded()) return;
    child.kill("SIGTERM");
    await Promise.race([ended, delay(STOPPED_WITHIN_MS, undefined, { ref: false })]);
    await kill("SIGKILL");
  };

  const problem = await Promise.race([ended, waitForRedis(port, { pid: child.pid, hasEnded })]);
  if (problem !== undefined || child.pid === undefined) {
    await kill("SIGKILL");
    throw new Error(`${basename(binary.command)} did not start: ${problem}\n${log()}`.trimEnd());
  }
  return { url: `redis://127.0.0.1:${port}`, port, pid: child.pid, from, stop, kill };
}

export function toArguments(settings: Record<string, string>): string[] {
  return Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
}

/**
 * Resolves with undefined once Redis has read its data (until then it answers LOADING), or with what is wrong. With a
 * `pid`, only that process counts: on a port that was taken, another Redis may answer.
 */
export async function waitForRedis(
  port: number,
  { pid, hasEnded = () => false }: { pid?: number | undefined; hasEnded?: () => boolean } = {},
): Promise<string | undefined> {
  const deadline = Date.now() + READY_WITHIN_MS;
  while (Date.now() < deadline) {
    if (hasEnded()) break;
    const isReady = (await ask(port, "PING")).startsWith("+PONG");
    if (isReady && (pid === undefined || (await ask(port, "INFO server")).includes(`process_id:${pid}\r`))) {
      return undefined;
    }
    await delay(20);
  }
  return `no answer on port ${port} within ${READY_WITHIN_MS / 1000} s`;
}

/** The first bytes of the answer, or nothing. */
function ask(port: number, command: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: "127.0.0.1", port, timeout: 1_000 });
    const answer = (text: string) => {
      socket.destroy();
      resolve(text);
    };
    socket.once("connect", () => socket.write(`${command}\r\n`));
    socket.once("data", (bytes) => answer(bytes.toString("latin1")));
    socket.once("timeout", () => answer(""));
    socket.once("error", () => answer(""));
    socket.once("close", () => answer(""));
  });
}

function endOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("exit", (code, signal) => resolve(`it ended with ${signal ?? `code ${code}`}; its log:`));
  });
}

function keepLog(child: ChildProcess): () => string {
  let kept = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (text: string) => (kept = (kept + text).slice(-LOG_KEPT_CHARS)));
  }
  return () => kept;
}
