// How a page is read: how far the walk goes, and when there is a next one.
import { describe, expect, test } from "vitest";

import { newestFirst, toCursor } from "../../../src/api/lists/cursor.ts";
import type { Position } from "../../../src/api/lists/cursor.ts";
import { readPage, walkAll } from "../../../src/api/lists/list.ts";
import type { List } from "../../../src/api/lists/list.ts";

const entry = (n: number): Position => ({ at: n, id: `job_${n}` });
const upTo = (count: number): Position[] => Array.from({ length: count }, (_, n) => entry(n + 1));

/** A list of the numbers 1 to `count`, and how many of them were read. */
function numbers(count: number, matches: (n: number) => boolean = () => true, missing: number[] = []) {
  const seen: number[] = [];
  const list: List<number> = {
    walk: walkAll(upTo(count)),
    read: async (ids) => {
      const read = ids.map((id) => Number(id.slice("job_".length)));
      seen.push(...read);
      return read.map((n) => (missing.includes(n) ? null : n));
    },
    matches,
  };
  return { list, seen };
}

describe("a list without a filter", () => {
  test.each([
    [0, [], null],
    [2, [2, 1], null],
    [3, [3, 2, 1], null],
    [4, [4, 3, 2], 2],
  ])("%i entries, 3 wanted -> %j, and a next only if more are there", async (count, records, end) => {
    const page = await readPage(numbers(count).list, 3);
    expect(page).toEqual({ records, next: end === null ? null : toCursor(entry(end)) });
  });

  test("a place that was never taken -> what is behind it", async () => {
    const { list } = numbers(5);
    expect((await readPage(list, 2, { at: 4, id: "job_3" })).records).toEqual([3, 2]);
    expect((await readPage(list, 2, { at: 4, id: "job_5" })).records).toEqual([4, 3]);
    expect((await readPage(list, 2, { at: 4, id: "" })).records).toEqual([3, 2]);
  });

  test("a record that is gone or cannot be shown -> the page is filled with those behind it", async () => {
    const { list } = numbers(9, undefined, [9, 8, 6]);
    expect((await readPage(list, 3)).records).toEqual([7, 5, 4]);
  });

  test("all that remain cannot be shown -> an empty page without a next", async () => {
    expect(await readPage(numbers(2, undefined, [1, 2]).list, 3)).toEqual({ records: [], next: null });
  });
});

describe("a list with a filter", () => {
  test("few fit -> at most 1,000 are looked at, and the page goes on from there", async () => {
    const { list, seen } = numbers(2500, (n) => n % 400 === 0);
    const first = await readPage(list, 20);
    expect(first).toEqual({ records: [2400, 2000, 1600], next: toCursor(entry(1501)) });
    expect(seen).toHaveLength(1000);
    const second = await readPage(list, 20, entry(1501));
    expect(second).toEqual({ records: [1200, 800], next: toCursor(entry(501)) });
    const third = await readPage(list, 20, entry(501));
    expect(third).toEqual({ records: [400], next: null });
    expect(seen).toEqual(
      upTo(2500)
        .map(({ at }) => at)
        .toSorted((a, b) => b - a),
    );
  });

  test("the page is full in the middle of a stretch -> the next one misses nothing", async () => {
    const { list } = numbers(100, (n) => n % 3 === 0);
    const first = await readPage(list, 4);
    expect(first).toEqual({ records: [99, 96, 93, 90], next: toCursor(entry(90)) });
    expect((await readPage(list, 4, entry(90))).records).toEqual([87, 84, 81, 78]);
  });

  test("nothing fits -> an empty page that has a next, until the end", async () => {
    const { list } = numbers(1500, () => false);
    expect(await readPage(list, 1)).toEqual({ records: [], next: toCursor(entry(501)) });
    expect(await readPage(list, 1, entry(501))).toEqual({ records: [], next: null });
  });
});

test("the order -> newest first, and of one time the greatest id first", () => {
  const [a, b, c] = [entry(1), { at: 1, id: "job_2" }, entry(2)];
  expect([a, b, c].toSorted(newestFirst)).toEqual([c, b, a]);
  expect(newestFirst(a, { ...a })).toBe(0);
});
