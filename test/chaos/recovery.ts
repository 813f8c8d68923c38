/** How long it took until work went on, after a crash, a freeze, or an outage. */
import type { Disturbance } from "./faults.ts";
import type { FaultKind } from "./kinds.ts";

export type Spread = { count: number; p50: number; p99: number; max: number };

/** Those that take something away for a while, and that the work must get over. */
const felled: ReadonlySet<FaultKind> = new Set<FaultKind>([
  "kill-worker",
  "kill-api",
  "freeze-worker",
  "freeze-api",
  "freeze-long",
  "kill-redis",
  "freeze-redis",
]);

/** One job's way, in epoch ms. */
export type Way = { acceptedAt: number; endedAt: number | null; steps: readonly number[] };

/**
 * In ms. `first`: from the end of each such fault until the first step of anything, a purchase or a webhook. `each`: from
 * there until the next step of each job that was under way, which counts what the job would have had to wait for anyway.
 */
export function measureRecovery(
  disturbances: readonly Disturbance[],
  steps: readonly number[],
  ways: readonly Way[],
): { first: Spread | null; each: Spread | null; firstByKind: Record<string, Spread> } {
  const sorted = [...steps].sort((a, b) => a - b);
  const first: number[] = [];
  const each: number[] = [];
  const byKind = new Map<string, number[]>();
  for (const { kind, from, to, happened } of disturbances) {
    if (!happened || !felled.has(kind)) continue;
    const next = sorted.find((at) => at > to);
    // Nothing was left to be done.
    if (next === undefined) continue;
    first.push(next - to);
    byKind.set(kind, [...(byKind.get(kind) ?? []), next - to]);
    for (const way of ways) {
      const isUnderWay = way.acceptedAt < from && (way.endedAt === null || way.endedAt > to);
      const step = isUnderWay ? way.steps.find((at) => at > to) : undefined;
      if (step !== undefined) each.push(step - to);
    }
  }
  const firstByKind = Object.fromEntries(
    [...byKind].flatMap(([kind, times]) => {
      const spread = spreadOf(times);
      return spread ? [[kind, spread]] : [];
    }),
  );
  return { first: spreadOf(first), each: spreadOf(each), firstByKind };
}

export function spreadOf(times: readonly number[]): Spread | null {
  const sorted = [...times].sort((a, b) => a - b);
  const max = sorted.at(-1);
  if (max === undefined) return null;
  const at = (share: number) =>
    sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? max;
  return { count: sorted.length, p50: at(0.5), p99: at(0.99), max };
}
