// SIGSTOP at each hand-over of a job's road, for longer than every lock and every deadline; another worker goes on with
// the job; then SIGCONT. A worker that comes back must not buy what was given up, must not write over what has moved on,
// must not lose what only it knows, and must be a worker like any other.
import { afterAll, beforeAll, expect, test } from "vitest";
import { transitions } from "../../src/shared/job.ts";
import type { HistoryEntry } from "./support/caller.ts";
import { type FreezePoint, freezeWorker, type Thawed } from "./support/freeze.ts";
import { handOvers } from "./support/hand-overs.ts";
import { collectUndos } from "./support/on-end.ts";
import { startServers } from "./support/servers.ts";
import { type Settled, settled, valueOf } from "./support/settled.ts";
import { createTurns } from "./support/turns.ts";
import { PATIENCE } from "./support/victim.ts";

const POINTS_AT_ONCE = 32;
const SUBMIT_TIMEOUT_MS = Number(PATIENCE.SUBMIT_TIMEOUT_MS);

const points: FreezePoint[] = handOvers.flatMap(({ before, after, comesBack = {}, ...row }) => [
  { ...row, when: "before" as const, whileFrozen: before, ends: comesBack.before ?? before },
  { ...row, when: "after" as const, whileFrozen: after, ends: comesBack.after ?? after },
]);

const outcomes = new Map<FreezePoint, Settled<Thawed>>();
const { onEnd, undoAll } = collectUndos();

// All of them at the same time, as far as the machine bears it: a frozen process costs nothing.
beforeAll(async () => {
  const servers = await startServers(onEnd);
  const takeTurn = createTurns(POINTS_AT_ONCE);
  await Promise.all(
    points.map((point) =>
      takeTurn(async () => outcomes.set(point, await settled(freezeWorker(servers, point, onEnd)))),
    ),
  );
  printTable();
}, 400_000);

afterAll(undoAll);

test.each(points)(
  "frozen $when $name -> $whileFrozen.status meanwhile, $ends.status in the end, $ends.tasks paid",
  (point) => {
    const outcome = valueOf(outcomes.get(point));
    expect(outcome.hasSprung).toBe(true);
    expect(outcome.whileFrozen).toBe(point.whileFrozen.status);
    expect(outcome).toMatchObject({ status: point.ends.status, tasks: point.ends.tasks, isAtRest: true });
    expect([...outcome.webhooks.keys()]).toEqual(point.ends.events);
    for (const { ids, bodies } of outcome.webhooks.values()) expect([ids.size, bodies.size]).toEqual([1, 1]);
    expect(outcome.postedAt).toHaveLength(point.ends.tasks + (point.refusals ?? 0));
    expect(latePosts(outcome)).toEqual([]);
    expect(illegalMoves(outcome.history)).toEqual([]);
    expect(outcome.slots).toEqual(outcome.holders);
    // It is a worker like any other, and nothing was unforeseen.
    expect(outcome).toMatchObject({ alive: 200, next: "succeeded", end: { code: 0, signal: null } });
    expect(outcome.said.filter((line) => /broken|failed/.test(line))).toEqual([]);
  },
);

/** Requests that buy which left when no submission had begun within its time. */
function latePosts({ history, postedAt }: Thawed): number[] {
  const begunAt = history.filter((entry) => entry.transition === "begin").map(({ at }) => Date.parse(at));
  return postedAt.filter((at) => !begunAt.some((begun) => at >= begun && at - begun <= SUBMIT_TIMEOUT_MS));
}

/** Entries of a history whose version does not grow, or whose status does not follow from the one before. */
function illegalMoves(history: HistoryEntry[]): HistoryEntry[] {
  return history.filter((entry, index) => {
    const before = history[index - 1];
    if (!before) return entry.version !== 1 || entry.status !== "queued";
    return entry.version <= before.version || !follows(before.status, entry);
  });
}

function follows(from: string, { status, transition }: HistoryEntry): boolean {
  const move = Object.entries(transitions).find(([name]) => name === transition)?.[1];
  if (!move) return status === from;
  return move.from.some((each) => each === from) && move.to === status;
}

function printTable(): void {
  const lines = [...outcomes].map(([point, result]) => {
    if (result?.status !== "fulfilled") return `${point.when} ${point.name}: no outcome`;
    const { whileFrozen, status, tasks, settledMs, webhooks } = result.value;
    const told = [...webhooks].map(([type, { count }]) => `${count} ${type}`).join(", ");
    const place = `${point.when} ${point.name}`.padEnd(52);
    const end = `${whileFrozen.padEnd(12)} ${status.padEnd(12)} ${tasks} paid`;
    return `${place} ${end}  ${(settledMs / 1000).toFixed(1).padStart(5)} s  ${told}`;
  });
  const head =
    "Frozen … -> status meanwhile and in the end, paid tasks, time from its return to the end, webhooks";
  process.stdout.write(`\n${head}\n${lines.sort().join("\n")}\n\n`);
}
