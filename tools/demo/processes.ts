// The API and the worker as the demo runs them: on ports of their own, ready before anything is asked of them.
import { join, relative } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { findFreePort } from "../free-port.ts";
import { DemoError } from "./demo-error.ts";
import { call } from "./http.ts";
import { type LogLine, type NodeProcess, startNode } from "./node-process.ts";
import type { Screen } from "./screen.ts";

export type Processes = {
  apiUrl: string;
  /** Rejects when one of them ends unasked; never resolves. */
  failure: Promise<never>;
};

export type ProcessOptions = {
  screen: Screen;
  closers: (() => Promise<unknown>)[];
  /** Of the log files. */
  dir: string;
  settings: NodeJS.ProcessEnv;
  onLog: (who: string, line: LogLine) => void;
};

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const LISTENING_WITHIN_MS = 20_000;
const READY_WITHIN_MS = 10_000;
const LOOPBACK = "127.0.0.1";

export async function startProcesses(options: ProcessOptions): Promise<Processes> {
  const { screen, dir } = options;
  const api = await startServer(options, "api", 3000, (port) => ({
    HOST: LOOPBACK,
    PORT: String(port),
    PUBLIC_URL: urlOf(port),
  }));
  screen.fact("api", api.url);
  const worker = await startServer(options, "worker", 3001, (port) => ({
    WORKER_HOST: LOOPBACK,
    WORKER_PORT: String(port),
    PUBLIC_URL: api.url,
  }));
  screen.fact("worker", `${worker.url}/readyz (logs: ${relative(process.cwd(), dir)}/*.log)`);
  const failure = Promise.race([api.failure, worker.failure]);
  failure.catch(() => {});
  return { apiUrl: api.url, failure };
}

const urlOf = (port: number): string => `http://${LOOPBACK}:${port}`;

type Server = { url: string; failure: Promise<never> };

/** On the preferred port if it is free. Another demo may take a free one first, so there are three tries. */
async function startServer(
  options: ProcessOptions,
  name: "api" | "worker",
  preferred: number,
  place: (port: number) => NodeJS.ProcessEnv,
  triesLeft = 2,
): Promise<Server> {
  const port = await findFreePort(preferred);
  const server = launch(options, name, place(port));
  try {
    await within(LISTENING_WITHIN_MS, name, Promise.race([server.listening, server.failure]));
    await Promise.race([waitUntilReady(name, urlOf(port)), server.failure]);
    return { url: urlOf(port), failure: server.failure };
  } catch (error) {
    if (triesLeft === 0 || !String(error).includes("EADDRINUSE")) throw error;
    return startServer(options, name, 0, place, triesLeft - 1);
  }
}

function launch(
  { screen, closers, dir, settings, onLog }: ProcessOptions,
  name: "api" | "worker",
  place: NodeJS.ProcessEnv,
): NodeProcess {
  const started = startNode({
    name,
    script: join(ROOT, `src/${name}/main.ts`),
    env: { ...process.env, ...settings, ...place },
    logFile: relative(process.cwd(), join(dir, `${name}.log`)),
    onLog: (line) => onLog(name, line),
  });
  closers.push(async () => {
    // One that is still starting has nothing to finish, and a failed one has been told of.
    const wasUp = started.isUp();
    const end = await started.stop();
    if (wasUp && end !== 0) screen.step(name, "stopped", `with ${end} instead of 0`, "bad");
  });
  return started;
}

async function within(ms: number, name: string, work: Promise<void>): Promise<void> {
  const timeout = new AbortController();
  const tooLate = delay(ms, undefined, { signal: timeout.signal }).then(() => {
    throw new DemoError(`The ${name} did not listen within ${ms / 1000} s.`);
  });
  try {
    await Promise.race([work, tooLate]);
  } finally {
    tooLate.catch(() => {});
    timeout.abort();
  }
}

async function waitUntilReady(name: string, url: string): Promise<void> {
  const deadline = performance.now() + READY_WITHIN_MS;
  let last = "it does not answer";
  while (performance.now() < deadline) {
    const answer = await call("GET", `${url}/readyz`).catch(() => undefined);
    if (answer?.status === 200) return;
    if (answer) last = `/readyz says ${JSON.stringify(answer.body)}`;
    await delay(50);
  }
  throw new DemoError(`The ${name} was not ready within ${READY_WITHIN_MS / 1000} s: ${last}.`);
}
