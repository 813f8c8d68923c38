/** What the processes that live through the whole run hold, early on and at the end. */
import { setTimeout as delay } from "node:timers/promises";

import { Agent, getGlobalDispatcher, setGlobalDispatcher } from "undici";

import type { End } from "../e2e/support/program.ts";
import type { Measure, ProcessEvidence } from "./evidence.ts";
import type { Fleet, Place } from "./fleet.ts";
import type { Plan } from "./plan.ts";

/**
 * To Redis, at rest. An API: its own, and one that listens. A worker: its own, one that waits for each of three queues, and
 * one for each of eight submissions at a time, and one for the proofs of tasks.
 */
const MOST_CONNECTIONS = { api: 2, worker: 13 };
/** Shorter runs are over before a process has warmed up. */
const MEMORY_JUDGED_FROM_JOBS = 2000;

/** The harness' own connections are no business of the processes that are measured. */
export async function hangUp(): Promise<void> {
  const agent = getGlobalDispatcher();
  setGlobalDispatcher(new Agent());
  await agent.destroy();
}

export type Measured = Map<string, Measure>;

/** Of the processes that live through the whole run. */
export async function measure(fleet: Fleet): Promise<Measured> {
  const measured: Measured = new Map();
  for (const place of fleet.places.filter(({ isSteady }) => isSteady)) {
    const found = await measureOne(place);
    if (found) measured.set(place.name, found);
  }
  return measured;
}

const LOOKS = 5;
const BETWEEN_LOOKS_MS = 1000;

/** Pages that a collection has freed go back to the system later, so the least of several looks is what is held. */
async function measureOne(place: Place): Promise<Measure | null> {
  let least: Measure | null = null;
  for (let look = 0; look < LOOKS; look++) {
    const found = await lookInto(place);
    if (found && (!least || found.rss < least.rss)) least = found;
    await delay(BETWEEN_LOOKS_MS);
  }
  return least;
}

async function lookInto(place: Place): Promise<Measure | null> {
  const inside = await place.order({ collect: 1 });
  if (!inside) return null;
  const { rss, heapUsed, descriptors, handles } = inside;
  const redisConnections = place.redis.connections;
  const novitaConnections = place.novita.connections;
  return { rss, heapUsed, descriptors, handles, redisConnections, novitaConnections };
}

/** With how each process ended, all that is to be judged of it. */
export function judged(
  ends: readonly { name: string; end: End }[],
  early: Measured,
  late: Measured,
  { jobs }: Plan,
): ProcessEvidence[] {
  return ends.map(({ name, end }) => ({
    name,
    exitCode: end.code,
    signal: end.signal,
    early: early.get(name) ?? null,
    late: late.get(name) ?? null,
    isMemoryJudged: jobs >= MEMORY_JUDGED_FROM_JOBS,
    mostConnections: name.startsWith("api") ? MOST_CONNECTIONS.api : MOST_CONNECTIONS.worker,
  }));
}
