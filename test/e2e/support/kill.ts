// One worker is killed at one point of one job's road, and another one takes over.
import { testPrefix } from "../../support/redis.ts";
import { untilAtRest } from "./at-rest.ts";
import { post, postJob, readJob, untilReady } from "./caller.ts";
import { type Ends, type HandOver, jobOf } from "./hand-overs.ts";
import type { OnEnd } from "./on-end.ts";
import { openOwnApi } from "./own-processes.ts";
import type { News } from "./postbox.ts";
import { startApi, startWorker } from "./program.ts";
import { openRedisGate, type Words } from "./redis-gate.ts";
import type { Servers } from "./servers.ts";
import { settings } from "./settings.ts";
import { untilTold } from "./told.ts";
import { createTurns } from "./turns.ts";
import { kill, makeSnare, PATIENCE, startTurn, startVictim, type Stop, withinTime } from "./victim.ts";
import type { Write } from "./writes.ts";

export type KillPoint = Omit<HandOver, "before" | "after"> & Stop & { ends: Ends };

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

const RECOVERED_WITHIN_MS = 90_000;

/** Who comes to the rescue waits behind no victim. */
const rescueTurn = createTurns(2);

export async function killWorker(servers: Servers, point: KillPoint, onEnd: OnEnd): Promise<Outcome> {
  const { redis, simulator } = servers;
  const prefix = testPrefix();
  const places = { redis: redis.url, novita: simulator.url, prefix };
  const api = await openOwnApi(places, onEnd);
  const deaths: Outcome["deaths"] = [];
  let id = "";
  for (const stop of point.first ? [point.first, point] : [point]) {
    const victim = await startVictim(servers, { stop, prefix, act: kill }, onEnd);
    if (id === "") id = await postJob(api, jobOf(prefix, point, victim.receiverUrl));
    await victim.sprung();
    deaths.push({ hasSprung: victim.hasSprung(), signal: (await victim.program.ended).signal });
  }
  const diedAt = performance.now();
  const rescuer = await rescueTurn(() => startWorker(settings(places, PATIENCE), onEnd));
  const aloneMs = performance.now() - diedAt;
  const webhooks = () => servers.postbox.newsAt(`/${prefix}`);
  const status = await untilTold(
    async () => (await readJob(api, id)).status,
    webhooks,
    point.ends,
    RECOVERED_WITHIN_MS,
  );
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
  const { snare, sprung, setVictim } = makeSnare(point.when, kill);
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
  if (point.isAccepted) await untilTold(async () => "succeeded", webhooks, TOLD, RECOVERED_WITHIN_MS);
  const api = await openOwnApi(places, onEnd);
  const repeat = await post(api, body, asked);
  await untilTold(async () => "succeeded", webhooks, TOLD, RECOVERED_WITHIN_MS);
  await worker.kill("SIGKILL");
  const tasks = simulator.ledger.tasksOf(prefix).length;
  return { hasSprung: gate.hasSprung, signal, first, repeat: repeat.status, isTold: isTold(), tasks };
}

const TOLD = { status: "succeeded", events: ["job.succeeded"] };
