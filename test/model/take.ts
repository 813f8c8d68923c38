/** One step: what it does to Redis, to Novita's books and to the receiver, and how far the program goes on by it. */
import type { Outcome } from "../../src/worker/outcome.ts";
import type { Testimony } from "../../src/shared/store/jobs.ts";
import { Run } from "./doors.ts";
import type { Want } from "./doors.ts";
import type { Server } from "./image.ts";
import { answerOf, ensureAwake, lookAt, takePost, send, settlePost, wake } from "./outside.ts";
import { isWorkers, programOf } from "./programs.ts";
import type { Task } from "./programs.ts";
import { isFree, nextMoment } from "./steps.ts";
import type { Step } from "./steps.ts";
import type { Actor, Chances, Entry, State } from "./state.ts";
import { Violation } from "./violation.ts";
import type { Virtual } from "./virtual.ts";

/** `testimony`: what every worker was told by this Redis when it joined. */
export type World = { server: Server; virtual: Virtual; testimony: Testimony };

/** The next state; the one before is left as it is. */
export async function take(world: World, state: State, step: Step): Promise<State> {
  const next = copyOf(state);
  switch (step.do) {
    case "start":
      await start(world, next, step.task);
      return next;
    case "open":
      await open(world, next, find(next, step.actor), step.n, step.how);
      return next;
    case "lose":
      await lose(world, next, find(next, step.actor), step.n);
      return next;
    case "die":
      await die(world, next, find(next, step.actor), step.n);
      return next;
    case "crash":
      next.left.crash--;
      drop(next, step.actor);
      return next;
    case "failover":
      takeOver(next);
      return next;
    case "wait":
      next.left.wait--;
      next.now = nextMoment(next) ?? next.now;
      return next;
  }
}

const copyOf = (state: State): State => ({
  ...state,
  actors: state.actors.map((actor) => ({ ...actor })),
  entries: state.entries.map((entry) => ({ ...entry })),
  posts: state.posts.map((post) => ({ ...post })),
  sold: state.sold.map((task) => ({ ...task })),
  left: { ...state.left },
  over: null,
});

function find(state: State, id: number): Actor {
  const actor = state.actors.find((each) => each.id === id);
  if (!actor) throw new Error(`There is no actor ${id}.`);
  return actor;
}

function wantAt(actor: Actor, n: number): Want {
  const want = actor.wants.find((each) => each.n === n);
  if (!want) throw new Error(`${actor.name} does not stand at door ${n}.`);
  return want;
}

function drop(state: State, id: number): void {
  state.actors = state.actors.filter((actor) => actor.id !== id);
}

async function start(world: World, state: State, task: Task): Promise<void> {
  const id = ++state.births;
  const actor: Actor = {
    id,
    name: nameOf(state, task),
    task,
    bornAt: state.now,
    seen: [],
    wants: [],
    ...blank,
  };
  if (isChance(task.does)) state.left[task.does]--;
  const entry = entryOf(state, task);
  if (entry) {
    const isTaken = entry.state === "active" && state.actors.some((other) => other.id === entry.by);
    if (isTaken || !isFree(state, entry)) state.left.again = Math.max(0, state.left.again - 1);
    entry.state = "active";
    entry.by = id;
  }
  state.actors.push(actor);
  const run = await runOf(world, actor);
  await goOn(world, state, actor, run, true);
}

const blank = { unheard: [], attempt: null, told: [] };

const isChance = (does: Task["does"]): does is keyof Chances & Task["does"] =>
  ["cancel", "fail", "resubmit", "attach", "erase"].includes(does);

/** The first letter that nobody else of the kind has. */
function nameOf({ actors }: State, { does }: Task): string {
  const taken = new Set(actors.map(({ name }) => name));
  return ["A", "B", "C"].map((letter) => `${does} ${letter}`).find((name) => !taken.has(name)) ?? does;
}

const entryOf = (state: State, task: Task): Entry | undefined =>
  "entry" in task
    ? state.entries.find(
        ({ stage, id, n }) => stage === task.does && id === task.entry.id && n === task.entry.n,
      )
    : undefined;

async function runOf({ virtual, testimony }: World, { id, bornAt, task, seen }: Actor): Promise<Run> {
  const run = new Run(virtual, String(id), bornAt);
  await run.start(programOf(task, testimony), seen);
  return run;
}

async function open(world: World, state: State, actor: Actor, n: number, how: string): Promise<void> {
  const want = wantAt(actor, n);
  const run = await runOf(world, actor);
  const { answer, isWrite } = await answerTo(world, state, actor, want, how);
  await hear(state, actor, run, want, answer);
  if (want.door === "post") settlePost(state, run.wants);
  await goOn(world, state, actor, run, !isWrite);
}

/** What an API had under way goes with the old server: it sends nothing again. Workers do. */
function takeOver(state: State): void {
  state.left.failover--;
  state.image = state.forgettable?.before ?? state.image;
  state.forgettable = null;
  state.actors = state.actors.filter(({ task }) => isWorkers(task));
}

/** The script runs, and whoever sent it is gone. */
async function die(world: World, state: State, actor: Actor, n: number): Promise<void> {
  await answerTo(world, state, actor, wantAt(actor, n), "goes through");
  state.left.crash--;
  drop(state, actor.id);
}

async function hear(state: State, actor: Actor, run: Run, { n }: Want, answer: unknown): Promise<void> {
  const seen = { n, at: state.now, answer };
  actor.seen = [...actor.seen, seen];
  await run.answer(seen);
}

async function lose(world: World, state: State, actor: Actor, n: number): Promise<void> {
  await answerTo(world, state, actor, wantAt(actor, n), "goes through");
  actor.unheard = [...actor.unheard, n];
  state.left.lost--;
}

/**
 * Some doors need no step of their own. To read later is to take the step before later, unless that was a write of the
 * record; a wake-up that comes later is one that is taken later; and where no proof can fail, nobody waits for it. Then
 * the program stands at its next doors, or is over.
 */
async function goOn(world: World, state: State, actor: Actor, run: Run, mayRead: boolean): Promise<void> {
  for (let free = mayRead; ; free = true) {
    const passed = run.wants.find((want) => isPassed(state, want, free));
    if (!passed) break;
    const how = passed.door === "confirm" ? "proven" : "goes through";
    const { answer } = await answerTo(world, state, actor, passed, how);
    await hear(state, actor, run, passed, answer);
  }
  actor.wants = run.wants;
  if (run.failure !== null) {
    throw new Violation("no step breaks", `${actor.name} threw ${run.failure.message}.`, {
      cause: run.failure,
    });
  }
  const entry = entryOf(state, actor.task);
  if (run.outcome && entry?.by === actor.id) release(entry, run.outcome, state.now);
  if (run.isOver) end(state, actor);
}

const READS = new Set(["hget", "get", "smembers", "xrange", "hmget", "zrange"]);

function isPassed({ left }: State, want: Want, mayRead: boolean): boolean {
  if (want.door === "command") return READS.has(want.words[0]);
  if (want.door === "script") return want.name === "read" && mayRead;
  if (want.door === "confirm") return left.failover === 0 && left.unproven === 0;
  return want.door === "wake" || want.door === "ensureAwake";
}

/** As `stages.ts` tells BullMQ. */
function release(entry: Entry, outcome: Outcome, now: number): void {
  const isDone = outcome.as === "done" || outcome.as === "discard";
  entry.state = isDone ? "finished" : "waiting";
  entry.at = isDone || outcome.as === "doze" ? now : now + Math.round(outcome.ms);
  entry.by = null;
}

/** Over, and with all that it has heard in the record. */
function end(state: State, actor: Actor): void {
  drop(state, actor.id);
  state.over = { name: actor.name, told: actor.told };
}

type Answered = { answer: unknown; isWrite: boolean };

const read = (answer: unknown): Answered => ({ answer, isWrite: false });
const wrote = (answer: unknown): Answered => ({ answer, isWrite: true });

async function answerTo(
  { server }: World,
  state: State,
  actor: Actor,
  want: Want,
  how: string,
): Promise<Answered> {
  switch (want.door) {
    case "script":
      return runScript(server, state, actor, want);
    case "command":
      return read(await server.call(state.image, want.words));
    case "confirm":
      state.forgettable = null;
      if (how === "unproven") state.left.unproven--;
      return read(how === "proven");
    case "post":
      return read(takePost(state, actor, how));
    case "answer":
      return read(answerOf(state, actor, want.post));
    case "look":
      return read(lookAt(state, want.taskId, how));
    case "send":
      return read(send(state, want, how));
    case "wake":
      for (const wakeUp of want.wakeUps) wake(state, wakeUp);
      return wrote(undefined);
    case "ensureAwake":
      return wrote(ensureAwake(state, want.wakeUp));
    case "timer":
      return read(undefined);
  }
}

type ScriptWant = Extract<Want, { door: "script" }>;

async function runScript(server: Server, state: State, actor: Actor, want: ScriptWant): Promise<Answered> {
  if (want.name === "read") return read(await readRecord(server, state, want));
  const before = state.image;
  const { answer, image } = await server.run(before, state.now, want);
  state.image = image;
  const verdict = Array.isArray(answer) ? String(answer[0]) : "";
  if (want.name === "begin" && verdict === "begun") {
    actor.attempt = want.words[2] ?? "";
    state.forgettable = { by: actor.id, before };
  } else if (state.image !== before) state.forgettable = null;
  if (actor.task.does === "resubmit" && verdict === "written") state.asked++;
  return verdict === "stale" || want.name === "claim" ? read(answer) : wrote(answer);
}

const nobody: object = {};
const reads = new WeakMap<object, Map<number, unknown>>();

/** Equal records give equal answers at the same time, so each is read once. */
async function readRecord(server: Server, { image, now }: State, want: ScriptWant): Promise<unknown> {
  const held = image.get(want.keys[0] ?? "") ?? nobody;
  const known = reads.get(held) ?? new Map<number, unknown>();
  reads.set(held, known);
  if (!known.has(now)) known.set(now, (await server.run(image, now, want)).answer);
  return known.get(now);
}
