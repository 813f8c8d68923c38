// Everything that the demo runs, in the order in which it starts; it stops in the reverse order.
import { randomBytes } from "node:crypto";
import { mkdir, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { buildReceiver, type Receiver } from "../../src/simulator/receiver.ts";
import { buildSimulator } from "../../src/simulator/simulator.ts";
import { parseSecret, tenantSecret } from "../../src/shared/webhook/sign.ts";
import { useRedis } from "../redis.ts";
import { type Credentials, keepCredentials, newCredentials, writeCredentials } from "./credentials.ts";
import { DemoError } from "./demo-error.ts";
import { checkGivenRedis, removeKeys } from "./given-redis.ts";
import type { LogLine } from "./node-process.ts";
import { startProcesses } from "./processes.ts";
import type { Screen } from "./screen.ts";

const TENANT = "demo";

export type Installation = {
  apiUrl: string;
  /** null: the real Novita. */
  simulatorUrl: string | null;
  credentials: Credentials;
  /** Where the credentials are kept; null: they are this run's only. */
  credentialsFile: string | null;
  /** The tenant's own, derived from the master secret. */
  webhookSecret: string;
  receiver: Receiver;
  /** Rejects when a part of the installation fails; never resolves. */
  failure: Promise<never>;
};

type Closer = () => Promise<unknown>;

const SIMULATOR_PORT = 4010;
const RECEIVER_PORT = 4011;

/** The simulator is quick, so the worker may look often; nothing else differs from a real installation. */
const SIMULATOR_PACE = {
  POLL_FIRST_MS: "500",
  POLL_BASE_MS: "500",
  POLL_MAX_MS: "1500",
  SUBMIT_RPM: "600",
  BREAKER_PROBE_S: "5",
};

/** `closers` is filled as parts start, so that a failure half-way leaves nothing behind. */
export async function startInstallation(
  screen: Screen,
  closers: Closer[],
  onLog: (who: string, line: LogLine) => void,
): Promise<Installation> {
  const isReal = (process.env["NOVITA_API_KEY"] ?? "") !== "";
  const run = randomBytes(3).toString("hex");
  const dir = resolve(".data", isReal ? "demo-novita" : `demo-${run}`);
  await mkdir(dir, { recursive: true });
  if (!isReal) closers.push(() => rm(dir, { recursive: true, force: true }));
  const prefix = isReal ? "onetake-demo" : `onetake-demo-${run}`;
  const redisUrl = await openRedis(screen, closers, { dir, prefix, isKept: isReal });
  const simulator = isReal ? null : await open(closers, SIMULATOR_PORT, (port) => buildSimulator({ port }));
  const simulatorUrl = simulator?.url ?? null;
  screen.fact("novita", novitaLine(simulatorUrl));
  const credentialsFile = isReal ? join(dir, "credentials.json") : null;
  const credentials = credentialsFile ? await keepCredentials(credentialsFile) : newCredentials();
  const receiver = await openReceiver(closers, credentials);
  if (credentialsFile) await writeCredentials(credentialsFile, credentials);
  const settings = {
    REDIS_URL: redisUrl,
    KEY_PREFIX: prefix,
    API_KEYS: `${TENANT}:${credentials.apiKey}`,
    WEBHOOK_SECRET: credentials.webhookSecret,
    WEBHOOK_ALLOW_CIDRS: "127.0.0.1/32",
    LOG_LEVEL: "info",
    ...(simulatorUrl
      ? { NOVITA_API_KEY: "simulator", NOVITA_BASE_URL: simulatorUrl, ...SIMULATOR_PACE }
      : {}),
  };
  const processes = await startProcesses({ screen, closers, dir, settings, onLog });
  screen.fact("receiver", `${receiver.url} (webhooks arrive here)`);
  return {
    ...processes,
    simulatorUrl,
    credentials,
    credentialsFile,
    webhookSecret: deriveSecret(credentials.webhookSecret),
    receiver,
  };
}

async function openRedis(
  screen: Screen,
  closers: Closer[],
  { dir, prefix, isKept }: { dir: string; prefix: string; isKept: boolean },
): Promise<string> {
  const redis = await useRedis({ dir: join(dir, "redis"), appendonly: true });
  closers.push(redis.stop);
  if (redis.from !== "REDIS_URL") {
    screen.fact("redis", `${redis.url} (${redis.from}; append-only file on)`);
    return redis.url;
  }
  await checkGivenRedis(redis.url);
  if (!isKept) closers.push(() => removeKeys(redis.url, prefix));
  screen.fact("redis", "the one of REDIS_URL");
  return redis.url;
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

const novitaLine = (simulatorUrl: string | null): string =>
  simulatorUrl
    ? `${simulatorUrl} (the simulator: nothing is bought; NOVITA_API_KEY is not set)`
    : `${process.env["NOVITA_BASE_URL"] || "https://api.novita.ai"} (the real one: NOVITA_API_KEY is set)`;

const deriveSecret = (master: string): string => {
  const key = parseSecret(master);
  if (key === null) throw new DemoError("The kept webhook secret is malformed: remove .data/demo-novita.");
  return tenantSecret(key, TENANT, 0);
};
