// What the benchmark makes of its pairs: medians, and ratios that are taken within a pair.
import { expect, test } from "vitest";
import { compare, type Pair } from "../../bench/pairs.ts";

const pairsOf = (...runs: [ours: number, floor: number][]): Pair[] =>
  runs.map(([ours, floor]) => ({ ours: { rate: ours }, floor: { rate: floor } }));

test("an odd count -> the middle ones; the ratio is the median of the pairs' own, not that of the medians", () => {
  // The ratios are 5, 0.25 and 2.5; that of the medians would be 2.
  expect(compare(pairsOf([50, 10], [10, 40], [20, 8]), "rate")).toEqual({
    ours: 20,
    floor: 10,
    ratio: 2.5,
    least: 0.25,
    most: 5,
  });
});

test("an even count -> the mean of the two in the middle", () => {
  // The ratios are 4, 0.5, 2 and 0.1; that of the medians would be 1.
  expect(compare(pairsOf([40, 10], [10, 20], [100, 50], [3, 30]), "rate")).toEqual({
    ours: 25,
    floor: 25,
    ratio: 1.25,
    least: 0.1,
    most: 4,
  });
});
