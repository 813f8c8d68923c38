// From the write that ends a job to the receiver's having its event in full: jobs end one by one, at a steady pace, in the
// benchmark's own process, which is the receiver too, so that one clock tells both.
import { setTimeout as delay } from "node:timers/promises";
import { type Ending, type EventSource, openEvents } from "../events.ts";
import { type Figures, type Pair, inTurn } from "../pairs.ts";
import { ourEnvironment, type Plan, SETTLES_A_SECOND } from "../settings.ts";
import type { Side, SideName } from "../side.ts";
import { readUsage, usedFor } from "../usage.ts";

export async function measureLatency(sides: Record<SideName, Side>, plan: Plan): Promise<Pair[]> {
  const sources = {
    ours: await openEvents(sides.ours, ourEnvironment),
    floor: await openEvents(sides.floor, ourEnvironment),
  };
  const run = (side: Side) => timeDeliveries(side, sources[side.name], plan.settlesS);
  await inTurn(sides, 1, run);
  const pairs = await inTurn(sides, plan.pairs, run);
  await Promise.all([sources.ours.close(), sources.floor.close()]);
  return pairs;
}

export async function timeDeliveries(side: Side, source: EventSource, seconds: number): Promise<Figures> {
  const { standIn } = side;
  const count = seconds * SETTLES_A_SECOND;
  const endings = await source.prepare(count);
  const writtenAt = new Map<string, number>();
  const tookMs: number[] = [];
  standIn.clear();
  standIn.onEvent = (body) => {
    const cameAt = performance.now();
    const [, jobId = ""] = /"id":"(job_\w+)"/.exec(body) ?? [];
    tookMs.push(cameAt - (writtenAt.get(jobId) ?? Number.NaN));
  };
  const before = await readUsage(side);
  await Promise.race([endAtPace(endings, writtenAt), side.failure]);
  await Promise.race([standIn.untilDelivered(count), side.failure]);
  const used = usedFor(before, await readUsage(side), count);
  standIn.onEvent = null;
  const sorted = tookMs.toSorted((a, b) => a - b);
  const share = (part: number) => sorted[Math.ceil(part * sorted.length) - 1] ?? Number.NaN;
  return { ...used, p50: share(0.5), p95: share(0.95), p99: share(0.99) };
}

/** An end that is slow to be written delays no other. */
async function endAtPace(endings: Ending[], writtenAt: Map<string, number>): Promise<void> {
  const startedAt = performance.now();
  const ends: Promise<void>[] = [];
  for (const [n, { jobId, end }] of endings.entries()) {
    const early = startedAt + (n * 1000) / SETTLES_A_SECOND - performance.now();
    if (early > 0) await delay(early);
    ends.push(end(() => writtenAt.set(jobId, performance.now())));
  }
  await Promise.all(ends);
}
