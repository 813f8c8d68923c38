/** A step in words. */
import { jobIn } from "./state.ts";
import type { State } from "./state.ts";
import type { Step } from "./steps.ts";
import type { Want } from "./doors.ts";
import { nextMoment } from "./steps.ts";

export function wordsOf(state: State, step: Step): string {
  const { status, version } = jobIn(state.image);
  return `[${status} ${version}] ${sentenceOf(state, step)}`;
}

function sentenceOf(state: State, step: Step): string {
  switch (step.do) {
    case "start":
      return "entry" in step.task
        ? `a worker takes the wake-up ${step.task.does} ${step.task.entry.n}, and reads`
        : `${step.task.does === "rescue" ? "rescue walks" : `somebody asks to ${step.task.does}`}, and reads`;
    case "open":
      return `${nameOf(state, step.actor)}: ${doorWords(wantOf(state, step), step.how)}`;
    case "lose":
      return `${nameOf(state, step.actor)}: ${doorWords(wantOf(state, step), "is carried out")}, and the answer is lost`;
    case "die":
      return `${nameOf(state, step.actor)}: ${doorWords(wantOf(state, step), "is carried out")}, and it dies`;
    case "crash":
      return `${nameOf(state, step.actor)} dies`;
    case "failover":
      return "another Redis takes over, which does not know the last write";
    case "wait":
      return `time passes, ${((nextMoment(state) ?? state.now) - state.now) / 1000} s`;
  }
}

const nameOf = ({ actors }: State, id: number): string =>
  actors.find((actor) => actor.id === id)?.name ?? "nobody";

const wantOf = ({ actors }: State, { actor, n }: { actor: number; n: number }): Want | undefined =>
  actors.find(({ id }) => id === actor)?.wants.find((want) => want.n === n);

function doorWords(want: Want | undefined, how: string): string {
  switch (want?.door) {
    case "script":
      return `the script ${want.name} ${how}`;
    case "post":
      return `the POST leaves (${how})`;
    case "answer":
      return "the answer of its POST comes";
    case "confirm":
      return `its write is ${how}, and read back`;
    case "look":
      return `looks at ${want.taskId}: ${how}`;
    case "send":
      return `sends the event: ${how}`;
    case "wake":
      return `wakes ${want.wakeUps.map(({ stage, n }) => `${stage} ${n}`).join(" and ")}`;
    case "ensureAwake":
      return `makes sure that ${want.wakeUp.stage} ${want.wakeUp.n} is awake`;
    case "timer":
      return "its time is up";
    case "command":
      return `the command ${want.words[0]} ${how}`;
    case undefined:
      return how;
  }
}
