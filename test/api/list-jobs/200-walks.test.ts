// Following the cursors of GET /v1/jobs while jobs come, change and go: no job is met twice, and none is missed that is
// there, and fits, all the while.
import { expect, test } from "vitest";
import { newJobId } from "../../../src/shared/ids.ts";
import type { Decision } from "../../../src/shared/store/jobs.ts";
import { settleJob } from "../../../src/shared/settle.ts";
import { GLOBEX, readyApi } from "../../support/api.ts";
import type { TestApi } from "../../support/api.ts";
import { newJob, NOON } from "../../support/job.ts";
import { putJob } from "../../support/ledger.ts";
import { followPages, idsOf, readPage } from "../../support/pages.ts";
import { smallBody } from "../support.ts";

const JOBS = 1000;

const cancel: Decision = (job, now) => settleJob(job, { as: "canceled" }, now);

/** Puts jobs, each created as many ms after noon as `ms` says of its number. Returns their ids, the newest first. */
async function putMany(api: TestApi, count: number, ms: (n: number) => number): Promise<string[]> {
  const numbers = Array.from({ length: count }, (_, n) => n);
  const jobs = await Promise.all(numbers.map((n) => putJob(api.ledger, newJob(NOON + ms(n)))));
  return jobs.toSorted((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1)).map(({ id }) => id);
}

const expectEachOnce = (ids: string[]) => expect(new Set(ids).size).toBe(ids.length);

test("1,000 jobs, while clients make new ones -> each of the 1,000 once, in order", async () => {
  const api = await readyApi();
  const there = await putMany(api, JOBS, (n) => n);
  let made = 0;
  const walking = new AbortController();
  const makers = [null, null, null].map(async () => {
    while (!walking.signal.aborted) made += (await api.post(smallBody)).status === 202 ? 1 : 0;
  });
  const pages = await followPages(api, "/v1/jobs?limit=17", {
    meanwhile: () => api.post(smallBody),
  });
  walking.abort();
  await Promise.all(makers);
  expect(made).toBeGreaterThan(20);
  const met = idsOf(...pages);
  expectEachOnce(met);
  const known = new Set(there);
  expect(met.filter((id) => known.has(id))).toEqual(there);
});

test("1,000 jobs of one millisecond, while more of the same millisecond come and go -> each once, in order", async () => {
  const api = await readyApi();
  const there = await putMany(api, JOBS, () => 0);
  const passing: string[] = [];
  const pages = await followPages(api, "/v1/jobs?limit=13", {
    // Before and behind the walk's place alike.
    meanwhile: async (_page, index) => {
      const jobs = await Promise.all(
        [1, 2, 3].map(() => putJob(api.ledger, newJob(NOON, { id: newJobId() }))),
      );
      passing.push(...jobs.map(({ id }) => id));
      const gone = await api.ledger.jobs.readJob(passing[index] ?? "");
      if (gone) await purge(api, gone.record.id);
    },
  });
  const met = idsOf(...pages);
  expectEachOnce(met);
  const known = new Set(there);
  expect(met.filter((id) => known.has(id))).toEqual(there);
  expect(met).toEqual(met.toSorted().toReversed());
});

/** As the retention's end would: the record and its places in the indexes. */
async function purge({ ledger }: TestApi, id: string): Promise<void> {
  const { redis, keys } = ledger;
  await redis.del(keys.job(id));
  for (const owner of ["acme", "*"]) await redis.zrem(keys.jobs(owner), id);
}

test("the job that a cursor points at is purged, and all those around it -> the walk goes on without a gap", async () => {
  const api = await readyApi();
  const there = await putMany(api, 12, (n) => Math.floor(n / 6));
  const { next, data } = await readPage(api, "/v1/jobs?limit=4");
  expect(data.map(({ id }) => id)).toEqual(there.slice(0, 4));
  for (const id of there.slice(2, 6)) await purge(api, id);
  expect(idsOf(await readPage(api, `/v1/jobs?after=${next}`))).toEqual(there.slice(6));
});

test("jobs change their status during a walk by status -> those that keep it are met once, the others at most once", async () => {
  const api = await readyApi();
  const there = await putMany(api, 300, (n) => Math.floor(n / 100));
  const changed = new Set<string>();
  const pages = await followPages(api, "/v1/jobs?status=queued&limit=11", {
    meanwhile: async (page, index) => {
      // One that was met and one that was not: the walk's place moves among those that are left.
      for (const id of [page.data[3]?.id, there[index * 7 + 50]]) {
        if (id === undefined || changed.has(id)) continue;
        await api.ledger.jobs.changeJob(id, (job, now, bar) =>
          job.status === "queued" ? cancel(job, now, bar) : null,
        );
        changed.add(id);
      }
    },
  });
  const met = idsOf(...pages);
  expectEachOnce(met);
  expect(changed.size).toBeGreaterThan(40);
  const kept = there.filter((id) => !changed.has(id));
  expect(met.filter((id) => !changed.has(id))).toEqual(kept);
});

test("a job moves from one wanted status to another during the walk -> met once all the same", async () => {
  const api = await readyApi();
  const there = await putMany(api, 60, (n) => n);
  const pages = await followPages(api, "/v1/jobs?status=queued&status=canceled&limit=7", {
    meanwhile: async (page, index) => {
      for (const id of [page.data[0]?.id, there[index * 8 + 9]]) {
        if (id)
          await api.ledger.jobs.changeJob(id, (job, now, bar) =>
            job.status === "queued" ? cancel(job, now, bar) : null,
          );
      }
    },
  });
  expect(idsOf(...pages)).toEqual(there);
});

test("another tenant makes jobs during the walk -> they do not show", async () => {
  const api = await readyApi();
  const there = await putMany(api, 30, () => 0);
  const pages = await followPages(api, "/v1/jobs?limit=4", {
    meanwhile: () => api.post(smallBody, { key: GLOBEX }),
  });
  expect(idsOf(...pages)).toEqual(there);
});
