// A note that a look went well is good for a minute, and looks are many: whoever has just noted two tasks writes no third.
import { expect, test } from "vitest";

import { createRoad } from "../../src/worker/road.ts";
import { openTestLedger, readZset } from "../support/ledger.ts";

const NOON = 1_800_000_000_000;

function openRoad() {
  const ledger = openTestLedger();
  const road = createRoad(ledger.redis, ledger.keys, 60_000);
  return { road, notes: () => readZset(ledger, ledger.keys.goodLooks) };
}

test("looks at many tasks within a second -> two are noted, which tell each task of another", async () => {
  const { road, notes } = openRoad();
  for (const [n, task] of ["a", "b", "c", "b", "a"].entries()) await road.noteGoodLook(task, NOON + n);
  expect(await notes()).toEqual({ a: NOON, b: NOON + 1 });
  for (const task of ["a", "b", "c"]) expect(await road.looksWorkElsewhere(task, NOON + 5)).toBe(true);
});

test("one task looked at again and again -> it is noted once a second, and leaves room for another", async () => {
  const { road, notes } = openRoad();
  for (const ms of [0, 400, 999, 1000, 1500]) await road.noteGoodLook("busy", NOON + ms);
  expect(await notes()).toEqual({ busy: NOON + 1000 });
  await road.noteGoodLook("another", NOON + 1501);
  expect(await notes()).toEqual({ busy: NOON + 1000, another: NOON + 1501 });
});

test("the clock was set back -> a note from the future holds nobody up", async () => {
  const { road, notes } = openRoad();
  await road.noteGoodLook("a", NOON);
  await road.noteGoodLook("a", NOON - 3_600_000);
  expect(await notes()).toEqual({ a: NOON - 3_600_000 });
});
