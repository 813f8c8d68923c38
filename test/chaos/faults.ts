/** Carries out the plan's timeline, and keeps a record of what really happened. */
import { createConnection } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { request } from "undici";

import type { RunningRedis } from "../../tools/redis.ts";
import { createTurns } from "../e2e/support/turns.ts";
import type { Ask } from "./ask.ts";
import type { Fleet, Place } from "./fleet.ts";
import type { FaultKind } from "./kinds.ts";
import type { Fault } from "./plan.ts";
import type { Road, Weather } from "./road.ts";

/** A fault as it came to pass; times in epoch ms. `happened`: there is evidence that somebody felt it. */
export type Disturbance = {
  n: number;
  kind: FaultKind;
  target: string;
  from: number;
  to: number;
  happened: boolean;
};

export type PresentRedis = { redis: RunningRedis; restart: () => Promise<RunningRedis> };

export type FaultDeps = { fleet: Fleet; server: PresentRedis; ask: Ask; adminKey: string };

type Felt = { target: string; happened: boolean };

/** Resolves when the last fault is over. What breaks here is the harness' own fault. */
export async function runTimeline(deps: FaultDeps, timeline: readonly Fault[]): Promise<Disturbance[]> {
  const startedAt = performance.now();
  const redisTurn = createTurns(1);
  return Promise.all(
    timeline.map(async (fault) => {
      await sleep(Math.max(0, fault.at - (performance.now() - startedAt)));
      const isOfRedis = fault.kind === "kill-redis" || fault.kind === "freeze-redis";
      return isOfRedis ? redisTurn(() => record(deps, fault)) : record(deps, fault);
    }),
  );
}

async function record(deps: FaultDeps, fault: Fault): Promise<Disturbance> {
  const from = Date.now();
  const { target, happened } = await carryOut(deps, fault);
  return { n: fault.n, kind: fault.kind, target, from, to: Date.now(), happened };
}

async function carryOut(deps: FaultDeps, fault: Fault): Promise<Felt> {
  const { fleet } = deps;
  switch (fault.kind) {
    case "latency":
    case "drip":
    case "half-open":
    case "blackhole":
      return spoil(chosen(fleet.places, fault), "redis", fault);
    case "novita-blackhole":
      return spoil(chosen(fleet.workers, fault), "novita", fault);
    case "cut":
    case "reset":
      return cutRedis(chosen(fleet.places, fault), fault.kind === "cut" ? "end" : "reset");
    case "novita-reset":
      return resetNovita(fleet.workers);
    case "kill-worker":
      return kill(await buyer(fleet.workers, fault));
    case "kill-api":
      return kill(await victim(fleet.apis, fault));
    case "freeze-worker":
    case "freeze-long":
      return freeze(chosen(fleet.workers, fault), fault.forMs);
    case "freeze-api":
      return freeze(chosen(fleet.apis, fault), fault.forMs);
    case "kill-redis":
      return killRedis(deps.server);
    case "freeze-redis":
      return freezeRedis(deps.server, fault.forMs);
    case "clock-forward":
    case "clock-back":
      return stepClock(fleet.places, fault);
    case "pause":
      return pauseSubmissions(deps, fault);
  }
}

async function spoil(place: Place, road: "redis" | "novita", fault: Fault): Promise<Felt> {
  const way: Road = place[road];
  const spell = way.turn(weatherOf(fault));
  await sleep(fault.forMs);
  await untilSo(() => spell.touched() > 0);
  const broken = fault.loses && silences(fault) ? way.cut("reset") : 0;
  return { target: place.name, happened: spell.end() + broken > 0 };
}

/** What finds nothing to spoil at the moment waits for it. */
const WAITS_MS = 5000;

async function untilSo(isSo: () => boolean): Promise<boolean> {
  const deadline = performance.now() + WAITS_MS;
  while (performance.now() < deadline) {
    if (isSo()) return true;
    await sleep(10);
  }
  return false;
}

const silences = ({ kind }: Fault): boolean => kind !== "latency" && kind !== "drip";

function weatherOf({ kind, size }: Fault): Weather {
  if (kind === "latency") return { kind: "latency", ms: 5 + size * 60, jitterMs: size * 200 };
  if (kind === "drip") return { kind: "drip", bytes: 16 + Math.floor(size * 200), gapMs: 2 };
  if (kind === "half-open") return { kind: "silent", ways: [size < 0.5 ? "up" : "down"] };
  return { kind: "silent", ways: ["up", "down"] };
}

async function cutRedis({ name, redis }: Place, how: "end" | "reset"): Promise<Felt> {
  return { target: name, happened: await untilSo(() => redis.cut(how) > 0) };
}

/** Connections to Novita come and go: the first worker that has one loses it. */
async function resetNovita(workers: readonly Place[]): Promise<Felt> {
  let target = "worker";
  const happened = await untilSo(() => {
    const connected = workers.find(({ novita }) => novita.cut("reset") > 0);
    target = connected?.name ?? target;
    return connected !== undefined;
  });
  return { target, happened };
}

async function kill(place: Place): Promise<Felt> {
  const end = await place.replace();
  return { target: place.name, happened: end?.signal === "SIGKILL" };
}

/** A replacement may still be starting; whoever lives through the run is never killed. */
async function victim(places: readonly Place[], fault: Fault): Promise<Place> {
  const mortal = places.filter(({ isSteady }) => !isSteady);
  const wanted = chosen(mortal, fault);
  for (;;) {
    const living = mortal.filter(({ program }) => program !== null);
    const found = living.includes(wanted) ? wanted : living[0];
    if (found) return found;
    await sleep(50);
  }
}

/** A worker that waits for the answer to a purchase, should one be found in time: that is when its death costs most. */
async function buyer(places: readonly Place[], fault: Fault): Promise<Place> {
  let found: Place | undefined;
  await untilSo(() => {
    found = places.find((place) => !place.isSteady && place.program !== null && place.novita.awaits("POST"));
    return found !== undefined;
  });
  return found?.program ? found : victim(places, fault);
}

async function freeze(place: Place, forMs: number): Promise<Felt> {
  const { program } = place;
  if (!program) return { target: place.name, happened: false };
  await program.kill("SIGSTOP");
  const [isSilent] = await Promise.all([isSilentAt(`${program.url}/livez`), sleep(forMs)]);
  if (!program.hasEnded) await program.kill("SIGCONT");
  return { target: place.name, happened: isSilent };
}

const SILENT_FOR_MS = 200;

async function isSilentAt(url: string): Promise<boolean> {
  try {
    await (await request(url, { signal: AbortSignal.timeout(SILENT_FOR_MS) })).body.text();
    return false;
  } catch {
    return true;
  }
}

async function killRedis(server: PresentRedis): Promise<Felt> {
  const { pid } = server.redis;
  await server.redis.kill("SIGKILL");
  const { pid: next } = await server.restart();
  return { target: "redis", happened: next !== pid };
}

async function freezeRedis({ redis }: PresentRedis, forMs: number): Promise<Felt> {
  await redis.kill("SIGSTOP");
  const [isSilent] = await Promise.all([isSilentRedis(redis.port), sleep(forMs)]);
  await redis.kill("SIGCONT");
  return { target: "redis", happened: isSilent };
}

function isSilentRedis(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: "127.0.0.1", port });
    const end = (isSilent: boolean) => {
      socket.destroy();
      resolve(isSilent);
    };
    socket.setTimeout(SILENT_FOR_MS, () => end(true));
    socket.once("connect", () => socket.write("PING\r\n"));
    socket.once("data", () => end(false));
    socket.once("error", () => end(false));
  });
}

/** A receiver takes no webhook that is more than five minutes off, so that is how far an operator's clock may be. */
const LONGEST_STEP_MS = 240_000;

/** One that is frozen, or dies, does not answer; then another one's clock is stepped. */
async function stepClock(places: readonly Place[], fault: Fault): Promise<Felt> {
  const { kind, size, forMs } = fault;
  const wallMs = Math.round((kind === "clock-back" ? -1 : 1) * (5000 + size * (LONGEST_STEP_MS - 5000)));
  const first = chosen(places, fault);
  for (const place of [first, ...places.filter((other) => other !== first)]) {
    const answer = await place.order({ wallMs });
    if (answer === null) continue;
    await sleep(forMs);
    await place.order({ wallMs: 0 });
    return { target: place.name, happened: answer.wallMs === wallMs };
  }
  return { target: first.name, happened: false };
}

async function pauseSubmissions({ ask, adminKey }: FaultDeps, { n, forMs }: Fault): Promise<Felt> {
  const tell = (verb: string) =>
    ask({
      method: "POST",
      path: `/v1/admin/submissions/${verb}`,
      key: adminKey,
      idempotencyKey: `${verb}-${n}`,
    });
  const paused = await tell("pause");
  await sleep(forMs);
  const resumed = await tell("resume");
  return { target: "submissions", happened: paused?.status === 200 && resumed?.status === 200 };
}

/** Who is just being replaced is let be, if there is another one. */
function chosen(places: readonly Place[], { target }: Fault): Place {
  const living = places.filter(({ program }) => program !== null);
  const from = living.length > 0 ? living : places;
  const place = from[Math.floor(target * from.length)];
  if (!place) throw new Error("there is no process to break");
  return place;
}
