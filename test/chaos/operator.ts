/**
 * The operator: resolves what is unconfirmed, having read Novita's books. Some jobs are left as they are, so that the run
 * ends with a few.
 */
import { setTimeout as sleep } from "node:timers/promises";

import type { Ledger } from "../../src/simulator/ledger.ts";
import type { Ask } from "./ask.ts";
import type { Journal } from "./journal.ts";
import type { Decision, JobPlan } from "./plan.ts";
import { JobPage, type WireJob } from "./wire.ts";

export type OperatorDeps = {
  ask: Ask;
  key: string;
  ledger: Ledger;
  journal: Journal;
  work: readonly JobPlan[];
  over: AbortSignal;
};

const LOOKS_EVERY_MS = 1000;

/** Looks again and again, until it is over. */
export async function playOperator(deps: OperatorDeps): Promise<void> {
  while (!deps.over.aborted) {
    await Promise.all((await jobsThatAre(deps, "unconfirmed")).map((job) => resolve(deps, job)));
    await sleep(LOOKS_EVERY_MS, undefined, { signal: deps.over }).catch(() => undefined);
  }
}

/** Every job, of all tenants, with this status. */
export async function jobsThatAre(
  { ask, key }: Pick<OperatorDeps, "ask" | "key">,
  status: string | null,
): Promise<WireJob[]> {
  const found: WireJob[] = [];
  let after: string | null = null;
  do {
    const filter: string = status === null ? "" : `&status=${status}`;
    const from: string = after === null ? "" : `&after=${encodeURIComponent(after)}`;
    const answer = await ask({ method: "GET", path: `/v1/admin/jobs?limit=100${filter}${from}`, key });
    if (answer?.status !== 200) return found;
    const page = JobPage.parse(answer.body);
    found.push(...page.data);
    after = page.next;
  } while (after !== null);
  return found;
}

/** What Novita's books know nothing of was lost on its way there, and never met its trouble. Nobody leaves that. */
export function isToBeResolved(
  { ledger, work }: Pick<OperatorDeps, "ledger" | "work">,
  job: WireJob,
): boolean {
  const plan = work[Number(job.reference) - 1];
  return plan !== undefined && (plan.decision !== "leave" || isUnheardOf(ledger, job));
}

function isUnheardOf(ledger: Ledger, { reference }: WireJob): boolean {
  return ![...ledger.tasks, ...ledger.refusals].some(({ job }) => job === reference);
}

async function resolve(deps: OperatorDeps, job: WireJob): Promise<void> {
  const { ask, key, ledger, journal, work } = deps;
  const plan = work[Number(job.reference) - 1];
  if (!plan || !isToBeResolved(deps, job)) return;
  const wanted = isUnheardOf(ledger, job) ? "resubmit" : plan.decision;
  const stray = journal.unattachable.has(job.id) ? null : strayTask(ledger, journal, job);
  const asked = journal.resubmitted.get(job.id) ?? new Set();
  const action = decide(wanted, stray, asked.size);
  const idempotencyKey = `resolve-${job.id}-${job.attempts}-${action}`;
  // Counted before it is sent: an answer that is lost may have been a yes.
  if (action === "resubmit") journal.resubmitted.set(job.id, asked.add(idempotencyKey));
  const answer = await ask({
    method: "POST",
    path: `/v1/jobs/${job.id}/resolve`,
    key,
    body: {
      action,
      attempt: job.attempts,
      ...(action === "attach" && stray !== null ? { task_id: stray } : {}),
    },
    idempotencyKey,
    // Novita did not tell of the task.
    takes: 504,
  });
  if (answer && answer.status !== 200) {
    asked.delete(idempotencyKey);
    // A task that Novita has lost, say. It is bought again, or given up.
    if (action === "attach") journal.unattachable.add(job.id);
  }
  if (answer?.status !== 200) return;
  journal.deeds.resolve += 1;
  if (action === "attach" && stray !== null) journal.attached.set(stray, job.id);
}

/** Once is enough to ask for a second purchase. */
function decide(wanted: Decision, stray: string | null, resubmitted: number): "attach" | "resubmit" | "fail" {
  if (stray !== null && wanted === "attach") return "attach";
  if (wanted === "fail" || resubmitted > 0) return "fail";
  return "resubmit";
}

/** A task that Novita has sold for this job and that nobody has claimed. */
function strayTask(ledger: Ledger, journal: Journal, job: WireJob): string | null {
  const known = new Set([...job.tasks, ...journal.attached.keys()]);
  return ledger.tasksOf(job.reference ?? "").find(({ id }) => !known.has(id))?.id ?? null;
}
