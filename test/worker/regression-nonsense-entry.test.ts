// An entry without data, which something else must have put into a queue, broke the loop's own way of saying that a step was
// broken; one that named no record was looked for in Redis under whatever it said.
import { expect, test } from "vitest";

import { done } from "../../src/worker/outcome.ts";
import { eventually } from "../support/eventually.ts";
import { openTestLedger } from "../support/ledger.ts";
import { startTestStage } from "../support/stage.ts";

const nonsense: [string, string][] = [
  ["null", "null"],
  ["a text", '"job"'],
  ["no id", '{"n":1}'],
  ["an id that is no text", '{"id":{"a":1},"n":1}'],
  ["an empty id", '{"id":"","n":1}'],
  ["an id of a megabyte", JSON.stringify({ id: "j".repeat(1_000_000), n: 1 })],
  ["no number", '{"id":"job_1"}'],
  ["a number that is a text", '{"id":"job_1","n":"1"}'],
];

test.each(["submit", "poll", "deliver"] as const)(
  "entries of nonsense in %s -> each is dropped and said, none reaches the step, and what comes after them is done",
  async (stage) => {
    const ledger = openTestLedger();
    const queue = ledger.motor.queues[stage];
    const names = nonsense.map((_, index) => `nonsense-${index}x`);
    await ledger.motor.wake(
      names.map((name) => ({ stage, id: name, n: 1 })),
      0,
    );
    for (const [index, [, data]] of nonsense.entries()) {
      await ledger.redis.hset(`${ledger.keys.queues}:${stage}:${names[index]}-1`, "data", data);
    }
    await ledger.motor.wake([{ stage, id: "job_of_ours", n: 1 }], 0);
    const steps: unknown[] = [];
    startTestStage(ledger, stage, async (entry) => {
      steps.push(entry);
      return done;
    });
    await eventually(async () =>
      expect(await queue.getJobCounts("completed", "failed")).toEqual({
        completed: nonsense.length + 1,
        failed: 0,
      }),
    );
    expect(steps).toEqual([{ id: "job_of_ours", n: 1 }]);
    const said = ledger.logs.named("entry.foreign").map(({ entry }) => entry);
    expect(new Set(said)).toEqual(new Set(names.map((name) => `${name}-1`)));
    expect(said).toHaveLength(names.length);
  },
);

test("an entry that BullMQ itself cannot read -> the others go on", async () => {
  const ledger = openTestLedger();
  await ledger.motor.wake(
    ["broken-data", "broken-opts", "sound"].map((id) => ({ stage: "poll", id, n: 1 })),
    0,
  );
  await ledger.redis.hset(`${ledger.keys.queues}:poll:broken-data-1`, "data", "{");
  await ledger.redis.hset(`${ledger.keys.queues}:poll:broken-opts-1`, "opts", "{");
  const steps: unknown[] = [];
  startTestStage(ledger, "poll", async ({ id }) => {
    steps.push(id);
    return done;
  });
  await eventually(() => expect(steps).toEqual(["sound"]));
});
