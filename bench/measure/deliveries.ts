// Deliveries that have piled up, as after an outage. The stand-in holds the first of them until all are there; the time
// runs from when it lets them go to when the last one has come.
import { type EventSource, openEvents } from "../events.ts";
import { type Figures, type Pair, inTurn } from "../pairs.ts";
import { ourEnvironment, type Plan } from "../settings.ts";
import type { Side, SideName } from "../side.ts";
import { readUsage, usedFor } from "../usage.ts";

export async function measureDeliveries(sides: Record<SideName, Side>, plan: Plan): Promise<Pair[]> {
  const sources = {
    ours: await openEvents(sides.ours, ourEnvironment),
    floor: await openEvents(sides.floor, ourEnvironment),
  };
  const run = (side: Side) => drainPile(side, sources[side.name], plan);
  await inTurn(sides, 1, run);
  const pairs = await inTurn(sides, plan.pairs, run);
  await Promise.all([sources.ours.close(), sources.floor.close()]);
  return pairs;
}

export async function drainPile(side: Side, source: EventSource, { deliveries }: Plan): Promise<Figures> {
  const { standIn } = side;
  standIn.clear();
  standIn.hold();
  await source.pileUp(deliveries);
  const before = await readUsage(side);
  const startedAt = performance.now();
  standIn.release();
  await Promise.race([standIn.untilDelivered(deliveries), side.failure]);
  const seconds = (performance.now() - startedAt) / 1000;
  const used = usedFor(before, await readUsage(side), deliveries);
  return {
    ...used,
    rate: deliveries / seconds,
    redisShare: (used.redisMs * deliveries) / (seconds * 1000),
    standInShare: (used.ownMs * deliveries) / (seconds * 1000),
  };
}
