/** Carries out a plan against real processes, waits until the dust has settled, and collects the evidence. */
import { setTimeout as sleep } from "node:timers/promises";

import type { Simulator } from "../../src/simulator/simulator.ts";
import type { OnEnd } from "../e2e/support/on-end.ts";
import { createTurns } from "../e2e/support/turns.ts";
import type { CallerCounts } from "./ask.ts";
import { playCaller, tenantOf, tenants } from "./callers.ts";
import type { Evidence, Feed } from "./evidence.ts";
import { type Disturbance, runTimeline } from "./faults.ts";
import { followFeed } from "./feed.ts";
import { gatherJobs, gatherLeftovers, gatherSales } from "./gather.ts";
import type { Journal } from "./journal.ts";
import { hangUp, judged, measure, type Measured } from "./measure.ts";
import { jobsThatAre, playOperator } from "./operator.ts";
import type { Plan } from "./plan.ts";
import { untilSettled } from "./settle.ts";
import { ADMIN_KEY, CAP, openStage, PREFIX, type Stage } from "./stage.ts";

export type Outcome = {
  evidence: Evidence;
  disturbances: Disturbance[];
  journal: Journal;
  callers: CallerCounts;
  ledger: Simulator["ledger"];
  durationMs: number;
  /** What was not over when the time was. */
  unsettled: string[];
};

/** `tell` hears how it goes. */
export async function runChaos(plan: Plan, onEnd: OnEnd, tell: (line: string) => void): Promise<Outcome> {
  const startedAt = performance.now();
  const stage = await openStage(plan, onEnd);
  const { fleet, server, simulator, inbox, journal, ask } = stage;
  tell(
    `${fleet.places.length} processes are up; ${plan.jobs} jobs and ${plan.faults} faults in ${plan.spanMs / 1000} s`,
  );
  const over = new AbortController();
  onEnd(() => over.abort());
  const post = setInterval(inbox.sort, 250);
  onEnd(() => clearInterval(post));
  const operator = playOperator({
    ask,
    key: ADMIN_KEY,
    ledger: simulator.ledger,
    journal,
    work: plan.work,
    over: over.signal,
  });
  const early = sleep(plan.spanMs / 5, undefined, { signal: over.signal }).then(() => measure(fleet));
  const isTold = new AbortController();
  onEnd(() => isTold.abort());
  const readers = Promise.all(tenants.map((tenant) => followFeed(ask, tenant, isTold.signal)));
  const callers = playCallers(stage, plan, over.signal);
  const disturbances = await runTimeline({ fleet, server, ask, adminKey: ADMIN_KEY }, plan.timeline);
  tell(`all ${plan.faults} faults are over; waiting for what is under way`);
  await untilSettled(stage, plan, tell);
  over.abort();
  await Promise.all([operator, callers]);
  // Somebody may have bought again in the last moment.
  const unsettled = await untilSettled(stage, plan, tell);
  isTold.abort();
  const feeds = await readers;
  inbox.sort();
  tell("collecting the evidence");
  const evidence = await gather(stage, plan, { disturbances, early: await early, feeds });
  const durationMs = performance.now() - startedAt;
  return {
    evidence,
    disturbances,
    journal,
    callers: stage.counts,
    ledger: simulator.ledger,
    durationMs,
    unsettled,
  };
}

/** More would only be in each other's way while Redis is gone. */
const POSTS_AT_ONCE = 50;

/** Each at its time. What a caller throws is a fault of the harness. */
async function playCallers(stage: Stage, plan: Plan, over: AbortSignal): Promise<void> {
  const { ask, fleet, journal, receiverUrl } = stage;
  const startedAt = performance.now();
  const postTurn = createTurns(POSTS_AT_ONCE);
  await Promise.all(
    plan.work.map(async (job) => {
      await sleep(Math.max(0, job.at - (performance.now() - startedAt)));
      await playCaller({ ask, fleet, journal, receiverUrl, postTurn, over }, job);
    }),
  );
}

async function gather(
  { fleet, server, simulator, inbox, journal, ask, lags }: Stage,
  plan: Plan,
  { disturbances, early, feeds }: { disturbances: Disturbance[]; early: Measured; feeds: Feed[] },
): Promise<Evidence> {
  const jobs = await gatherJobs(ask, journal, plan.work);
  const listed = (await jobsThatAre({ ask, key: ADMIN_KEY }, null)).map(({ id }) => id);
  await hangUp();
  const late = await measure(fleet);
  const ends = await fleet.stop();
  const leftovers = await gatherLeftovers(server.redis.url, PREFIX, simulator.ledger, { stopped: true });
  inbox.sort();
  const processes = judged(ends, early, late, plan);
  const troubled = [...disturbances.map(({ from, to, target }) => ({ from, to, target })), ...lags];
  const { idsByKey, unanswered } = journal;
  const sold = gatherSales(simulator.ledger, fleet);
  return {
    jobs,
    sold,
    webhooks: inbox.webhooks,
    endpoints: plan.endpoints.map((endpoint) => ({ n: endpoint.n, tenant: tenantOf(endpoint).name })),
    feeds,
    listed,
    idsByKey,
    unanswered,
    cap: CAP,
    troubled,
    leftovers,
    processes,
  };
}
