// SIGKILL at each hand-over of a job's road: before and after each write, and before and after each request leaves its
// mark. The product has no hooks for this: snares on the victim's way to its servers recognise the moment. Another worker
// then finds the job. What must come of it is written here, and follows from one rule: a purchase that may have been made
// is never made again unasked.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type IntakePoint, killApi, type KillPoint, killWorker, type Outcome } from "./support/kill.ts";
import { collectUndos } from "./support/on-end.ts";
import { startServers } from "./support/servers.ts";
import { type Settled, settled, valueOf } from "./support/settled.ts";
import { createTurns } from "./support/turns.ts";
import {
  deliveryBecomes,
  entryDelayed,
  entryDone,
  firstLook,
  goodLook,
  intake,
  proof,
  roadReport,
  transition,
  wakeUp,
} from "./support/writes.ts";

/** The design's promise: a dead worker's job goes on within 45 s; the rest is the job's own remaining road. */
const RECOVERED_WITHIN_MS = 45_000 + 10_000;
const POINTS_AT_ONCE = 32;

const bought = { status: "succeeded", tasks: 1, events: ["job.succeeded"] };
/** Nobody knows whether it was bought, and it was not. */
const unsent = { status: "unconfirmed", tasks: 0, events: ["job.unconfirmed"] };
/** Nobody knows whether it was bought, and it was. */
const unseen = { status: "unconfirmed", tasks: 1, events: ["job.unconfirmed"] };
const refused = { status: "failed", tasks: 0, events: ["job.failed"] };

const refusal = "[[sim:submit=ILLEGAL_PROMPT]]";
const wait = "[[sim:submit=RATE_LIMIT_EXCEEDEDx1:1]]";
const failure = "[[sim:end=failed]]";
/** Still running at its first look, however late that comes. */
const slow = "[[sim:gen=8000]]";

type Row = Omit<KillPoint, "when" | "ends"> & { before: KillPoint["ends"]; after: KillPoint["ends"] };

const rows: Row[] = [
  // Submit.
  { name: "begin is written", at: { write: transition("begin") }, before: bought, after: unsent },
  {
    name: "begin is written, on_unconfirmed: fail",
    at: { write: transition("begin") },
    onUnconfirmed: "fail",
    before: bought,
    after: { status: "failed", tasks: 0, events: ["job.failed"] },
  },
  {
    name: "begin is written, on_unconfirmed: resubmit",
    at: { write: transition("begin") },
    onUnconfirmed: "resubmit",
    before: bought,
    after: bought,
  },
  { name: "begin is proved", at: { write: proof }, before: unsent, after: unsent },
  { name: "Novita takes the POST", at: { novita: "POST" }, before: unsent, after: unseen },
  { name: "accept is written", at: { write: transition("accept") }, before: unseen, after: bought },
  { name: "the poll entry is added", at: { write: wakeUp("poll") }, before: bought, after: bought },
  { name: "the breaker hears of it", at: { write: roadReport("closed") }, before: bought, after: bought },
  { name: "the submit entry is done", at: { write: entryDone("submit") }, before: bought, after: bought },
  {
    name: "a refusal is written",
    at: { write: transition("fail") },
    orders: refusal,
    before: unsent,
    after: refused,
  },
  {
    name: "a hand-back is written",
    at: { write: transition("handBack") },
    orders: wait,
    before: unsent,
    after: bought,
  },
  {
    name: "all are told to wait",
    at: { write: roadReport("wait") },
    orders: wait,
    before: bought,
    after: bought,
  },
  // Poll.
  { name: "Novita takes a look", at: { novita: "GET" }, before: bought, after: bought },
  { name: "a look is written", at: { write: firstLook }, orders: slow, before: bought, after: bought },
  { name: "a good look is noted", at: { write: goodLook }, before: bought, after: bought },
  {
    name: "the poll entry is put off",
    at: { write: entryDelayed("poll") },
    orders: slow,
    before: bought,
    after: bought,
  },
  // Settle.
  { name: "success is written", at: { write: transition("succeed") }, before: bought, after: bought },
  {
    name: "a failed task is written",
    at: { write: transition("fail") },
    orders: failure,
    before: { status: "failed", tasks: 1, events: ["job.failed"] },
    after: { status: "failed", tasks: 1, events: ["job.failed"] },
  },
  { name: "the deliver entry is added", at: { write: wakeUp("deliver") }, before: bought, after: bought },
  { name: "the poll entry is done", at: { write: entryDone("poll") }, before: bought, after: bought },
  // Deliver.
  {
    name: "delivering is written",
    at: { write: deliveryBecomes("delivering") },
    before: bought,
    after: bought,
  },
  { name: "the receiver takes the event", at: { receiver: true }, before: bought, after: bought },
  {
    name: "delivered is written",
    at: { write: deliveryBecomes("delivered") },
    before: bought,
    after: bought,
  },
  {
    name: "retrying is written",
    at: { write: deliveryBecomes("retrying") },
    answers: "500,204",
    before: bought,
    after: bought,
  },
  {
    name: "the deliver entry is put off",
    at: { write: entryDelayed("deliver") },
    answers: "500,204",
    before: bought,
    after: bought,
  },
  { name: "the deliver entry is done", at: { write: entryDone("deliver") }, before: bought, after: bought },
  // Rescue: the victim is the one that came to help.
  {
    name: "rescue gives a lost submission up",
    first: { when: "after", at: { write: transition("begin") } },
    at: { write: transition("lose") },
    before: unsent,
    after: unsent,
  },
  {
    name: "rescue wakes a lost look",
    first: { when: "after", at: { write: transition("accept") } },
    at: { write: wakeUp("poll") },
    before: bought,
    after: bought,
  },
  {
    name: "rescue wakes a lost delivery",
    first: { when: "after", at: { write: transition("succeed") } },
    at: { write: wakeUp("deliver") },
    before: bought,
    after: bought,
  },
];

const points: KillPoint[] = rows.flatMap(({ before, after, ...row }) => [
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
