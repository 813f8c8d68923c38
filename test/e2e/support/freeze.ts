// One worker is frozen at one point of one job's road for longer than its locks and its deadline, another one goes on
// with the job, and then the first one comes back.
import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import { holdsSlot, Job } from "../../../src/shared/job.ts";
import { makeKeys } from "../../../src/shared/store/keys.ts";
import { readRecord } from "../../../src/shared/store/record.ts";
import { eventually } from "../../support/eventually.ts";
import { testPrefix } from "../../support/redis.ts";
import { untilAtRest } from "./at-rest.ts";
import { get, type HistoryEntry, postJob, readHistory, readJob } from "./caller.ts";
import { type Ends, type HandOver, jobOf } from "./hand-overs.ts";
import type { OnEnd } from "./on-end.ts";
import { openOwnApi, openOwnWorker } from "./own-processes.ts";
import { openPostClock } from "./post-clock.ts";
import type { News } from "./postbox.ts";
import type { End, Program } from "./program.ts";
import type { Servers } from "./servers.ts";
import { untilTold } from "./told.ts";
import { type Act, kill, PATIENCE, startVictim, type Stop } from "./victim.ts";

export type FreezePoint = Omit<HandOver, "before" | "after" | "comesBack"> &
  Stop & { whileFrozen: Ends; ends: Ends };

export type Thawed = {
  hasSprung: boolean;
  /** The status, while one was frozen and when all was over, or why it never became what it should. */
  whileFrozen: string;
  status: string;
  tasks: number;
  webhooks: News;
  history: HistoryEntry[];
  /** When each request that buys left a worker, in ms by the clock of the history. */
  postedAt: number[];
  /** The attempts that have a slot, and those that should. */
  slots: string[];
  holders: string[];
  isAtRest: boolean;
  /** From its return to the end that was expected. */
  settledMs: number;
  /** Of the one that was frozen: its `/livez`, the status of another job that it alone could run, how it ended, what it said. */
  alive: number;
  next: string;
  end: End;
  said: string[];
};

/** Longer than BullMQ's lock and the checks that find it lost (30 s + 2 x 5 s), and than a submission may take (20 s). */
const FROZEN_MS = 42_000;
const GIVEN_UP_WITHIN_MS = 90_000;
const SETTLED_WITHIN_MS = 60_000;

export async function freezeWorker(servers: Servers, point: FreezePoint, onEnd: OnEnd): Promise<Thawed> {
  const { redis, simulator } = servers;
  const prefix = testPrefix();
  const places = { redis: redis.url, novita: simulator.url, prefix };
  const api = await openOwnApi(places, onEnd);
  const postedAt: number[] = [];
  const front = (url: string) => openPostClock(url, postedAt, onEnd);
  const { victim, id, thaw } = await freezeOnRoad(servers, point, { prefix, api, front }, onEnd);
  const novita = await front(simulator.url);
  const closeOther = await openOwnWorker({ ...places, novita }, PATIENCE, onEnd);
  const webhooks = () => servers.postbox.newsAt(`/${prefix}`);
  const readStatus = async () => (await readJob(api, id)).status;
  const frozenLongEnough = sleep(FROZEN_MS);
  const whileFrozen = await untilTold(readStatus, webhooks, point.whileFrozen, GIVEN_UP_WITHIN_MS);
  await frozenLongEnough;
  const thawedAt = performance.now();
  await thaw();
  const status = await untilTold(readStatus, webhooks, point.ends, SETTLED_WITHIN_MS);
  const settledMs = performance.now() - thawedAt;
  const isAtRest = await untilAtRest(redis.url, prefix);
  const history = await readHistory(api, id);
  const tasks = simulator.ledger.tasksOf(prefix).length;
  const posts = [...postedAt];
  const told = new Map(webhooks());
  await closeOther();
  const life = await proveLife(victim.program, api, prefix);
  return {
    hasSprung: victim.hasSprung(),
    whileFrozen,
    status,
    tasks,
    webhooks: told,
    history,
    postedAt: posts,
    ...(await readSlots(redis.url, prefix, id)),
    isAtRest,
    settledMs,
    ...life,
  };
}

type Road = { prefix: string; api: string; front: (url: string) => Promise<string> };

/** Posts the job and waits until the worker is frozen with it, after another was killed if the point says so. */
async function freezeOnRoad(
  servers: Servers,
  point: FreezePoint,
  { prefix, api, front }: Road,
  onEnd: OnEnd,
) {
  const thawed = Promise.withResolvers<void>();
  // What the server has answered lies in the frozen one's socket; what it has not been asked yet comes late.
  const freeze: Act = async (victim) => {
    await victim.kill("SIGSTOP");
    if (point.when === "before") await thawed.promise;
    return "pass";
  };
  const start = (stop: Stop, act: Act) => startVictim(servers, { stop, prefix, act, front }, onEnd);
  const dead = point.first ? await start(point.first, kill) : null;
  const { receiverUrl } = dead ?? { receiverUrl: null };
  let id = receiverUrl === null ? null : await postJob(api, jobOf(prefix, point, receiverUrl));
  await dead?.sprung();
  const victim = await start(point, freeze);
  id ??= await postJob(api, jobOf(prefix, point, victim.receiverUrl));
  await victim.sprung();
  const thaw = async () => {
    await victim.program.kill("SIGCONT");
    thawed.resolve();
  };
  return { victim, id, thaw };
}

/** It runs a job all alone, and stops when it is told to. */
async function proveLife(worker: Program, api: string, prefix: string) {
  const alive = (await get(`${worker.url}/livez`)).status;
  const id = await postJob(api, { input: { prompt: `[[job:${prefix}-next]]` } });
  const check = async () => {
    const { status } = await readJob(api, id);
    if (status !== "succeeded") throw new Error(`the next job is ${status}`);
    return status;
  };
  const next = await eventually(check, SETTLED_WITHIN_MS).catch(String);
  await worker.kill("SIGTERM");
  const end = await worker.ended;
  return { alive, next, end, said: worker.log.map(({ level, msg }) => `${level} ${msg}`) };
}

async function readSlots(url: string, prefix: string, id: string) {
  const redis = new Redis(url);
  try {
    const keys = makeKeys(prefix);
    const found = await readRecord(redis, keys.job(id), Job);
    const attempts = found?.record.attempts ?? [];
    const holders = attempts.filter((attempt) => found && holdsSlot(found.record, attempt));
    return {
      slots: await redis.zrange(keys.slots, "0", "-1"),
      holders: holders.map((attempt) => attempt.id),
    };
  } finally {
    redis.disconnect();
  }
}
