// The demo as a process of its own, in a folder of its own.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import { eventually } from "../../support/eventually.ts";

export const DEMO = fileURLToPath(new URL("../../../tools/demo.ts", import.meta.url));

export type Run = { child: ChildProcess; output: string };

const started: ChildProcess[] = [];

/** `stop` ends every demo that was started, and removes the folder. */
export async function openFolder(): Promise<{ dir: string; stop: () => Promise<void> }> {
  const dir = await mkdtemp(join(tmpdir(), "onetake-demo-"));
  const stop = async () => {
    for (const child of started.splice(0)) child.kill("SIGKILL");
    await rm(dir, { recursive: true, force: true, maxRetries: 5 });
  };
  return { dir, stop };
}

export function runDemo(dir: string, args: string[], env?: NodeJS.ProcessEnv): Run {
  return runProgram(dir, [process.execPath, DEMO, ...args], env);
}

export function runProgram(dir: string, [command = "", ...args]: string[], env: NodeJS.ProcessEnv = {}): Run {
  const child = spawn(command, args, {
    cwd: dir,
    stdio: ["ignore", "pipe", "pipe"],
    env: { PATH: process.env["PATH"], ...env },
  });
  started.push(child);
  const run = { child, output: "" };
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => (run.output += text));
  }
  return run;
}

export async function finish(run: Run): Promise<{ code: unknown; output: string }> {
  const [code]: unknown[] = await once(run.child, "close");
  return { code, output: run.output };
}

export async function shows(run: Run, text: string): Promise<void> {
  await eventually(() => expect(run.output).toContain(text), 60_000);
}

export const apiOf = ({ output }: Run): string => /^ {2}api +(http:\S+)$/m.exec(output)?.[1] ?? "no API";

/** Which of the addresses that it has told of still take connections. */
export async function listeningOf({ output }: Run): Promise<string[]> {
  const found = [...new Set(output.match(/(?:redis|http):\/\/127\.0\.0\.1:\d+/g))];
  const open = await Promise.all(found.map((url) => isListening(Number(new URL(url).port))));
  return found.filter((_, index) => open[index]);
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: "127.0.0.1", port });
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}
