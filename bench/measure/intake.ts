// Requests a second that the API takes in, with nobody at work on them.
import { type Figures, type Pair, inTurn } from "../pairs.ts";
import type { Plan } from "../settings.ts";
import type { Side, SideName } from "../side.ts";
import { postJobs } from "../load.ts";
import { readUsage, usedFor } from "../usage.ts";

export async function measureIntake(sides: Record<SideName, Side>, plan: Plan): Promise<Pair[]> {
  const burst = (side: Side) => oneBurst(side, plan);
  await inTurn(sides, 1, burst);
  return inTurn(sides, plan.pairs, burst);
}

export async function oneBurst(side: Side, { connections, intakeS }: Plan): Promise<Figures> {
  const before = await readUsage(side);
  const result = await postJobs(side, { connections, duration: intakeS });
  const used = usedFor(before, await readUsage(side), result["2xx"]);
  return {
    rate: result["2xx"] / result.duration,
    p50: result.latency.p50,
    p99: result.latency.p99,
    apiMs: used.apiMs,
  };
}
