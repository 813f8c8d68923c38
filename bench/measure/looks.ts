// Looks a second at tasks that do not end, one millisecond between two looks at the same task. While one side is
// counted, the other gets no answers.
import { setTimeout as delay } from "node:timers/promises";
import { type Figures, type Pair, inTurn } from "../pairs.ts";
import type { Plan } from "../settings.ts";
import type { Side, SideName } from "../side.ts";
import { postJobs } from "../load.ts";
import { readUsage, usedFor } from "../usage.ts";

const SETTLED_AFTER_MS = 500;

export async function measureLooks(sides: Record<SideName, Side>, plan: Plan): Promise<Pair[]> {
  for (const side of Object.values(sides)) {
    await postJobs(side, { connections: plan.connections, amount: plan.tasks });
    await Promise.race([side.standIn.untilSold(plan.tasks), side.failure]);
    await Promise.race([delay(plan.looksMs), side.failure]);
    side.standIn.hold();
  }
  return inTurn(sides, plan.pairs, (side) => countLooks(side, plan));
}

async function countLooks(side: Side, { looksMs }: Plan): Promise<Figures> {
  const { standIn } = side;
  standIn.release();
  await delay(SETTLED_AFTER_MS);
  const before = await readUsage(side);
  const looksBefore = standIn.counts.looks;
  const startedAt = performance.now();
  await Promise.race([delay(looksMs), side.failure]);
  const seconds = (performance.now() - startedAt) / 1000;
  const looks = standIn.counts.looks - looksBefore;
  const used = usedFor(before, await readUsage(side), looks);
  standIn.hold();
  return { ...used, rate: looks / seconds };
}
