// An API is frozen (SIGSTOP) in the middle of what a caller asked for; the caller repeats it at another one, with the same
// Idempotency-Key, and the work goes on; then the first one comes back. What was asked happens once.
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { eventually } from "../support/eventually.ts";
import { testPrefix } from "../support/redis.ts";
import {
  act,
  type Answer,
  get,
  type HistoryEntry,
  post,
  postJob,
  readHistory,
  readJob,
  untilReady,
} from "./support/caller.ts";
import { jobOf } from "./support/hand-overs.ts";
import { collectUndos } from "./support/on-end.ts";
import { openOwnApi, openOwnWorker } from "./support/own-processes.ts";
import { type End, startApi } from "./support/program.ts";
import { openRedisGate, type Words } from "./support/redis-gate.ts";
import { type Servers, startServers } from "./support/servers.ts";
import { type Settled, settled, valueOf } from "./support/settled.ts";
import { settings } from "./support/settings.ts";
import { type Act, makeSnare, PATIENCE, startTurn, withinTime } from "./support/victim.ts";
import { intake, transition, type Write } from "./support/writes.ts";

type Request = {
  name: string;
  at: Write;
  /** Markers for the simulator, for the job that is there before; null: the request makes the job. */
  orders: string | null;
  ask: (api: string, id: string, servers: Servers, prefix: string) => Promise<Answer>;
  ends: { status: string; tasks: number; once: string };
};

const key = (prefix: string) => ({ idempotencyKey: prefix });

const requests: Request[] = [
  {
    name: "a job is taken in",
    at: intake,
    orders: null,
    ask: (api, _id, { receiver }, prefix) => post(api, jobOf(prefix, {}, receiver.url), key(prefix)),
    ends: { status: "succeeded", tasks: 1, once: "queued" },
  },
  {
    name: "a job is canceled",
    at: transition("cancel"),
    orders: "[[sim:gen=3600000]]",
    ask: (api, id, _servers, prefix) => act(api, { id, verb: "cancel" }, key(prefix)),
    ends: { status: "canceled", tasks: 1, once: "cancel" },
  },
  {
    name: "an unconfirmed job is bought again",
    at: transition("resubmit"),
    orders: "[[sim:submit=accept-then-dropx1]]",
    ask: (api, id, _servers, prefix) =>
      act(api, { id, verb: "resolve", body: { action: "resubmit" } }, key(prefix)),
    // The purchase that nobody could know of, and the one that was asked for.
    ends: { status: "succeeded", tasks: 2, once: "resubmit" },
  },
];

type Case = Request & { when: "before" | "after" };

const cases: Case[] = requests.flatMap((request) => [
  { ...request, when: "before" as const },
  { ...request, when: "after" as const },
]);

type Outcome = {
  hasSprung: boolean;
  /** What the frozen one answered in the end (null: nothing, its caller had gone), and the other one. */
  first: Answer | null;
  repeat: Answer;
  status: string;
  tasks: number;
  history: HistoryEntry[];
  events: number[][];
  ready: number;
  end: End;
};

const SETTLED_WITHIN_MS = 30_000;
const outcomes = new Map<Case, Settled<Outcome>>();
const { onEnd, undoAll } = collectUndos();

beforeAll(async () => {
  const servers = await startServers(onEnd);
  await Promise.all(cases.map(async (each) => outcomes.set(each, await settled(run(servers, each)))));
});

afterAll(undoAll);

test.each(cases)(
  "frozen $when the write by which $name, and repeated elsewhere -> it happens once",
  (each) => {
    const outcome = valueOf(outcomes.get(each));
    const { status, tasks, once } = each.ends;
    expect(outcome).toMatchObject({
      hasSprung: true,
      status,
      tasks,
      ready: 200,
      end: { code: 0, signal: null },
    });
    expect([200, 202]).toContain(outcome.repeat.status);
    // Too late for an answer, or the same one, or the word that nobody knows and a repeat tells.
    const { first, repeat } = outcome;
    expect([undefined, 200, 202, 503]).toContain(first?.status);
    const isTheSame = !first || first.status === 503 || idOf(first) === idOf(repeat);
    expect(isTheSame).toBe(true);
    const times = outcome.history.filter(({ type, transition: move }) => (move ?? type) === once).length;
    expect(times).toBe(1);
    for (const counts of outcome.events) expect(counts).toEqual([1, 1]);
  },
);

async function run(servers: Servers, { at, when, orders, ask, ends }: Case): Promise<Outcome> {
  const { redis, simulator, receiver } = servers;
  const prefix = testPrefix();
  const places = { redis: redis.url, novita: simulator.url, prefix };
  const other = await openOwnApi(places, onEnd);
  await openOwnWorker(places, PATIENCE, onEnd);
  const made = orders === null ? "" : await postJob(other, jobOf(prefix, { orders }, receiver.url));
  const ready = orders?.includes("drop") ? "unconfirmed" : "processing";
  if (made)
    await eventually(async () => expect((await readJob(other, made)).status).toBe(ready), SETTLED_WITHIN_MS);

  const thawed = Promise.withResolvers<void>();
  const freeze: Act = async (api) => {
    await api.kill("SIGSTOP");
    if (when === "before") await thawed.promise;
    return "pass";
  };
  const { snare, sprung, setVictim } = makeSnare(when, freeze);
  const gate = await openRedisGate(
    redis.url,
    { ...snare, matches: (words: Words) => at(words, prefix) },
    onEnd,
  );
  const victim = await startTurn(() => startApi(settings({ ...places, redis: gate.url }), onEnd));
  setVictim(victim);
  await untilReady(victim.url);
  const asked = ask(victim.url, made, servers, prefix).catch(() => null);
  await withinTime(sprung, prefix);
  const repeat = await ask(other, made, servers, prefix);
  const id = idOf(repeat);
  const untilSettled = () =>
    eventually(async () => expect((await readJob(other, id)).status).toBe(ends.status), SETTLED_WITHIN_MS);
  await untilSettled();
  await victim.kill("SIGCONT");
  thawed.resolve();
  const first = await asked;
  await untilReady(victim.url);
  await untilSettled();
  const history = await readHistory(other, id);
  const news = servers.postbox.newsAt(`/${prefix}`);
  const isReady = (await get(`${victim.url}/readyz`)).status;
  await victim.kill("SIGTERM");
  return {
    hasSprung: gate.hasSprung,
    first,
    repeat,
    history,
    ready: isReady,
    end: await victim.ended,
    status: (await readJob(other, id)).status,
    tasks: simulator.ledger.tasksOf(prefix).length,
    events: [...news.values()].map(({ ids, bodies }) => [ids.size, bodies.size]),
  };
}

const idOf = ({ body }: Answer): string => z.looseObject({ id: z.string() }).parse(body).id;
