// A history as it is followed, hint by hint.
import { expect, test, vi } from "vitest";
import { createChanges } from "../../../src/api/watch/changes.ts";
import { follow } from "../../../src/api/watch/follow.ts";
import type { Watch } from "../../../src/api/watch/topic.ts";
import type { WatchedJob } from "../../../src/api/watch/watched-job.ts";
import { note } from "../../../src/shared/change.ts";
import { settleJob } from "../../../src/shared/settle.ts";
import type { Decision } from "../../../src/shared/store/jobs.ts";
import { newJob } from "../../support/job.ts";
import { openTestLedger, putJob } from "../../support/ledger.ts";

const progress: Decision = (job) => note(job, { progress: 1 }, { kind: "progress", progress: 1 });
const cancel: Decision = (job, now) => settleJob(job, { as: "canceled" }, now);

/** A queued job and nobody who hints at it but the test. */
async function openJob() {
  const ledger = openTestLedger();
  const { id } = await putJob(ledger, newJob(Date.now()));
  const changes = createChanges(ledger.jobs);
  const begin = (): Watch<WatchedJob> => {
    const watch = changes.watchJob(id, "acme");
    if (!watch) throw new Error("there is no room for a watch");
    return watch;
  };
  const change = (decide: Decision) => ledger.jobs.changeJob(id, decide);
  return { ledger, id, changes, begin, change };
}

/** What the next look brings: the kinds of the entries, and the version of the job that comes with them. */
async function nextOf(following: ReturnType<typeof follow>) {
  const { value, done } = await following.next();
  if (done) return "the end";
  return value && { kinds: value.entries.map(({ kind }) => kind), version: value.job.version };
}

test("hint after hint -> each entry once, null where there is none, and the end with the job's", async () => {
  const { id, changes, begin, change } = await openJob();
  const following = follow(begin(), null);
  expect(await nextOf(following)).toEqual({ kinds: ["queued"], version: 1 });
  changes.hint(id);
  expect(await nextOf(following)).toBeNull();
  await change(progress);
  await change(progress);
  changes.hint(id);
  expect(await nextOf(following)).toEqual({ kinds: ["progress", "progress"], version: 3 });
  await change(cancel);
  changes.hint(id);
  expect(await nextOf(following)).toEqual({ kinds: ["canceled"], version: 4 });
  expect(await nextOf(following)).toBe("the end");
});

test("another reader has had the job read before the entry was written -> it waits for the job of that entry", async () => {
  const { id, changes, begin, change } = await openJob();
  expect(await begin().subject.readJob()).toMatchObject({ version: 1 });
  await change(cancel);
  const following = follow(begin(), null);
  expect(await nextOf(following)).toBeNull();
  changes.hint(id);
  expect(await nextOf(following)).toEqual({ kinds: ["queued", "canceled"], version: 2 });
});

test("Redis cannot be asked for a while -> nothing is passed over", async () => {
  const { ledger, id, changes, begin } = await openJob();
  const away = new Error("Connection is closed.");
  const following = follow(begin(), null);
  vi.spyOn(ledger.jobs, "readHistory").mockRejectedValueOnce(away);
  expect(await nextOf(following)).toBeNull();
  vi.spyOn(ledger.jobs, "readJob").mockRejectedValueOnce(away);
  changes.hint(id);
  expect(await nextOf(following)).toBeNull();
  changes.hint(id);
  expect(await nextOf(following)).toEqual({ kinds: ["queued"], version: 1 });
});

test("the watch ends -> the end, though the job goes on", async () => {
  const { begin } = await openJob();
  const watch = begin();
  const following = follow(watch, null);
  await nextOf(following);
  watch.end();
  expect(await nextOf(following)).toBe("the end");
});
