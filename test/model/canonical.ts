/**
 * The same moment under any names: two states from which the same things can happen have the same text. Ids are numbered
 * in the order in which they turn up, times are told from now, and of a version only whether it is still the present one.
 */
import { createHash } from "node:crypto";

import type { Delivery } from "../../src/shared/delivery.ts";
import type { Job } from "../../src/shared/job.ts";
import { keys } from "./settings.ts";
import { deliveriesIn, eventsIn, jobIn, timesIn } from "./state.ts";
import type { Actor, State } from "./state.ts";

export const hashOf = (state: State): string =>
  createHash("sha1").update(canonical(state)).digest("base64url").slice(0, 20);

export function canonical(state: State): string {
  const { now, image, entries, posts, sold, asked, received, forgettable, left } = state;
  const job = jobIn(image);
  const deliveries = deliveriesIn(image);
  const versions = new Map([
    [job.id, job.version],
    ...deliveries.map((each) => [each.id, each.version] as const),
  ]);
  const actors = state.actors.map((actor) => actorText(actor, versions));
  const redis = {
    job: recordText(job),
    deliveries: deliveries.map(deliveryText),
    events: eventsIn(image).map(({ id, type, body }) => [id, type, body === ""]),
    due: timesIn(image, keys.due).map(([id, at]) => [id, Math.max(at, now)]),
    slots: timesIn(image, keys.slots).filter(([, at]) => at > now),
  };
  const world = {
    entries: entries.map((entry) => ({
      ...entry,
      at: entry.state === "waiting" ? Math.max(entry.at, now) : 0,
      by: actorIndex(state, entry.by),
    })),
    posts: posts.map((post) => ({ ...post, at: 0 })),
    sold,
    asked,
    received: received.map(([id]) => id),
    forgettable: forgettable ? actorIndex(state, forgettable.by) : null,
    left,
  };
  return renamed(JSON.stringify([redis, world, actors]), now);
}

const deliveryText = (delivery: Delivery): object => ({
  ...delivery,
  version: 0,
  createdAt: 0,
  finishedAt: 0,
});

/** What no decision that is yet to come depends on is left out. */
function recordText(job: Job): object {
  const attempts = job.attempts.map((attempt) => ({
    ...attempt,
    begunAt: attempt.state === "open" ? attempt.begunAt : 0,
  }));
  const startDeadlineAt = job.status === "queued" ? job.startDeadlineAt : 0;
  const past = { version: 0, createdAt: 0, finishedAt: 0, submittedAt: 0, progressEventAt: 0 };
  return { ...job, attempts, startDeadlineAt, ...past };
}

function actorIndex({ actors }: State, id: number | null): number | null {
  const index = actors.findIndex((actor) => actor.id === id);
  return index < 0 ? null : index;
}

/** What it remembers follows from what it has seen, and so does where it stands. */
function actorText(actor: Actor, versions: Map<string, number>): unknown {
  const { task, bornAt, seen, wants, unheard, told } = actor;
  const memory = seen.map(({ n, at, answer }) => [n, at, answerText(answer, versions)]);
  return [task, bornAt, memory, wants.map(({ n, door }) => [n, door]), unheard, told];
}

/** A record as it was read: now, status, version, state, request. */
function answerText(answer: unknown, versions: Map<string, number>): unknown {
  if (!Array.isArray(answer) || answer.length < 4) return answer;
  const [, status, version, state] = answer.map(String);
  const id = /"id":"(\w+)"/.exec(state ?? "")?.[1] ?? "";
  return [status, Number(version) === versions.get(id), state];
}

const ID =
  /(?:job|att|evt|key|dlv)_[0-9A-HJKMNP-TV-Z]{26}(?:_job)?|[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/g;
const TIME = /\b17[67]\d{10}\b/g;

function renamed(text: string, now: number): string {
  const names = new Map<string, string>();
  const nameOf = (id: string): string => {
    const known = names.get(id) ?? `#${names.size}`;
    names.set(id, known);
    return known;
  };
  return text.replaceAll(ID, nameOf).replaceAll(TIME, (time) => `t${Number(time) - now}`);
}
