/** What can happen next: every door that somebody stands at may open, whoever's turn it is, and everything may go wrong. */
import { isTerminal } from "../../src/shared/job.ts";
import type { Stage } from "../../src/shared/queues.ts";
import type { Fate, Want } from "./doors.ts";
import { isWorkers } from "./programs.ts";
import type { Task } from "./programs.ts";
import type { Scene } from "./scenes.ts";
import { keys } from "./settings.ts";
import { jobIn, timesIn } from "./state.ts";
import type { Actor, Chances, Entry, State } from "./state.ts";

export type Step =
  | { do: "start"; task: Task }
  /** The door opens. `how`: what comes of it, where that is not for the product to say. */
  | { do: "open"; actor: number; n: number; how: string }
  /** The script runs; its answer is lost on the way. */
  | { do: "lose"; actor: number; n: number }
  /** The script runs, and its sender dies. */
  | { do: "die"; actor: number; n: number }
  | { do: "crash"; actor: number }
  | { do: "failover" }
  | { do: "wait" };

/** How many runs of one kind there may be at a time. */
const AT_ONCE: Record<Task["does"], number> = {
  submit: 2,
  poll: 2,
  deliver: 2,
  rescue: 1,
  cancel: 1,
  fail: 1,
  resubmit: 1,
  attach: 1,
  erase: 1,
};

export function stepsOf(state: State, { fates, stages }: Pick<Scene, "fates" | "stages">): Step[] {
  const tasks = [...entryTasks(state, stages), ...rescueTasks(state), ...callerTasks(state)];
  const starts = tasks
    .filter(({ does }) => state.actors.filter((actor) => actor.task.does === does).length < AT_ONCE[does])
    .map((task): Step => ({ do: "start", task }));
  const moves = state.actors.flatMap((actor) => movesOf(state, actor, fates));
  const world: Step[] = [];
  if (state.forgettable && state.left.failover > 0) world.push({ do: "failover" });
  if (state.left.wait > 0 && nextMoment(state) !== null) world.push({ do: "wait" });
  return [...moves, ...starts, ...world];
}

const entryTasks = (state: State, stages: readonly Stage[]): Task[] =>
  state.entries
    .filter((entry) => stages.includes(entry.stage) && isFree(state, entry))
    .map(({ stage, id, n }) => ({ does: stage, entry: { id, n } }));

/** A wake-up whose worker is gone goes to another one, and so may one whose worker has not been heard of for long. */
export function isFree(state: State, entry: Entry): boolean {
  if (entry.state === "waiting") return entry.at <= state.now;
  if (entry.state === "finished") return false;
  return state.left.again > 0 || !state.actors.some(({ id }) => id === entry.by);
}

const rescueTasks = ({ image, now }: State): Task[] =>
  timesIn(image, keys.due).some(([, at]) => at <= now) ? [{ does: "rescue" }] : [];

function callerTasks({ image, left, posts }: State): Task[] {
  const job = jobIn(image);
  const tasks: Task[] = [];
  const may = (chance: keyof Chances, when: boolean) => when && left[chance] > 0;
  const isOver = isTerminal(job.status);
  if (may("cancel", !isOver)) tasks.push({ does: "cancel" });
  if (may("fail", job.status === "unconfirmed")) tasks.push({ does: "fail" });
  if (may("resubmit", job.status === "unconfirmed")) tasks.push({ does: "resubmit" });
  if (may("erase", isOver && job.erasedAt === null)) tasks.push({ does: "erase" });
  const taskId = posts.findLast((post) => post.attempt === job.attempts.at(-1)?.id)?.taskId ?? null;
  if (taskId !== null && may("attach", job.status === "unconfirmed")) tasks.push({ does: "attach", taskId });
  return tasks;
}

function movesOf(state: State, actor: Actor, fates: readonly Fate[]): Step[] {
  const { id, task, wants, unheard } = actor;
  const steps = wants.flatMap((want) =>
    waysOf(state, want, wants, fates).map((how): Step => ({ do: "open", actor: id, n: want.n, how })),
  );
  for (const want of wants) {
    const isWrite = want.door === "script" && (want.name === "commit" || want.name === "begin");
    if (isWrite && state.left.crash > 0) steps.push({ do: "die", actor: id, n: want.n });
    if (isWrite && isWorkers(task) && state.left.lost > 0 && !unheard.includes(want.n)) {
      steps.push({ do: "lose", actor: id, n: want.n });
    }
  }
  if (state.left.crash > 0) steps.push({ do: "crash", actor: id });
  return steps;
}

/** What may come of a door. */
function waysOf(state: State, want: Want, all: Want[], fates: readonly Fate[]): readonly string[] {
  if (want.door === "timer") return want.at <= state.now && isPatient(want, all) ? ["rings"] : [];
  if (want.door === "post") return fates;
  if (want.door === "confirm") return state.left.unproven > 0 ? ["proven", "unproven"] : ["proven"];
  if (want.door === "look") return looksAt(state, want.taskId);
  if (want.door !== "send") return ["goes through"];
  return state.left.badSend > 0 ? ["taken", "taken, answer lost", "refused"] : ["taken"];
}

/** Redis answers in the end, so only Novita can keep anybody waiting until a timer rings. */
const isPatient = (timer: Want, all: Want[]): boolean =>
  all.every(({ n, door }) => n === timer.n || door === "answer");

const ringsAt = (want: Want, all: Want[]): number[] =>
  want.door === "timer" && isPatient(want, all) ? [want.at] : [];

/** Novita is honest: what has ended stays so. */
function looksAt({ sold, left }: State, taskId: string): string[] {
  const known = sold.find(({ id }) => id === taskId);
  if (!known) return ["missing"];
  const good = known.state === "running" ? ["succeeded", "failed"] : [known.state];
  const bad = known.state === "running" ? ["running", "missing"] : ["missing"];
  return left.badLook > 0 ? [...good, ...bad] : good;
}

/** When something is due next; null: never. */
export function nextMoment({ now, image, entries, actors }: State): number | null {
  const times = [
    ...[keys.due, keys.slots].flatMap((key) => timesIn(image, key).map(([, at]) => at)),
    ...entries.filter(({ state }) => state === "waiting").map(({ at }) => at),
    ...actors.flatMap(({ wants }) => wants.flatMap((want) => ringsAt(want, wants))),
  ].filter((at) => at > now);
  return times.length > 0 ? Math.min(...times) : null;
}
