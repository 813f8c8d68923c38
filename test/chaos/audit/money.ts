/** Whether Novita's books agree with what was asked for, and with what the product says that it knows. */
import type { Evidence, JobEvidence, Sale } from "../evidence.ts";
import { type Finding, finder } from "./finding.ts";

export function checkPaidOnce({ jobs, sold }: Evidence): Finding[] {
  const broken = finder("paid once");
  const sales = byNumber(sold);
  const orders = byNumber(jobs);
  const strays = [...sales.keys()].filter((n) => !orders.has(n)).map((n) => broken(`nobody ordered ${n}`));
  const dear = [...orders].flatMap(([n, family]) => {
    const bought = sales.get(n)?.length ?? 0;
    const allowed = family.reduce((sum, job) => sum + allowedFor(job), 0);
    return bought <= allowed ? [] : [broken(`job ${n} was bought ${bought} times, and ${allowed} asked for`)];
  });
  // What a retry was spared must not hide what its job was bought too often.
  const dearAlone = jobs
    .filter((job) => (job.found?.tasks.length ?? 0) - job.attached > allowedFor(job))
    .map(({ n, id, found }) => broken(`job ${n} (${id}) has ${found?.tasks.length} tasks of its own`));
  return [...strays, ...dear, ...dearAlone];
}

/** One for the job itself, one more if it says so, and one for each time that the operator said so. */
const allowedFor = ({ onUnconfirmed, resubmitted }: JobEvidence): number =>
  1 + (onUnconfirmed === "resubmit" ? 1 : 0) + resubmitted;

/** Long enough for an answer to be written down, when nothing is in the way. */
const WRITTEN_WITHIN_MS = 2500;
/** What a disturbance that is over leaves behind: connections that are being made again. */
const CALM_AFTER_MS = 2000;

export function checkForgotten({ jobs, sold, troubled }: Evidence): Finding[] {
  const broken = finder("no task forgotten");
  const known = new Set(jobs.flatMap(({ found }) => found?.tasks ?? []));
  const sales = byNumber(sold);
  const inventions = jobs.flatMap(({ n, found }) =>
    (found?.tasks ?? [])
      .filter((task) => !sales.get(n)?.some(({ taskId }) => taskId === task))
      .map((task) => broken(`job ${n} has the task ${task}, which Novita has not sold for it`)),
  );
  const forgotten = [...byNumber(jobs)].flatMap(([n, family]) => {
    const lost = (sales.get(n) ?? []).filter(({ taskId }) => !known.has(taskId));
    // An attached task claims an attempt that was counted already.
    const doubts = family.reduce((sum, job) => sum + doubtsOf(job), 0);
    return lost.length <= doubts
      ? []
      : [broken(`job ${n}: Novita sold ${lost.length} tasks that it does not know, and it doubts ${doubts}`)];
  });
  const written = writtenAt(jobs);
  const careless = sold
    .filter((sale) => isOverlooked(sale, written.get(sale.taskId) ?? null, known, troubled))
    .map(({ n, taskId }) =>
      broken(`job ${n} does not know ${taskId} in time, though a worker was told of it in peace`),
    );
  const free = [...byNumber(jobs)]
    .filter(
      ([n, family]) => sales.has(n) && family.every(({ found }) => found?.billing.state === "not_billed"),
    )
    .map(([n]) => broken(`job ${n} was bought, and says that nothing was billed`));
  return [...inventions, ...forgotten, ...careless, ...free];
}

/** Attempts that may have been paid for without the job knowing a task of theirs. */
const doubtsOf = ({ found }: JobEvidence): number =>
  found ? Math.max(0, found.attempts - found.tasks.length) : 0;

/** When each task came into its job's history. */
function writtenAt(jobs: readonly JobEvidence[]): Map<string, number> {
  const found = new Map<string, number>();
  for (const { task_id, at } of jobs.flatMap(({ history }) => history)) {
    if (task_id !== undefined && !found.has(task_id)) found.set(task_id, Date.parse(at));
  }
  return found;
}

/**
 * Whether a process was told of the task and did not write it down at once, though nothing had happened to it, to Redis, or
 * to the clock that says so.
 */
function isOverlooked(
  { taskId, answered }: Sale,
  written: number | null,
  known: ReadonlySet<string>,
  troubled: Evidence["troubled"],
): boolean {
  if (!answered) return false;
  const { to: hearer, at } = answered;
  // A history need not name a task that its job knows: it may have been canceled meanwhile.
  if (written === null && known.has(taskId)) return false;
  if (written !== null && written - at < WRITTEN_WITHIN_MS) return false;
  const until = written ?? at + WRITTEN_WITHIN_MS;
  const inTheWay = new Set([hearer, "redis", "harness"]);
  return !troubled.some(
    ({ from, to, target }) => inTheWay.has(target) && from < until && at < to + CALM_AFTER_MS,
  );
}

/**
 * By Novita's clock, of tasks whose slot is due. A slot is kept for SLOT_TTL_S from when its attempt began, which was at
 * most SUBMIT_TIMEOUT_MS before Novita accepted it.
 */
export function checkCap({ sold, cap }: Evidence): Finding[] {
  const peak = peakOf(sold, cap.slotTtlMs - cap.submitTimeoutMs);
  if (peak <= cap.maxInFlight) return [];
  return [finder("cap")(`${peak} tasks ran at once, and MAX_IN_FLIGHT is ${cap.maxInFlight}`)];
}

/** The most tasks that ran at one moment, each counted for `longestMs` at most. */
export function peakOf(sold: readonly Sale[], longestMs: number): number {
  const moments = sold.flatMap(({ acceptedAt, endsAt }) => [
    { at: acceptedAt, change: 1 },
    { at: Math.min(endsAt, acceptedAt + longestMs), change: -1 },
  ]);
  let running = 0;
  let peak = 0;
  for (const { change } of moments.sort((a, b) => a.at - b.at || a.change - b.change)) {
    running += change;
    peak = Math.max(peak, running);
  }
  return peak;
}

function byNumber<T extends { n: number }>(items: readonly T[]): Map<number, T[]> {
  const found = new Map<number, T[]>();
  for (const item of items) found.set(item.n, [...(found.get(item.n) ?? []), item]);
  return found;
}
