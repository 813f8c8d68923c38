/** How every exploration begins: a job has just been accepted, and nobody has been woken for it yet. */
import { creation } from "../../src/shared/change.ts";
import { Run } from "./doors.ts";
import { noChances } from "./scenes.ts";
import type { Scene } from "./scenes.ts";
import { keys, queuedJob, START } from "./settings.ts";
import { nextOf } from "./fair.ts";
import { jobIn } from "./state.ts";
import type { State } from "./state.ts";
import { take } from "./take.ts";
import type { World } from "./take.ts";
import { createProgram } from "./programs.ts";

/** The moment at which the scene begins, after a beginning without faults. */
export async function opening(world: World, scene: Scene): Promise<State> {
  let state = await accepted(world, scene);
  while (!hasBegun(state, scene)) {
    const step = nextOf(state);
    if (!step) throw new Error(`There is no way to ${scene.from}.`);
    state = { ...(await take(world, state, step)), left: noChances };
  }
  return { ...state, left: { ...noChances, ...scene.chances } };
}

function hasBegun({ posts, actors, image }: State, { from }: Scene): boolean {
  if (from === "queued") return true;
  if (from === "posted") return posts.length > 0;
  return jobIn(image).status === "processing" && actors.length === 0;
}

async function accepted({ server, virtual, testimony }: World, scene: Scene): Promise<State> {
  const empty = await server.empty();
  const joined = { text: JOIN, keys: [keys.witness(testimony.witness)], words: [] };
  const { image } = await server.run(empty, START, joined);
  const run = new Run(virtual, "intake", START);
  await run.start(createProgram(creation(queuedJob(scene.onUnconfirmed)), testimony), []);
  const [write] = run.wants;
  if (write?.door !== "script") throw new Error("The job was not written.");
  const written = await server.run(image, START, write);
  await run.answer({ n: write.n, at: START, answer: written.answer });
  const [wake] = run.wants;
  if (wake?.door !== "wake") throw new Error("Nobody was woken.");
  const entries = wake.wakeUps.map(({ stage, id, n }) => ({
    stage,
    id,
    n,
    at: START,
    state: "waiting" as const,
    by: null,
  }));
  return {
    now: START,
    image: written.image,
    actors: [],
    births: 0,
    entries,
    posts: [],
    sold: [],
    asked: 0,
    received: [],
    forgettable: null,
    left: noChances,
    over: null,
  };
}

/** A worker has joined this Redis. */
const JOIN = "return redis.call('HSET', KEYS[1], 'begun', 0, 'beats', 0)";
