// A stretch of an index from any place, compared with a sort: also where thousands share one millisecond.
import * as fc from "fast-check";
import { expect, test } from "vitest";

import { newestFirst, theBeginning } from "../../../src/api/lists/cursor.ts";
import type { Position } from "../../../src/api/lists/cursor.ts";
import { walkIndexes } from "../../../src/api/lists/list.ts";
import { openTestLedger } from "../../support/ledger.ts";
import type { TestLedger } from "../../support/ledger.ts";

const RUNS = 150;
// Such that an order by bytes, by letters, and by numbers all differ.
const id = fc.string({ unit: fc.constantFrom("0", "9", "A", "Z", "a", "_"), minLength: 1, maxLength: 3 });
const place = fc.record({
  at: fc.integer({ min: 1_767_225_600_000, max: 1_767_225_600_003 }),
  id: fc.oneof(id, fc.constant("")),
});

/** Replaces the members of the indexes: each entry is in one of them. */
async function fill({ redis }: TestLedger, indexes: string[], entries: Position[]): Promise<void> {
  await redis.del(...indexes);
  for (const [n, entry] of entries.entries()) {
    await redis.zadd(indexes[n % indexes.length] ?? "", entry.at, entry.id);
  }
}

test("any entries, any place -> what is older than it, in order", async () => {
  const ledger = openTestLedger();
  const story = fc.record({
    entries: fc.uniqueArray(fc.record({ at: place.map(({ at }) => at), id }), {
      selector: (each) => each.id,
      maxLength: 60,
    }),
    indexes: fc.integer({ min: 1, max: 3 }),
    after: fc.oneof(place, fc.constant(theBeginning)),
    count: fc.integer({ min: 1, max: 70 }),
    oldest: fc.oneof(
      fc.constant(0),
      place.map(({ at }) => at),
    ),
  });
  const property = fc.asyncProperty(story, async ({ entries, indexes, after, count, oldest }) => {
    const names = Array.from({ length: indexes }, (_, n) => ledger.keys.jobs(`list-${n}`));
    await fill(ledger, names, entries);
    const behind = entries.filter((entry) => entry.at >= oldest && newestFirst(after, entry) < 0);
    expect(await walkIndexes(ledger.redis, names, oldest)(after, count)).toEqual(
      behind.toSorted(newestFirst).slice(0, count),
    );
  });
  await fc.assert(property, { numRuns: RUNS });
});

const idOf = (n: number): string => `job_${String(n).padStart(6, "0")}`;

test("50,000 of one millisecond -> any place among them is found", async () => {
  const ledger = openTestLedger();
  const name = ledger.keys.jobs("acme");
  const at = 1_767_225_600_000;
  for (let from = 0; from < 50_000; from += 5000) {
    await ledger.redis.zadd(name, ...Array.from({ length: 5000 }, (_, n) => [at, idOf(from + n)]).flat());
  }
  const walk = walkIndexes(ledger.redis, [name]);
  for (const n of [49_999, 31_415, 2, 1]) {
    expect(await walk({ at, id: idOf(n) }, 2)).toEqual(
      [n - 1, n - 2].filter((each) => each >= 0).map((each) => ({ at, id: idOf(each) })),
    );
  }
});
