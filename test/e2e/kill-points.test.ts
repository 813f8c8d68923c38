// SIGKILL at each hand-over of a job's road: before and after each write, and before and after each request leaves its
// mark. The product has no hooks for this: snares on the victim's way to its servers recognise the moment. Another worker
// then finds the job. What must come of it is written beside each hand-over.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { handOvers } from "./support/hand-overs.ts";
import { type IntakePoint, killApi, type KillPoint, killWorker, type Outcome } from "./support/kill.ts";
import { collectUndos } from "./support/on-end.ts";
import { startServers } from "./support/servers.ts";
import { type Settled, settled, valueOf } from "./support/settled.ts";
import { createTurns } from "./support/turns.ts";
import { intake, wakeUp } from "./support/writes.ts";

/** The design's promise: a dead worker's job goes on within 45 s; the rest is the job's own remaining road. */
const RECOVERED_WITHIN_MS = 45_000 + 10_000;
const POINTS_AT_ONCE = 32;

const points: KillPoint[] = handOvers.flatMap(({ before, after, ...row }) => [
  { ...row, when: "before" as const, ends: before },
  { ...row, when: "after" as const, ends: after },
]);

const intakePoints: IntakePoint[] = [
  { name: "the job is written", when: "before", at: { write: intake }, isAccepted: false },
  { name: "the job is written", when: "after", at: { write: intake }, isAccepted: true },
  { name: "the submit entry is added", when: "before", at: { write: wakeUp("submit") }, isAccepted: true },
  { name: "the submit entry is added", when: "after", at: { write: wakeUp("submit") }, isAccepted: true },
];

const outcomes = new Map<KillPoint, Settled<Outcome>>();
const intakes = new Map<IntakePoint, Settled<Awaited<ReturnType<typeof killApi>>>>();
const { onEnd, undoAll } = collectUndos();

// All of them at the same time, as far as the machine bears it: most of what they do is wait for a lock to run out.
beforeAll(async () => {
  const servers = await startServers(onEnd);
  const takeTurn = createTurns(POINTS_AT_ONCE);
  await Promise.all([
    ...points.map((point) =>
      takeTurn(async () => outcomes.set(point, await settled(killWorker(servers, point, onEnd)))),
    ),
    ...intakePoints.map((point) =>
      takeTurn(async () => intakes.set(point, await settled(killApi(servers, point, onEnd)))),
    ),
  ]);
  printTable();
}, 400_000);

afterAll(undoAll);

describe("a worker is killed with SIGKILL", () => {
  test.each(points)("$when $name -> $ends.status, $ends.tasks paid, told by webhook", (point) => {
    const outcome = valueOf(outcomes.get(point));
    const death = { hasSprung: true, signal: "SIGKILL" };
    expect(outcome.deaths).toEqual(point.first ? [death, death] : [death]);
    expect(outcome).toMatchObject({
      status: point.ends.status,
      tasks: point.ends.tasks,
      restMs: expect.any(Number),
    });
    expect([...outcome.webhooks.keys()]).toEqual(point.ends.events);
    for (const { ids, bodies } of outcome.webhooks.values()) {
      expect([ids.size, bodies.size]).toEqual([1, 1]);
    }
    expect(outcome.recoveryMs - outcome.aloneMs).toBeLessThan(RECOVERED_WITHIN_MS);
  });
});

describe("an API is killed with SIGKILL while it takes a job in", () => {
  test.each(intakePoints)("$when $name -> no answer; repeated with its key it is one job", (point) => {
    expect(valueOf(intakes.get(point))).toEqual({
      hasSprung: true,
      signal: "SIGKILL",
      first: null,
      repeat: point.isAccepted ? 200 : 202,
      isTold: true,
      tasks: 1,
    });
  });
});

function printTable(): void {
  const lines = [...outcomes].map(([point, result]) => {
    if (result?.status !== "fulfilled") return `${point.when} ${point.name}: no outcome`;
    const { status, tasks, recoveryMs, restMs, webhooks } = result.value;
    const told = [...webhooks].map(([type, { count }]) => `${count} ${type}`).join(", ");
    const place = `${point.when} ${point.name}`.padEnd(52);
    return `${place} ${status.padEnd(12)} ${tasks} paid  ${seconds(recoveryMs)} ${seconds(restMs)}  ${told}`;
  });
  const head = `Killed … -> status, paid tasks, time to the end and to rest, webhooks`;
  process.stdout.write(`\n${head}\n${lines.sort().join("\n")}\n\n`);
}

const seconds = (ms: number | null): string =>
  ms === null ? "  never" : `${(ms / 1000).toFixed(1).padStart(5)} s`;
