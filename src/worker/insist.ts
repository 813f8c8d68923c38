import { setTimeout as sleep } from "node:timers/promises";

const FIRST_GAP_MS = 100;
const LONGEST_GAP_MS = 5000;

/** Repeats the work until it succeeds, with growing gaps; every failure is told to `report`. */
export async function insist<T>(work: () => Promise<T>, report: (error: unknown) => void): Promise<T> {
  for (let gap = FIRST_GAP_MS; ; gap = Math.min(gap * 2, LONGEST_GAP_MS)) {
    try {
      return await work();
    } catch (error) {
      report(error);
      await sleep(gap);
    }
  }
}
