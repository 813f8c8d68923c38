// The wall clock of a worker is set while it buys, by an hour in either direction. It must not buy when nobody can tell how
// long it took; its purchase must not be given up, since others go by Redis' clock; and it goes on as a worker like any other.
import { afterAll, beforeAll, expect, test } from "vitest";
import { testPrefix } from "../support/redis.ts";
import { eventually } from "../support/eventually.ts";
import { postJob, readJob } from "./support/caller.ts";
import { type HandOver, jobOf } from "./support/hand-overs.ts";
import { openPostClock } from "./support/post-clock.ts";
import { collectUndos } from "./support/on-end.ts";
import { openOwnApi, openOwnWorker } from "./support/own-processes.ts";
import type { End, LogLine } from "./support/program.ts";
import { type Servers, startServers } from "./support/servers.ts";
import { type Settled, settled, valueOf } from "./support/settled.ts";
import { createTurns } from "./support/turns.ts";
import { type Act, PATIENCE, startVictim } from "./support/victim.ts";
import { proof, transition } from "./support/writes.ts";

const HOUR_MS = 3_600_000;
const TOLD_WITHIN_MS = 60_000;

type Place = Pick<HandOver, "at"> & { when: "before" | "after"; name: string; isSent: boolean };

const places: Place[] = [
  { name: "before begin is written", when: "before", at: { write: transition("begin") }, isSent: false },
  { name: "after begin is written", when: "after", at: { write: transition("begin") }, isSent: false },
  { name: "after begin is proved", when: "after", at: { write: proof }, isSent: false },
  { name: "after Novita took the POST", when: "after", at: { novita: "POST" }, isSent: true },
  { name: "before accept is written", when: "before", at: { write: transition("accept") }, isSent: true },
];

type Case = Place & { direction: "forward" | "back"; moveMs: number };

const cases: Case[] = places.flatMap((place) => [
  { ...place, direction: "forward" as const, moveMs: HOUR_MS },
  { ...place, direction: "back" as const, moveMs: -HOUR_MS },
]);

type Outcome = {
  hasSprung: boolean;
  events: string[];
  tasks: number;
  posts: number;
  /** What the worker said of its first submission. */
  first: LogLine | undefined;
  /** Another job, which it ran alone, and how long that took. */
  next: string;
  nextMs: number;
  end: End;
};

const outcomes = new Map<Case, Settled<Outcome>>();
const { onEnd, undoAll } = collectUndos();

beforeAll(async () => {
  const servers = await startServers(onEnd);
  const takeTurn = createTurns(10);
  await Promise.all(
    cases.map((each) => takeTurn(async () => outcomes.set(each, await settled(run(servers, each))))),
  );
});

afterAll(undoAll);

test.each(cases)("set an hour $direction $name -> bought once, never given up, told", (each) => {
  const outcome = valueOf(outcomes.get(each));
  expect(outcome).toMatchObject({ hasSprung: true, events: ["job.succeeded"], tasks: 1, posts: 1 });
  const notSent = { outcome: "unsent", cause: "deadline" };
  expect(outcome.first).toMatchObject(each.isSent ? { outcome: "accepted" } : notSent);
  expect(outcome).toMatchObject({ next: "succeeded", end: { code: 0, signal: null } });
});

const setClock: Act = async (worker) => {
  await worker.kill("SIGUSR2");
  await worker.logged("test.clock_moved");
  return "pass";
};

async function run(servers: Servers, { moveMs, when, at }: Case): Promise<Outcome> {
  const { redis, simulator } = servers;
  const prefix = testPrefix();
  const places_ = { redis: redis.url, novita: simulator.url, prefix };
  const api = await openOwnApi(places_, onEnd);
  const postedAt: number[] = [];
  const front = (url: string) => openPostClock(url, postedAt, onEnd);
  const environment = {
    NODE_OPTIONS: `--import=${new URL("./support/movable-clock.ts", import.meta.url).href}`,
    CLOCK_MOVES_BY_MS: String(moveMs),
  };
  const victim = await startVictim(
    servers,
    { stop: { when, at }, prefix, act: setClock, front, environment },
    onEnd,
  );
  const id = await postJob(api, jobOf(prefix, {}, victim.receiverUrl));
  await victim.sprung();
  const closeOther = await openOwnWorker({ ...places_, novita: await front(simulator.url) }, PATIENCE, onEnd);
  const events = () => [...servers.postbox.newsAt(`/${prefix}`).keys()];
  await eventually(() => expect(events()).toContain("job.succeeded"), TOLD_WITHIN_MS);
  const first = victim.program.log.find(
    ({ msg, ...line }) => msg === "job.submitted" && line["job_id"] === id,
  );
  const [tasks, paid] = [simulator.ledger.tasksOf(prefix).length, postedAt.length];
  await closeOther();

  // Alone, it looks, delivers and signs by whatever clock it has.
  const startedAt = performance.now();
  const nextId = await postJob(api, jobOf(`${prefix}-next`, {}, victim.receiverUrl));
  const isTold = () => servers.postbox.newsAt(`/${prefix}-next`).has("job.succeeded");
  await eventually(() => expect(isTold()).toBe(true), TOLD_WITHIN_MS);
  const next = (await readJob(api, nextId)).status;
  const nextMs = performance.now() - startedAt;
  await victim.program.kill("SIGTERM");
  const end = await victim.program.ended;
  return { hasSprung: victim.hasSprung(), events: events(), tasks, posts: paid, first, next, nextMs, end };
}
