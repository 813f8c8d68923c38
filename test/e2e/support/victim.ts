// A process that is stopped at one point of a job's road: a snare on its way to one of its servers knows the moment.
import { openHttpGate, type Passing } from "./http-gate.ts";
import type { OnEnd } from "./on-end.ts";
import { type Program, startWorker } from "./program.ts";
import { openRedisGate, type Words } from "./redis-gate.ts";
import type { Servers } from "./servers.ts";
import { settings } from "./settings.ts";
import type { Snare } from "./snare.ts";
import { createTurns } from "./turns.ts";
import type { Write } from "./writes.ts";

/** At a write to Redis, at a request to Novita, or at one to the webhook's receiver. */
export type Place = { write: Write } | { novita: "POST" | "GET" } | { receiver: true };

export type Stop = { when: "before" | "after"; at: Place };

/** Stops a process while the message is held; what it returns becomes of the message. */
export type Act = (victim: Program) => Promise<"drop" | "pass">;

export type VictimOptions = {
  stop: Stop;
  prefix: string;
  act: Act;
  /** Wraps the victim's way to Novita. */
  front?: (novitaUrl: string) => Promise<string>;
  environment?: Record<string, string>;
};

export const kill: Act = async (victim) => {
  await victim.kill("SIGKILL");
  return "drop";
};

const SPRUNG_WITHIN_MS = 60_000;

/** Room for a busy machine: an answer that comes late would make an outcome unknown that is not meant to be. */
export const PATIENCE = { SUBMIT_TIMEOUT_MS: "5000" };

/** A start costs most of a second of one core, and more than two at once only slow each other down. */
export const startTurn = createTurns(2);

/** Starts a worker that will be stopped there. `sprung` resolves when it is. */
export async function startVictim(
  servers: Servers,
  { stop, prefix, act, front = async (url) => url, environment = {} }: VictimOptions,
  onEnd: OnEnd,
) {
  const { redis, simulator } = servers;
  const { snare, sprung, setVictim } = makeSnare(stop.when, act);
  const gates = await openGates(servers, stop.at, snare, prefix, onEnd);
  const places = { redis: redis.url, novita: simulator.url, prefix, ...gates.victim };
  places.novita = await front(places.novita);
  const program = await startTurn(async () => {
    const worker = await startWorker(settings(places, { ...PATIENCE, ...environment }), onEnd);
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

/** A snare without its mark, for a process that starts later. */
export function makeSnare(when: Stop["when"], act: Act) {
  const { promise: sprung, resolve } = Promise.withResolvers<void>();
  const victim = Promise.withResolvers<Program>();
  const spring = async () => {
    const fate = act(await victim.promise);
    resolve();
    return fate;
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

/** Waits for a snare to spring. */
export async function withinTime(work: Promise<void>, what: string): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`the snare did not spring (${what})`)), SPRUNG_WITHIN_MS);
  });
  await Promise.race([work, late]).finally(() => clearTimeout(timer));
}
