/** When a run is over: nobody has anything left to do but what is meant to stay. */
import { setTimeout as sleep } from "node:timers/promises";

import { gatherLeftovers } from "./gather.ts";
import { isToBeResolved, jobsThatAre } from "./operator.ts";
import type { Plan } from "./plan.ts";
import { ADMIN_KEY, PREFIX, type Stage } from "./stage.ts";

/** What was under way when the last fault was over: locks of 30 s, late answers, the operator's work. */
const SETTLED_WITHIN_MS = 150_000;
/** A backlog of as many as were ever posted is worked off by then. */
const MS_PER_JOB = 20;
const LOOKS_EVERY_MS = 500;
const TELLS_EVERY = 20;
const MOST_TOLD = 5;

/** Waits until nobody has anything left to do; returns what was still open when the time was up. */
export async function untilSettled(
  stage: Stage,
  plan: Plan,
  tell: (line: string) => void,
): Promise<string[]> {
  const deadline =
    performance.now() +
    SETTLED_WITHIN_MS +
    Math.max(0, plan.spanMs - lastFaultOf(plan)) +
    plan.jobs * MS_PER_JOB;
  for (let looks = 1; ; looks++) {
    const open = await openWork(stage, plan);
    if (open.length === 0) return [];
    if (performance.now() > deadline) return open;
    if (looks % TELLS_EVERY === 0) tell(`${open.length} still open: ${open.slice(0, MOST_TOLD).join(", ")}`);
    await sleep(LOOKS_EVERY_MS);
  }
}

const lastFaultOf = ({ timeline }: Plan): number =>
  Math.max(0, ...timeline.map(({ at, forMs }) => at + forMs));

async function openWork({ ask, journal, server, simulator }: Stage, plan: Plan): Promise<string[]> {
  const posted = new Set(journal.accepted.map(({ n }) => n)).size + journal.unanswered.length;
  if (posted < plan.jobs) return [`${plan.jobs - posted} jobs are still to be posted`];
  const statuses = ["queued", "submitting", "processing", "unconfirmed"];
  const found = await Promise.all(statuses.map((status) => jobsThatAre({ ask, key: ADMIN_KEY }, status)));
  const open = found
    .flat()
    .filter(
      (job) =>
        job.status !== "unconfirmed" || isToBeResolved({ ledger: simulator.ledger, work: plan.work }, job),
    );
  if (open.length > 0)
    return open.map(({ id, status, reference }) => `job ${reference} (${id}) is ${status}`);
  const left = await gatherLeftovers(server.redis.url, PREFIX, simulator.ledger, { stopped: false });
  const plans = new Map(journal.accepted.map(({ id, n }) => [id, plan.work[n - 1]]));
  const held = new Set(found.flat().map(({ id }) => id));
  const mayStay = (id: string) => held.has(id) || (plans.get(id)?.trouble.isRestless ?? false);
  return [
    ...left.due.filter((id) => !mayStay(id)).map((id) => `${id} is due`),
    ...left.entries
      .filter(({ list, id }) => !list.startsWith("poll:") || !mayStay(id.replace(/-\d+$/, "")))
      .map(({ list, id }) => `${id} is in ${list}`),
  ];
}
