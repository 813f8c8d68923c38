// A run of many jobs at one moment: what its caller, its receiver and Novita know.
import type { Simulator } from "../../../src/simulator/simulator.ts";
import type { Installation } from "../installation.ts";
import type { Job } from "../job.ts";
import type { Crowd } from "../settings.ts";
import type { Evidence } from "./audit.ts";
import type { Casualties } from "./chaos.ts";
import type { Member } from "./members.ts";
import { planJobs } from "./plan.ts";
import { openPostbox, type Postbox } from "./postbox.ts";
import { isDone, type Row } from "./table.ts";

export type Run = {
  crowd: Crowd;
  members: Member[];
  postbox: Postbox;
  casualties: Casualties;
  simulator: Simulator;
};

export function openRun({ receiver, webhookSecret }: Installation, simulator: Simulator, crowd: Crowd): Run {
  const plans = planJobs(crowd.jobs, crowd.hasFaults);
  return {
    crowd,
    members: plans.map((plan) => ({ plan, id: null, job: null })),
    postbox: openPostbox(receiver.received, plans, webhookSecret),
    casualties: { workers: 0, redis: 0 },
    simulator,
  };
}

export function rowsOf({ members, postbox }: Run): Row[] {
  const byJob = Map.groupBy(postbox.arrivals, ({ jobId }) => jobId);
  return members.map((member) => ({ member, arrivals: byJob.get(member.id ?? "") ?? [] }));
}

/** Each job has ended, or nobody can know what became of it; and a receiver knows. */
export const isAtRest = (run: Run): boolean => rowsOf(run).every(isDone);

export type Unconfirmed = { n: number; id: string };

export const unconfirmedOf = ({ members }: Run): Unconfirmed[] =>
  members.flatMap(({ plan: { n }, id, job }) =>
    id !== null && job?.status === "unconfirmed" ? [{ n, id }] : [],
  );

/** What Novita and the receiver did wrong. */
export const faultsOf = ({ simulator, postbox }: Run): number =>
  simulator.ledger.counters.faults + postbox.arrivals.filter(({ isTaken }) => !isTaken).length;

/** How many jobs stand where. */
export function statusesOf({ members }: Run): Map<string, number> {
  const statuses = new Map<string, number>();
  for (const { job } of members) {
    const status = job?.status ?? "not accepted";
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
  }
  return statuses;
}

/** `found`: the jobs as the API tells of them now. */
export function evidenceOf({ members, postbox, simulator }: Run, found: Map<string, Job>): Evidence {
  return {
    jobs: members.map(({ plan: { n, mayBuyTwice }, id }) => ({
      n,
      mayBuyTwice,
      id: id ?? "",
      found: found.get(id ?? "") ?? null,
    })),
    sold: simulator.ledger.tasks.map(({ id, job }) => ({ taskId: id, job })),
    webhooks: postbox.arrivals,
  };
}
