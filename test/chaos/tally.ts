/** How often each fault was meant to happen, how often it must have at least, and how often it did. */
import type { Ledger } from "../../src/simulator/ledger.ts";
import type { Disturbance } from "./faults.ts";
import type { Webhook } from "./inbox.ts";
import { sharesOf } from "./kinds.ts";
import type { JobPlan, Plan } from "./plan.ts";

export type Tally = { kind: string; planned: number; minimum: number; happened: number };

/** A fault may find nobody to hit: a way that is idle, a job that was refused before it came to its trouble. */
const MINIMUM_SHARE = 0.5;

/** Of what jobs bring with them; a small run has few of each, and may do without one. */
const leastOf = (planned: number): number => Math.floor(planned * MINIMUM_SHARE);

export function tallyFaults(
  plan: Plan,
  disturbances: readonly Disturbance[],
  ledger: Ledger,
  webhooks: readonly Webhook[],
): Tally[] {
  return [
    ...[...sharesOf(plan.faults)].map(([kind, planned]) =>
      tally(
        kind,
        planned,
        disturbances.filter((one) => one.kind === kind && one.happened).length,
        Math.ceil(planned * MINIMUM_SHARE),
      ),
    ),
    ...tallyNovita(plan, ledger),
    ...tallyReceivers(plan, webhooks),
    ...tallyEndpoints(plan, webhooks),
  ];
}

/** Names of the kinds that happened too rarely, in words. */
export const tooFew = (tallies: readonly Tally[]): string[] =>
  tallies
    .filter(({ happened, minimum }) => happened < minimum)
    .map(
      ({ kind, happened, minimum }) =>
        `${kind} happened ${happened} times, and must at least ${minimum} times`,
    );

const tally = (kind: string, planned: number, happened: number, minimum: number): Tally => ({
  kind,
  planned,
  minimum,
  happened,
});

/**
 * By Novita's own books: a POST of the job came, and for faults of looks and ends the task was looked at. A job that its
 * caller cancels may be gone before it is bought, and is not asked for.
 */
function tallyNovita({ work }: Plan, ledger: Ledger): Tally[] {
  const posted = new Set([...ledger.tasks.map(({ job }) => job), ...ledger.refusals.map(({ job }) => job)]);
  const looked = new Set(ledger.tasks.filter(({ looks }) => looks > 0).map(({ job }) => job));
  const met = ({ n, trouble }: JobPlan) =>
    (trouble.name.startsWith("submit=") ? posted : looked).has(String(n));
  const troubled = work.filter(({ trouble }) => trouble.name !== "none");
  return [...Map.groupBy(troubled, ({ trouble }) => trouble.name)]
    .map(([name, jobs]) => {
      const kept = jobs.filter(({ cancelMs }) => cancelMs === null);
      return tally(name, jobs.length, jobs.filter(met).length, leastOf(kept.length));
    })
    .sort((a, b) => (a.kind < b.kind ? -1 : 1));
}

function tallyReceivers({ work }: Plan, webhooks: readonly Webhook[]): Tally[] {
  const own = webhooks.filter(({ endpoint }) => endpoint === null);
  const spoiled = new Set(own.filter((webhook) => isRefused(webhook)).map(({ n }) => n));
  const bad = work.filter(({ receiver }) => receiver.name !== "none");
  return [...Map.groupBy(bad, ({ receiver }) => receiver.name)]
    .map(([name, jobs]) =>
      tally(
        `receiver: ${name}`,
        jobs.length,
        jobs.filter(({ n }) => spoiled.has(n)).length,
        leastOf(jobs.length),
      ),
    )
    .sort((a, b) => (a.kind < b.kind ? -1 : 1));
}

/** What the endpoints' receivers have refused, or left without an answer. */
function tallyEndpoints({ endpoints }: Plan, webhooks: readonly Webhook[]): Tally[] {
  const planned = endpoints
    .flatMap(({ receiver }) => receiver.answers)
    .filter((answer) => !answer.startsWith("2")).length;
  if (planned === 0) return [];
  const happened = webhooks.filter((webhook) => webhook.endpoint !== null && isRefused(webhook)).length;
  return [tally("receiver: of an endpoint", planned, happened, leastOf(planned))];
}

const isRefused = ({ answer }: Webhook): boolean => !answer.startsWith("2");
