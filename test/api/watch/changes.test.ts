// Who watches which job: how they are woken, what they read, and that nothing is left of them.
import { describe, expect, test, vi } from "vitest";
import { createChanges, MAX_WATCHES } from "../../../src/api/watch/changes.ts";
import type { Watch } from "../../../src/api/watch/topic.ts";
import type { WatchedJob } from "../../../src/api/watch/watched-job.ts";
import { openTestLedger, putJob } from "../../support/ledger.ts";
import { newJob } from "../../support/job.ts";

function openChanges() {
  const ledger = openTestLedger();
  return { ledger, changes: createChanges(ledger.jobs) };
}

/** There is room for it. */
function begin(changes: ReturnType<typeof createChanges>, id = "job_1", caller = "acme"): Watch<WatchedJob> {
  const watch = changes.watchJob(id, caller);
  if (!watch) throw new Error("there is no room for another watch");
  return watch;
}

const nothing = { watches: 0, topics: 0 };

describe("next", () => {
  test("a hint at the job -> all who watch it wake, and nobody else", async () => {
    const { changes } = openChanges();
    const [one, two, other] = [begin(changes), begin(changes), begin(changes, "job_2")];
    const woken = Promise.all([one.next(), two.next()]);
    let isOtherAwake = false;
    void other.next().then(() => (isOtherAwake = true));
    changes.hint("job_1");
    expect(await woken).toEqual([true, true]);
    expect(isOtherAwake).toBe(false);
  });

  test("a hint between two calls -> the second resolves at once", async () => {
    const { changes } = openChanges();
    const watch = begin(changes);
    changes.hint("job_1");
    expect(await watch.next()).toBe(true);
  });

  test("three hints between two calls -> one look", async () => {
    const { changes } = openChanges();
    const watch = begin(changes);
    for (let n = 0; n < 3; n++) changes.hint("job_1");
    await watch.next();
    const again = watch.next();
    watch.end();
    expect(await again).toBe(false);
  });

  test("a hint at all -> everybody wakes", async () => {
    const { changes } = openChanges();
    const watches = ["job_1", "job_2", "job_3"].map((id) => begin(changes, id));
    const woken = Promise.all(watches.map((watch) => watch.next()));
    changes.hintAll();
    expect(await woken).toEqual([true, true, true]);
  });

  test("a hint at a job that nobody watches -> nothing", () => {
    const { changes } = openChanges();
    changes.hint("job_1");
    expect(changes.count()).toEqual(nothing);
  });

  test("the watch ends while somebody waits -> false, and false ever after", async () => {
    const { changes } = openChanges();
    const watch = begin(changes);
    const waiting = watch.next();
    watch.end();
    expect(await waiting).toBe(false);
    changes.hint("job_1");
    expect(await watch.next()).toBe(false);
    expect(watch.hasEnded).toBe(true);
  });
});

describe("reads", () => {
  test("50 read the job after one hint -> one read of the ledger; after the next hint -> another, with the news", async () => {
    const { ledger, changes } = openChanges();
    const job = await putJob(ledger, newJob(Date.now()));
    const read = vi.spyOn(ledger.jobs, "readJob");
    const watches = Array.from({ length: 50 }, () => begin(changes, job.id));
    const first = await Promise.all(watches.map((watch) => watch.subject.readJob()));
    expect(first).toEqual(watches.map(() => job));
    expect(read).toHaveBeenCalledTimes(1);
    await ledger.jobs.changeJob(job.id, (before) => ({
      transition: null,
      job: { ...before, polls: 1, version: before.version + 1 },
      fact: null,
      event: null,
    }));
    read.mockClear();
    changes.hint(job.id);
    const second = await Promise.all(watches.map((watch) => watch.subject.readJob()));
    expect(second.map((found) => found?.polls)).toEqual(watches.map(() => 1));
    expect(read).toHaveBeenCalledTimes(1);
  });

  test("50 read the history from one place -> one read; from another place -> another", async () => {
    const { ledger, changes } = openChanges();
    const job = await putJob(ledger, newJob(Date.now()));
    const read = vi.spyOn(ledger.jobs, "readHistory");
    const watches = Array.from({ length: 50 }, () => begin(changes, job.id));
    const pages = await Promise.all(watches.map((watch) => watch.subject.readHistory(null)));
    const [queued] = pages[0] ?? [];
    expect(pages.map((page) => page?.map(({ kind }) => kind))).toEqual(watches.map(() => ["queued"]));
    expect(read).toHaveBeenCalledTimes(1);
    expect(await watches[0]?.subject.readHistory(queued?.id ?? "")).toEqual([]);
    expect(read).toHaveBeenCalledTimes(2);
  });

  test("a job that is not there -> null", async () => {
    const { changes } = openChanges();
    expect(await begin(changes).subject.readJob()).toBeNull();
  });

  test("Redis cannot be asked -> null, and the next hint lets it be asked again", async () => {
    const { ledger, changes } = openChanges();
    const job = await putJob(ledger, newJob(Date.now()));
    vi.spyOn(ledger.jobs, "readJob").mockRejectedValueOnce(new Error("Connection is closed."));
    const watch = begin(changes, job.id);
    expect(await watch.subject.readJob()).toBeNull();
    changes.hint(job.id);
    expect(await watch.subject.readJob()).toEqual(job);
  });

  test("a record that nobody can understand -> null, and once it is repaired the next hint lets it be read", async () => {
    const { ledger, changes } = openChanges();
    const job = await putJob(ledger, newJob(Date.now()));
    const key = ledger.keys.job(job.id);
    const state = (await ledger.redis.hget(key, "state")) ?? "";
    await ledger.redis.hset(key, "state", "{");
    const watch = begin(changes, job.id);
    expect(await watch.subject.readJob()).toBeNull();
    await ledger.redis.hset(key, "state", state);
    changes.hint(job.id);
    expect(await watch.subject.readJob()).toEqual(job);
  });
});

describe("what is left", () => {
  test("watches that end, each of them twice -> nothing", () => {
    const { changes } = openChanges();
    const watches = [begin(changes), begin(changes), begin(changes, "job_2", "globex")];
    expect(changes.count()).toEqual({ watches: 3, topics: 2 });
    for (const watch of [...watches, ...watches]) watch.end();
    expect(changes.count()).toEqual(nothing);
  });

  test("one of two ends -> the other is still woken", async () => {
    const { changes } = openChanges();
    const [one, two] = [begin(changes), begin(changes)];
    one.end();
    const woken = two.next();
    changes.hint("job_1");
    expect(await woken).toBe(true);
  });

  test("a watch that begins after the last one ended -> is woken", async () => {
    const { changes } = openChanges();
    begin(changes).end();
    const later = begin(changes);
    const woken = later.next();
    changes.hint("job_1");
    expect(await woken).toBe(true);
  });

  test("the process stops -> every watch ends, and is told why", async () => {
    const { changes } = openChanges();
    const onRelease = vi.fn<() => void>();
    const first = changes.watchJob("job_1", "acme", onRelease);
    const waiting = Promise.all([first?.next() ?? true, begin(changes, "job_2").next()]);
    changes.release();
    expect(await waiting).toEqual([false, false]);
    expect(onRelease).toHaveBeenCalledTimes(1);
    expect(changes.count()).toEqual(nothing);
  });

  test("a watch that ends by itself -> is not told that the process stops", () => {
    const { changes } = openChanges();
    const onRelease = vi.fn<() => void>();
    changes.watchJob("job_1", "acme", onRelease)?.end();
    changes.release();
    expect(onRelease).not.toHaveBeenCalled();
  });

  test("a watch that begins while the process stops -> has ended already", async () => {
    const { changes } = openChanges();
    const onRelease = vi.fn<() => void>();
    changes.release();
    const watch = changes.watchJob("job_1", "acme", onRelease);
    expect(await watch?.next()).toBe(false);
    expect(onRelease).toHaveBeenCalledTimes(1);
    expect(changes.count()).toEqual(nothing);
  });
});

test(`${MAX_WATCHES} watches of one caller -> no more of its own, any of others, and one more for each that ends`, () => {
  const { changes } = openChanges();
  const watches = Array.from({ length: MAX_WATCHES }, (_, n) => begin(changes, `job_${n}`));
  expect(changes.watchJob("job_0", "acme")).toBeNull();
  expect(changes.watchJob("job_0", "globex")).not.toBeNull();
  watches[0]?.end();
  expect(changes.watchJob("job_0", "acme")).not.toBeNull();
  expect(changes.watchJob("job_0", "acme")).toBeNull();
});
