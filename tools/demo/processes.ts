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
  workerUrl: string;
  /** Kills the worker with SIGKILL, starts another one, and waits until that one is at work. */
  replaceWorker: () => Promise<void>;
  /** Rejects when one of them ends unasked; never resolves. */
  failure: Promise<never>;
};

export type ProcessOptions = {
  screen: Screen;
  closers: (() => Promise<unknown>)[];
  /** Of the log files. */
  dir: string;
  settings: NodeJS.ProcessEnv;
  /** Aborted when all is to stop: nothing is started any more. */
  signal: AbortSignal;
  onLog: (who: string, line: LogLine) => void;
};

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const LISTENING_WITHIN_MS = 20_000;
const READY_WITHIN_MS = 10_000;
const API_PORT = 3000;
const WORKER_PORT = 3001;
const LOOPBACK = "127.0.0.1";

export async function startProcesses(options: ProcessOptions): Promise<Processes> {
  const { screen, dir } = options;
  const { promise: failure, reject } = Promise.withResolvers<never>();
  failure.catch(() => {});
  const api = await startServer(options, "api", API_PORT, (port) => ({
    HOST: LOOPBACK,
    PORT: String(port),
    PUBLIC_URL: urlOf(port),
  }));
  api.failure.catch(reject);
  screen.fact("api", api.url);
  const startWorker = async (preferred: number) => {
    const started = await startServer(options, "worker", preferred, (port) => ({
      WORKER_HOST: LOOPBACK,
      WORKER_PORT: String(port),
      PUBLIC_URL: api.url,
    }));
    started.failure.catch(reject);
    return started;
  };
  let worker = await startWorker(WORKER_PORT);
  const replaceWorker = async () => {
    await worker.kill();
    worker = await startWorker(Number(new URL(worker.url).port));
  };
  screen.fact("worker", worker.url, `(logs: ${relative(process.cwd(), dir)}/*.log)`);
  return { apiUrl: api.url, workerUrl: worker.url, replaceWorker, failure };
}

const urlOf = (port: number): string => `http://${LOOPBACK}:${port}`;

type Server = { url: string; failure: Promise<never>; kill: () => Promise<void> };

/** On the preferred port if it is free. Another demo may take a free one first, so there are three tries. */
async function startServer(
  options: ProcessOptions,
  name: "api" | "worker",
  preferred: number,
  place: (port: number) => NodeJS.ProcessEnv,
  triesLeft = 2,
): Promise<Server> {
  const port = await findFreePort(preferred);
  options.signal.throwIfAborted();
  const server = launch(options, name, place(port));
  const leave = options.screen.watch(() => ({ who: name, what: "starting", percent: null }));
  try {
    await within(LISTENING_WITHIN_MS, name, Promise.race([server.listening, server.failure]));
    await Promise.race([waitUntilReady(name, urlOf(port)), server.failure]);
    return { url: urlOf(port), failure: server.failure, kill: server.kill };
  } catch (error) {
    if (triesLeft === 0 || !String(error).includes("EADDRINUSE")) throw error;
    return startServer(options, name, 0, place, triesLeft - 1);
  } finally {
    leave();
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
