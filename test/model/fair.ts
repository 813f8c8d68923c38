/** From here on nothing goes wrong any more, and everybody gets their turn: everything must come to an end. */
import { isUndelivered } from "../../src/shared/delivery.ts";
import { isTerminal } from "../../src/shared/job.ts";
import { hashOf } from "./canonical.ts";
import { checkStep } from "./properties.ts";
import { noChances } from "./scenes.ts";
import type { Scene } from "./scenes.ts";
import { keys } from "./settings.ts";
import { deliveriesIn, jobIn, timesIn } from "./state.ts";
import type { State } from "./state.ts";
import { nextMoment, stepsOf } from "./steps.ts";
import type { Step } from "./steps.ts";
import { take } from "./take.ts";
import type { World } from "./take.ts";
import { Violation } from "./violation.ts";
import { wordsOf } from "./words.ts";

/** No story of one job is as long. */
const LONGEST = 400;

const everyStage = { fates: ["sold"], stages: ["submit", "poll", "deliver"] } as const;

/** Goes on until nothing is left to be done, and checks what is left then. `told` hears of each step in words. */
export async function runToRest(
  world: World,
  from: State,
  scene: Pick<Scene, "onUnconfirmed">,
  told: (words: string) => void = () => undefined,
): Promise<State> {
  let state: State = { ...from, left: noChances };
  const been = new Set<string>();
  for (let count = 0; count < LONGEST; count++) {
    const hash = hashOf(state);
    // Where it goes round in a circle, as when every slot is taken, only time can help.
    const step = been.has(hash) ? timeOf(state) : nextOf(state);
    been.add(hash);
    if (!step) return checkRest(state);
    told(wordsOf(state, step));
    const after = await take(world, state, step);
    checkStep(state, after, { ...scene, fates: everyStage.fates });
    state = { ...after, left: noChances };
  }
  throw new Violation(
    "everything comes to an end",
    `After ${LONGEST} steps it is ${jobIn(state.image).status}.`,
  );
}

/** Whoever stands at a door goes first, then what waits to be taken, then time. */
export function nextOf(state: State): Step | null {
  const [first] = stepsOf(state, everyStage);
  return first ?? timeOf(state);
}

const timeOf = (state: State): Step | null => (nextMoment(state) === null ? null : { do: "wait" });

function checkRest(state: State): State {
  const { image, now } = state;
  const { status } = jobIn(image);
  const undelivered = deliveriesIn(image).filter(isUndelivered);
  const slots = timesIn(image, keys.slots).filter(([, until]) => until > now);
  if (!isTerminal(status)) throw new Violation("everything comes to an end", `It rests as ${status}.`);
  if (undelivered.length > 0)
    throw new Violation("every event is carried to its end", "One is still on its way.");
  if (slots.length > 0) throw new Violation("no slot leaks", `${slots.length} are held when all is over.`);
  return state;
}
