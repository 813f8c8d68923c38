// From a backlog to the last webhook, with three looks a job at no generation time. The stand-in holds the first
// submissions until the backlog is there; the time runs from when it lets them go.
import { type Figures, type Pair, inTurn } from "../pairs.ts";
import type { Plan } from "../settings.ts";
import type { Side, SideName } from "../side.ts";
import { postJobs } from "../load.ts";
import { readUsage, usedFor } from "../usage.ts";

export async function measureEndToEnd(sides: Record<SideName, Side>, plan: Plan): Promise<Pair[]> {
  const run = (side: Side) => runBacklog(side, plan);
  await inTurn(sides, plan.warmUps, run);
  return inTurn(sides, plan.pairs, run);
}

export async function runBacklog(side: Side, { jobs, connections }: Plan): Promise<Figures> {
  const { standIn } = side;
  standIn.clear();
  standIn.hold();
  const empty = await readUsage(side);
  await postJobs(side, { connections, amount: jobs });
  const loaded = await readUsage(side);
  const startedAt = performance.now();
  standIn.release();
  await Promise.race([standIn.untilDelivered(jobs), side.failure]);
  const seconds = (performance.now() - startedAt) / 1000;
  const done = await readUsage(side);
  const whole = usedFor(empty, done, jobs);
  const work = usedFor(loaded, done, jobs);
  return {
    ...whole,
    rate: jobs / seconds,
    looks: standIn.counts.looks / jobs,
    workerMs: work.workerMs,
    standInShare: (work.ownMs * jobs) / (seconds * 1000),
  };
}
