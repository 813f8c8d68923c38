// One worker looked after a quarter of the lines that came round in a second: with thousands, probes of breakers came minutes late.
import { expect, test } from "vitest";
import { muster } from "../../src/worker/crew.ts";
import { destination } from "../support/places.ts";
import { openTestLedger } from "../support/ledger.ts";

const COUNT = 2000;
/** Of so many, all come round in this time: 200 in a second. */
const ROUND_S = 10;

test("two thousand lines -> one worker looks after each of them in the time after which it comes round again", async () => {
  const ledger = openTestLedger();
  const lines = Array.from({ length: COUNT }, (_, n) => destination(`host${n}.example`));
  await ledger.redis.zadd(ledger.keys.lines, ...lines.flatMap((line) => [1, line]));
  const seen = new Set<string>();
  const lookAfter = async (line: string): Promise<void> => void seen.add(line);
  for (let second = 0; second < ROUND_S; second++)
    await muster({ ...ledger, doorman: { lookAfter } }, "worker");
  expect(seen.size).toBe(COUNT);
});
