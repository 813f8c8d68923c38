// Comparing fairly on a machine that others use too: ours and the floor take turns, and what counts is the ratio within
// each pair.
import type { Side, SideName } from "./side.ts";

/** What one run of one side gave, by the name of the figure. */
export type Figures = Record<string, number>;

export type Pair = Record<SideName, Figures>;

export async function inTurn(
  sides: Record<SideName, Side>,
  pairs: number,
  measure: (side: Side) => Promise<Figures>,
): Promise<Pair[]> {
  const found: Pair[] = [];
  for (let n = 0; n < pairs; n++) {
    const ours = await measure(sides.ours);
    found.push({ ours, floor: await measure(sides.floor) });
  }
  return found;
}

export type Comparison = { ours: number; floor: number; ratio: number; least: number; most: number };

/** The medians of both sides, and the median, least and greatest of the pairs' ratios. */
export function compare(pairs: Pair[], name: string): Comparison {
  const of = (side: SideName) => pairs.map((pair) => pair[side][name] ?? Number.NaN);
  const floor = of("floor");
  const ratios = of("ours").map((value, n) => value / (floor[n] ?? Number.NaN));
  return {
    ours: median(of("ours")),
    floor: median(floor),
    ratio: median(ratios),
    least: Math.min(...ratios),
    most: Math.max(...ratios),
  };
}

export function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] ?? Number.NaN;
  return Number.isInteger(middle) ? (upper + (sorted[middle - 1] ?? Number.NaN)) / 2 : upper;
}
