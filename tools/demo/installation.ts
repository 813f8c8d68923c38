// Everything that the demo runs, in the order in which it starts; it stops in the reverse order.
import { randomBytes } from "node:crypto";
import { mkdirSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { buildReceiver, type Receiver } from "../../src/simulator/receiver.ts";
import { buildSimulator, type Simulator } from "../../src/simulator/simulator.ts";
import { parseSecret, tenantSecret } from "../../src/shared/webhook/sign.ts";
import { type Credentials, keepCredentials, newCredentials, writeCredentials } from "./credentials.ts";
import { DemoError } from "./demo-error.ts";
import type { LogLine } from "./node-process.ts";
import { type Processes, startProcesses } from "./processes.ts";
import { openRedis } from "./redis.ts";
import type { Screen } from "./screen.ts";
import { type Crowd, processSettings, TENANT } from "./settings.ts";

export type Installation = Processes & {
  /** null: the real Novita. */
  simulator: Simulator | null;
  simulatorUrl: string | null;
  /** null: Redis is somebody else's. */
  crashRedis: (() => Promise<void>) | null;
  credentials: Credentials;
  /** Where the credentials are kept; null: they are this run's only. */
  credentialsFile: string | null;
  /** The tenant's own, derived from the master secret. */
  webhookSecret: string;
  receiver: Receiver;
};

type Closer = () => Promise<unknown>;

/** `crowd`: null for the usual few jobs. */
type Plan = {
  screen: Screen;
  closers: Closer[];
  crowd: Crowd | null;
  signal: AbortSignal;
  /** Whether what the processes have logged is wanted after their end. */
  mustKeepLogs: () => boolean;
  onLog: (who: string, line: LogLine) => void;
};

const SIMULATOR_PORT = 4010;
const RECEIVER_PORT = 4011;

/** `closers` is filled as parts start, so that a failure half-way leaves nothing behind. */
export async function startInstallation({
  screen,
  closers,
  crowd,
  signal,
  mustKeepLogs,
  onLog,
}: Plan): Promise<Installation> {
  const isReal = (process.env["NOVITA_API_KEY"] ?? "") !== "";
  const run = randomBytes(3).toString("hex");
  const dir = resolve(".data", isReal ? "demo-novita" : `demo-${run}`);
  // At once: a stop in between would leave it behind.
  mkdirSync(dir, { recursive: true });
  if (!isReal) closers.push(() => leaveFolder(screen, dir, mustKeepLogs()));
  const prefix = isReal ? "onetake-demo" : `onetake-demo-${run}`;
  const mustSurvive = crowd?.hasFaults ?? false;
  const redis = await openRedis(screen, closers, { dir, prefix, isKept: isReal, mustSurvive });
  const simulator = isReal ? null : await open(closers, SIMULATOR_PORT, (port) => buildSimulator({ port }));
  const simulatorUrl = simulator?.url ?? null;
  tellNovita(screen, simulatorUrl);
  const credentialsFile = isReal ? join(dir, "credentials.json") : null;
  const credentials = credentialsFile ? await keepCredentials(credentialsFile) : newCredentials();
  const receiver = await openReceiver(closers, credentials);
  if (credentialsFile) await writeCredentials(credentialsFile, credentials);
  screen.fact("receiver", receiver.url, "(webhooks arrive here)");
  const settings = processSettings({ redisUrl: redis.url, prefix, simulatorUrl }, credentials, crowd);
  const processes = await startProcesses({ screen, closers, dir, settings, signal, onLog });
  screen.step("all", "is up", "Ctrl-C stops it at any time", "good");
  return {
    ...processes,
    simulator,
    simulatorUrl,
    crashRedis: redis.crash,
    credentials,
    credentialsFile,
    webhookSecret: deriveSecret(credentials.webhookSecret),
    receiver,
  };
}

/** On the preferred port, or on any when that is taken. */
async function open<T extends { listen(): Promise<string>; close(): Promise<void> }>(
  closers: Closer[],
  preferred: number,
  build: (port: number) => T,
): Promise<T> {
  const server = build(preferred);
  closers.push(() => server.close());
  try {
    await server.listen();
    return server;
  } catch (error) {
    if (preferred === 0) throw error;
    return open(closers, 0, build);
  }
}

/** An unfinished purchase of the last run sends its webhook where that run's receiver was. */
async function openReceiver(closers: Closer[], credentials: Credentials): Promise<Receiver> {
  const wanted = credentials.receiverPort ?? RECEIVER_PORT;
  const receiver = await open(closers, wanted, (port) => buildReceiver({ port }));
  const port = Number(new URL(receiver.url).port);
  if (credentials.receiverPort !== null && port !== wanted) {
    throw new DemoError(
      `Port ${wanted} is taken, and the unfinished job of the last run sends its webhook there: free it, or remove ` +
        ".data/demo-novita to give that job up.",
    );
  }
  credentials.receiverPort = port;
  return receiver;
}

async function leaveFolder(screen: Screen, dir: string, isKept: boolean): Promise<void> {
  if (isKept) return screen.say(`What the processes have logged is kept in ${relative(process.cwd(), dir)}.`);
  await rm(dir, { recursive: true, force: true });
}

function tellNovita(screen: Screen, simulatorUrl: string | null): void {
  if (simulatorUrl) return screen.fact("novita", simulatorUrl, "(a simulator: nothing is bought)");
  screen.fact("novita", process.env["NOVITA_BASE_URL"] || "https://api.novita.ai", "(the real one)");
}

const deriveSecret = (master: string): string => {
  const key = parseSecret(master);
  if (key === null) throw new DemoError("The kept webhook secret is malformed: remove .data/demo-novita.");
  return tenantSecret(key, TENANT, 0);
};
