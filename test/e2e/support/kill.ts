// One worker is killed at one point of one job's road, and another one takes over.
import { Redis } from "ioredis";
import { loadApiConfig } from "../../../src/shared/config.ts";
import { createLogger } from "../../../src/shared/logger.ts";
import { startApi as openApi } from "../../../src/api/api.ts";
import { eventually } from "../../support/eventually.ts";
import { testPrefix } from "../../support/redis.ts";
import { type JobBody, post, postJob, readJob, untilReady } from "./caller.ts";
import { openHttpGate, type Passing } from "./http-gate.ts";
import type { OnEnd } from "./on-end.ts";
import { type Program, startApi, startWorker } from "./program.ts";
import type { News } from "./postbox.ts";
import { openRedisGate, type Words } from "./redis-gate.ts";
import type { Servers } from "./servers.ts";
import { settings } from "./settings.ts";
import type { Snare } from "./snare.ts";
import { createTurns } from "./turns.ts";
import type { Write } from "./writes.ts";

/** Where a victim is caught: at a write to Redis, at a request to Novita, or at one to the webhook's receiver. */
export type Place = { write: Write } | { novita: "POST" | "GET" } | { receiver: true };

export type Kill = { when: "before" | "after"; at: Place };

export type KillPoint = Kill & {
  name: string;
  /** The death of another worker, which makes the victim the one that comes to the rescue. */
  first?: Kill;
  /** Markers for the simulator. */
  orders?: string;
  /** The receiver's answers, in order. */
  answers?: string;
  onUnconfirmed?: "hold" | "fail" | "resubmit";
  ends: { status: string; tasks: number; events: string[] };
};

export type Outcome = {
  /** How each victim ended, and whether that was the snare's doing. */
  deaths: { hasSprung: boolean; signal: NodeJS.Signals | null }[];
  /** The job's status, or why it never became what it should. */
  status: string;
  webhooks: News;
  /** From the last death to the end that was expected, told by webhook. */
  recoveryMs: number;
  /** Of that, how long nobody was there to come to the rescue: another worker was still starting. */
  aloneMs: number;
  /** From the last death until every queue entry that the dead had left was done with; null when that never was. */
  restMs: number | null;
  tasks: number;
};

const SPRUNG_WITHIN_MS = 60_000;
const RECOVERED_WITHIN_MS = 90_000;
const AT_REST_WITHIN_MS = 60_000;

/** Room for a busy machine: an answer that comes late would make an outcome unknown that is not meant to be. */
const PATIENCE = { SUBMIT_TIMEOUT_MS: "5000" };

/** A start costs most of a second of one core, and more than two at once only slow each other down. */
const startTurn = createTurns(2);
/** Who comes to the rescue waits behind no victim. */
const rescueTurn = createTurns(2);

export async function killWorker(servers: Servers, point: KillPoint, onEnd: OnEnd): Promise<Outcome> {
  const { redis, simulator } = servers;
  const prefix = testPrefix();
  const places = { redis: redis.url, novita: simulator.url, prefix };
  const api = await openOwnApi(places, onEnd);
  const deaths: Outcome["deaths"] = [];
  let id = "";
  for (const kill of point.first ? [point.first, point] : [point]) {
    const victim = await startVictim(servers, kill, prefix, onEnd);
    if (id === "") id = await postJob(api, jobOf(prefix, point, victim.receiverUrl));
    await victim.sprung();
    deaths.push({ hasSprung: victim.hasSprung(), signal: (await victim.program.ended).signal });
  }
  const diedAt = performance.now();
  const rescuer = await rescueTurn(() => startWorker(settings(places, PATIENCE), onEnd));
  const aloneMs = performance.now() - diedAt;
  const webhooks = () => servers.postbox.newsAt(`/${prefix}`);
  const status = await untilTold(async () => (await readJob(api, id)).status, webhooks, point.ends);
  const recoveryMs = performance.now() - diedAt;
  const isAtRest = await untilAtRest(redis.url, prefix);
  const restMs = isAtRest ? performance.now() - diedAt : null;
  await rescuer.kill("SIGKILL");
  const tasks = simulator.ledger.tasksOf(prefix).length;
  return { deaths, status, webhooks: webhooks(), recoveryMs, aloneMs, restMs, tasks };
}

export type IntakePoint = Pick<KillPoint, "name" | "when"> & { at: { write: Write }; isAccepted: boolean };

/** The API is killed while it takes a job in; its caller, who got no answer, repeats the request elsewhere. */
export async function killApi(servers: Servers, point: IntakePoint, onEnd: OnEnd) {
  const { redis, simulator, receiver } = servers;
  const prefix = testPrefix();
  const places = { redis: redis.url, novita: simulator.url, prefix };
  const { snare, sprung, setVictim } = makeSnare(point.when);
  const matches = (words: Words) => point.at.write(words, prefix);
  const gate = await openRedisGate(redis.url, { ...snare, matches }, onEnd);
  const victim = await startTurn(() => startApi(settings({ ...places, redis: gate.url }), onEnd));
  setVictim(victim);
  await untilReady(victim.url);
  const worker = await startTurn(() => startWorker(settings(places, PATIENCE), onEnd));
  const body = jobOf(prefix, point, receiver.url);
  const asked = { idempotencyKey: prefix };
  const first = await post(victim.url, body, asked).then(
    ({ status }) => status,
    () => null,
  );
  await withinTime(sprung, prefix);
  const { signal } = await victim.ended;
  const webhooks = () => servers.postbox.newsAt(`/${prefix}`);
  const isTold = () => webhooks().has("job.succeeded");
  // What is written is done without the caller's help.
  if (point.isAccepted) await untilTold(async () => "succeeded", webhooks, TOLD);
  const api = await openOwnApi(places, onEnd);
  const repeat = await post(api, body, asked);
  await untilTold(async () => "succeeded", webhooks, TOLD);
  await worker.kill("SIGKILL");
  const tasks = simulator.ledger.tasksOf(prefix).length;
  return { hasSprung: gate.hasSprung, signal, first, repeat: repeat.status, isTold: isTold(), tasks };
}

const TOLD = { status: "succeeded", events: ["job.succeeded"] };

async function startVictim(servers: Servers, kill: Kill, prefix: string, onEnd: OnEnd) {
  const { redis, simulator } = servers;
  const { snare, sprung, setVictim } = makeSnare(kill.when);
  const gates = await openGates(servers, kill.at, snare, prefix, onEnd);
  const places = { redis: redis.url, novita: simulator.url, prefix, ...gates.victim };
  const program = await startTurn(async () => {
    const worker = await startWorker(settings(places, PATIENCE), onEnd);
    setVictim(worker);
    await Promise.race([worker.logged("worker.started"), sprung]);
    return worker;
  });
  return {
    program,
    receiverUrl: gates.receiver,
    hasSprung: gates.hasSprung,
    sprung: () => withinTime(sprung, prefix),
  };
}

function makeSnare(when: "before" | "after") {
  const { promise: sprung, resolve } = Promise.withResolvers<void>();
  const victim = Promise.withResolvers<Program>();
  const spring = async () => {
    await (await victim.promise).kill("SIGKILL");
    resolve();
    return "drop" as const;
  };
  return { snare: { when, spring }, sprung, setVictim: victim.resolve };
}

/** The victim's way to each server, with the snare on one of them. The receiver's address is the job's, so everybody takes it. */
async function openGates(
  { redis, simulator, receiver }: Servers,
  at: Place,
  snare: Omit<Snare<never>, "matches">,
  prefix: string,
  onEnd: OnEnd,
) {
  if ("write" in at) {
    const matches = (words: Words) => at.write(words, prefix);
    const gate = await openRedisGate(redis.url, { ...snare, matches }, onEnd);
    return { victim: { redis: gate.url }, receiver: receiver.url, hasSprung: () => gate.hasSprung };
  }
  const isNovita = "novita" in at;
  const matches = ({ method }: Passing) => !isNovita || method === at.novita;
  const gate = await openHttpGate(isNovita ? simulator.url : receiver.url, { ...snare, matches }, onEnd);
  const hasSprung = () => gate.hasSprung;
  return isNovita
    ? { victim: { novita: gate.url }, receiver: receiver.url, hasSprung }
    : { victim: {}, receiver: gate.url, hasSprung };
}

/** An API in this process, where it is not what the test is about. */
export async function openOwnApi(places: Parameters<typeof settings>[0], onEnd: OnEnd): Promise<string> {
  const api = await openApi(loadApiConfig(settings(places)), createLogger("api", "silent"));
  onEnd(() => api.close());
  await untilReady(api.url);
  return api.url;
}

function jobOf(
  prefix: string,
  { orders = "", answers, onUnconfirmed = "hold" }: Partial<KillPoint>,
  receiverUrl: string,
): JobBody {
  return {
    input: { prompt: `[[job:${prefix}]] [[sim:gen=1000]] ${orders}` },
    webhook: { url: `${receiverUrl}/${prefix}${answers === undefined ? "" : `?answer=${answers}`}` },
    on_unconfirmed: onUnconfirmed,
  };
}

/** Waits for the status and the webhooks; returns the status, or what was still missing. */
async function untilTold(
  readStatus: () => Promise<string>,
  webhooks: () => News,
  { status: expected, events }: { status: string; events: string[] },
): Promise<string> {
  const check = async () => {
    const status = await readStatus();
    const told = webhooks();
    const missing = events.filter((type) => !told.has(type));
    if (status === expected && missing.length === 0) return status;
    throw new Error(`${status}, not told: ${missing.join(", ") || "nothing"}`);
  };
  return eventually(check, RECOVERED_WITHIN_MS).catch((error: unknown) => String(error));
}

/** What the dead had in hand is run once more by the living, and must come to nothing. */
async function untilAtRest(url: string, prefix: string): Promise<boolean> {
  const redis = new Redis(url);
  // Errors come to whoever asks.
  redis.on("error", () => undefined);
  try {
    return await eventually(async () => {
      const queues = ["submit", "poll", "deliver"].map((queue) => `{${prefix}}:${queue}`);
      const lists = queues.flatMap((queue) => [`${queue}:active`, `${queue}:wait`]);
      const sets = queues.flatMap((queue) => [`${queue}:delayed`, `${queue}:prioritized`]);
      const sizes = await Promise.all([
        ...lists.map((key) => redis.llen(key)),
        ...sets.map((key) => redis.zcard(key)),
      ]);
      if (sizes.some((size) => size > 0)) throw new Error(`entries left: ${sizes.join(" ")}`);
      return true;
    }, AT_REST_WITHIN_MS).catch(() => false);
  } finally {
    redis.disconnect();
  }
}

async function withinTime(work: Promise<void>, what: string): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`the snare did not spring (${what})`)), SPRUNG_WITHIN_MS);
  });
  await Promise.race([work, late]).finally(() => clearTimeout(timer));
}
