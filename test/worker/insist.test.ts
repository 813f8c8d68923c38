import { beforeEach, expect, test, vi } from "vitest";

import { insist } from "../../src/worker/insist.ts";

const gaps = vi.hoisted((): number[] => []);
vi.mock("node:timers/promises", () => ({
  setTimeout: (ms: number) => {
    gaps.push(ms);
    return Promise.resolve();
  },
}));

beforeEach(() => {
  gaps.length = 0;
});

/** Work that fails so many times first. */
function failing(times: number): () => Promise<string> {
  let left = times;
  return async () => {
    if (left-- > 0) throw new Error(`${left} more`);
    return "written";
  };
}

test("the work succeeds at once -> its result, no wait, no report", async () => {
  const reports: unknown[] = [];
  expect(await insist(failing(0), (error) => reports.push(error))).toBe("written");
  expect({ gaps, reports }).toEqual({ gaps: [], reports: [] });
});

test("the work fails again and again -> repeated until it succeeds, after gaps that double up to five seconds", async () => {
  const reports: unknown[] = [];
  expect(await insist(failing(9), (error) => reports.push(error))).toBe("written");
  expect(gaps).toEqual([100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000]);
  expect(reports).toHaveLength(9);
  expect(reports[8]).toEqual(new Error("0 more"));
});

test("the work throws before it returns a promise -> repeated all the same", async () => {
  let calls = 0;
  const work = (): Promise<number> => {
    if (++calls === 1) throw new TypeError("at once");
    return Promise.resolve(calls);
  };
  expect(await insist(work, () => {})).toBe(2);
});
