// A worker that is frozen (SIGSTOP: a suspended machine, a starved container) between winning `submitting` and its POST
// comes back too late: others may have given its attempt up, so it must not POST any more. Its deadline has run since
// before the begin script was sent.
import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually } from "../support/eventually.ts";
import { testPrefix } from "../support/redis.ts";
import { postJob, readJob, type WireJob } from "./support/caller.ts";
import { openHttpGate } from "./support/http-gate.ts";
import { openOwnApi } from "./support/own-processes.ts";
import { collectUndos } from "./support/on-end.ts";
import { type LogLine, type Program, startWorker } from "./support/program.ts";
import { openRedisGate } from "./support/redis-gate.ts";
import { type Servers, startServers } from "./support/servers.ts";
import { type Settled, settled, valueOf } from "./support/settled.ts";
import { settings } from "./support/settings.ts";
import { proof, transition, type Write } from "./support/writes.ts";

const SUBMIT_TIMEOUT_MS = 2500;
/** Rescue gives a submission up 15 s after its timeout, and walks every 15 s. */
const GIVEN_UP_WITHIN_MS = SUBMIT_TIMEOUT_MS + 15_000 + 17_000 + 5000;

type Freeze = {
  name: string;
  when: "before" | "after";
  at: Write;
  onUnconfirmed: "hold" | "fail" | "resubmit";
  /** How the job stands when the frozen worker is let go; null: let go as soon as its deadline is past. */
  until: string | null;
  ends: { status: string; tasks: number; posts: number; events: string[] };
};

const boughtOnce = { status: "succeeded", tasks: 1, posts: 1 };

const freezes: Freeze[] = [
  {
    name: "after begin is written, past the deadline only -> handed back as never sent, then bought once",
    when: "after",
    at: transition("begin"),
    onUnconfirmed: "hold",
    until: null,
    ends: { ...boughtOnce, events: ["job.succeeded"] },
  },
  {
    name: "before begin is written, past the deadline only -> handed back as never sent, then bought once",
    when: "before",
    at: transition("begin"),
    onUnconfirmed: "hold",
    until: null,
    ends: { ...boughtOnce, events: ["job.succeeded"] },
  },
  {
    name: "after begin is proved, until given up, hold -> its return proves that nothing was sent, so it is bought once",
    when: "after",
    at: proof,
    onUnconfirmed: "hold",
    until: "unconfirmed",
    ends: { ...boughtOnce, events: ["job.unconfirmed", "job.succeeded"] },
  },
  {
    name: "after begin is proved, until given up, fail -> stays failed, nothing is ever sent",
    when: "after",
    at: proof,
    onUnconfirmed: "fail",
    until: "failed",
    ends: { status: "failed", tasks: 0, posts: 0, events: ["job.failed"] },
  },
  {
    name: "after begin is proved, until given up, resubmit -> the other worker buys, the frozen one does not",
    when: "after",
    at: proof,
    onUnconfirmed: "resubmit",
    until: "succeeded",
    ends: { ...boughtOnce, events: ["job.succeeded"] },
  },
];

type Outcome = {
  job: WireJob;
  events: string[];
  tasks: number;
  /** POSTs of anybody, and those of the worker that was frozen. */
  posts: number;
  victimPosts: number;
  /** What the frozen worker said of its submissions, the frozen one first. */
  submissions: LogLine[];
};

const outcomes = new Map<Freeze, Settled<Outcome>>();
const { onEnd, undoAll } = collectUndos();

beforeAll(async () => {
  const servers = await startServers(onEnd);
  await Promise.all(freezes.map(async (freeze) => outcomes.set(freeze, await settled(run(servers, freeze)))));
});

afterAll(undoAll);

test.each(freezes)("frozen $name", (freeze) => {
  const outcome = valueOf(outcomes.get(freeze));
  expect(outcome.job.status).toBe(freeze.ends.status);
  expect(outcome).toMatchObject({
    tasks: freeze.ends.tasks,
    posts: freeze.ends.posts,
    events: freeze.ends.events,
  });
  const [frozen, ...later] = outcome.submissions;
  const notSent = { msg: "job.submitted", outcome: "unsent", cause: "deadline" };
  expect(frozen).toMatchObject(freeze.until ? { msg: "submit.overtaken" } : notSent);
  // Thawed, it is a worker like any other, and may win the job's next attempt.
  expect(outcome.victimPosts).toBe(later.length);
  expect(later.map((line) => line["attempt_id"])).not.toContain(frozen?.["attempt_id"]);
  expect(outcome.job.attempts).toBe(freeze.ends.posts);
});

async function run(servers: Servers, freeze: Freeze): Promise<Outcome> {
  const { redis, simulator, receiver } = servers;
  const prefix = testPrefix();
  const places = { redis: redis.url, novita: simulator.url, prefix };
  const victimGate = await openCountingGate(simulator.url);
  const rescuerGate = await openCountingGate(simulator.url);
  const api = await openOwnApi(places, onEnd);
  const victim = Promise.withResolvers<Program>();
  const isFrozen = Promise.withResolvers<void>();
  const thaw = Promise.withResolvers<void>();
  const spring = async () => {
    await (await victim.promise).kill("SIGSTOP");
    isFrozen.resolve();
    await thaw.promise;
    await (await victim.promise).kill("SIGCONT");
    return "pass" as const;
  };
  const snare = { when: freeze.when, matches: (words: string[]) => freeze.at(words, prefix), spring };
  const redisGate = await openRedisGate(redis.url, snare, onEnd);
  const quick = { SUBMIT_TIMEOUT_MS: String(SUBMIT_TIMEOUT_MS) };
  const frozen = await startWorker(
    settings({ ...places, redis: redisGate.url, novita: victimGate.url }, quick),
    onEnd,
  );
  victim.resolve(frozen);
  await frozen.logged("worker.started");
  const id = await postJob(api, {
    input: { prompt: `[[job:${prefix}]]` },
    webhook: { url: `${receiver.url}/${prefix}` },
    on_unconfirmed: freeze.onUnconfirmed,
  });
  await isFrozen.promise;
  const frozenAt = performance.now();
  const rescuer = startWorker(settings({ ...places, novita: rescuerGate.url }, quick), onEnd);
  await eventually(async () => {
    if (performance.now() - frozenAt < SUBMIT_TIMEOUT_MS + 200) throw new Error("too early");
    expect((await readJob(api, id)).status).toBe(
      freeze.until ?? (freeze.when === "after" ? "submitting" : "queued"),
    );
  }, GIVEN_UP_WITHIN_MS);
  expect(victimGate.posts()).toBe(0);
  thaw.resolve();
  await rescuer;
  await eventually(async () => expect(submissionsOf(frozen)).not.toEqual([]));
  const events = () => [...servers.postbox.newsAt(`/${prefix}`).keys()];
  const job = await eventually(async () => {
    const now = await readJob(api, id);
    expect([now.status, events()]).toEqual([freeze.ends.status, freeze.ends.events]);
    return now;
  }, 30_000);
  await frozen.kill("SIGKILL");
  return {
    job,
    events: events(),
    tasks: simulator.ledger.tasksOf(prefix).length,
    posts: victimGate.posts() + rescuerGate.posts(),
    victimPosts: victimGate.posts(),
    submissions: submissionsOf(frozen),
  };
}

/** What a worker said of submissions: that nothing was sent, since the job had moved on, or what came of the request. */
const submissionsOf = ({ log }: Program): LogLine[] =>
  log.filter(({ msg }) => msg === "job.submitted" || msg === "submit.overtaken");

/** A gate that lets everything pass and counts the POSTs. */
async function openCountingGate(url: string) {
  let posts = 0;
  const matches = ({ method }: { method: string }) => {
    if (method === "POST") posts += 1;
    return false;
  };
  const gate = await openHttpGate(url, { when: "before", matches, spring: async () => "pass" }, onEnd);
  return { url: gate.url, posts: () => posts };
}
