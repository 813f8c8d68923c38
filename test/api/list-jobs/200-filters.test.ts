// GET /v1/jobs with filters, alone and together.
import { describe, expect, test } from "vitest";
import { jobStatuses } from "../../../src/shared/job.ts";
import type { JobStatus } from "../../../src/shared/job.ts";
import { keysOf } from "../../../src/shared/keys-of.ts";
import { readyApi } from "../../support/api.ts";
import type { TestApi } from "../../support/api.ts";
import { newJob, newRequest, NOON } from "../../support/job.ts";
import { putJob } from "../../support/ledger.ts";
import { followPages, idsOf, readPage } from "../../support/pages.ts";
import { makeJobIn } from "../support.ts";

type Words = { status?: JobStatus; tags?: string[]; reference?: string | null };

/** Puts a job that was created so many ms after noon. */
async function put(api: TestApi, ms: number, { status = "queued", tags = [], reference = null }: Words = {}) {
  const request = newRequest({ tags, reference });
  return (await putJob(api.ledger, newJob(NOON + ms, { status, request }))).id;
}

const list = async (api: TestApi, query: Record<string, string> | [string, string][]) =>
  idsOf(...(await followPages(api, `/v1/jobs?${new URLSearchParams(query).toString()}`)));

describe("status", () => {
  test("each status -> the jobs that have it", async () => {
    const api = await readyApi();
    const ids = new Map<string, string>();
    for (const status of keysOf(jobStatuses)) ids.set(status, await put(api, ids.size, { status }));
    for (const [status, id] of ids) expect(await list(api, { status })).toEqual([id]);
  });

  test("as the worker moves a job -> it is found by its present status only", async () => {
    const api = await readyApi();
    const id = await makeJobIn(api, "processing");
    expect(await list(api, { status: "processing" })).toEqual([id]);
    for (const status of ["queued", "submitting"]) expect(await list(api, { status })).toEqual([]);
  });

  test("several -> the jobs that have one of them, in one order, over pages", async () => {
    const api = await readyApi();
    const statuses: JobStatus[] = ["failed", "canceled", "succeeded"];
    const ids: string[] = [];
    for (let n = 0; n < 12; n++) ids.unshift(await put(api, n, { status: statuses[n % 3] ?? "queued" }));
    const wanted = ids.filter((_, n) => n % 3 !== 0);
    expect(
      await list(api, [
        ["status", "canceled"],
        ["status", "failed"],
        ["status", "canceled"],
        ["limit", "3"],
      ]),
    ).toEqual(wanted);
  });
});

describe("tag and reference", () => {
  test("a tag -> the jobs that have it, among others or twice", async () => {
    const api = await readyApi();
    const one = await put(api, 1, { tags: ["spring"] });
    const two = await put(api, 2, { tags: ["a", "spring", "spring"] });
    await put(api, 3, { tags: ["Spring", "spring "] });
    expect(await list(api, { tag: "spring" })).toEqual([two, one]);
    expect(await list(api, { tag: "none" })).toEqual([]);
  });

  test("a reference -> the jobs that have exactly this one; an empty one is one too", async () => {
    const api = await readyApi();
    const one = await put(api, 1, { reference: "order-42" });
    const empty = await put(api, 2, { reference: "" });
    await put(api, 3, { reference: "order-421" });
    await put(api, 4);
    expect(await list(api, { reference: "order-42" })).toEqual([one]);
    expect(await list(api, { reference: "" })).toEqual([empty]);
  });

  test.each(["a:b{c}*?[x]", "ü 100 % & co", "\u{1f3ac}", "__proto__"])(
    "%j -> found like any other",
    async (word) => {
      const api = await readyApi();
      const id = await put(api, 1, { tags: [word], reference: word });
      await put(api, 2);
      expect(await list(api, { tag: word })).toEqual([id]);
      expect(await list(api, { reference: word })).toEqual([id]);
    },
  );
});

/** So many ms after noon. */
const at = (ms: number): string => new Date(NOON + ms).toISOString();

describe("times", () => {
  test("created_after is that time or later, created_before earlier -> ranges that meet share no job and miss none", async () => {
    const api = await readyApi();
    const ids = [
      await put(api, 0),
      await put(api, 1),
      await put(api, 2),
      await put(api, 2),
      await put(api, 3),
    ];
    const range = (from: number, to: number) =>
      list(api, { created_after: at(from), created_before: at(to), limit: "1" });
    expect(await range(0, 2)).toEqual([ids[1], ids[0]]);
    expect((await range(2, 4)).toSorted()).toEqual(ids.slice(2).toSorted());
    expect(await list(api, { created_after: at(3) })).toEqual([ids[4]]);
    expect(await list(api, { created_before: at(1) })).toEqual([ids[0]]);
    expect(await range(2, 2)).toEqual([]);
    expect(await range(3, 1)).toEqual([]);
  });

  test.each([
    ["an offset", "2026-01-02T13:00:00.002+01:00"],
    ["more digits than a millisecond has", "2026-01-02T12:00:00.002999Z"],
  ])("%s -> read as the time it is", async (_name, created_after) => {
    const api = await readyApi();
    await put(api, -1);
    const id = await put(api, 2);
    expect(await list(api, { created_after })).toEqual([id]);
  });

  test("with a cursor beyond the range -> the range counts; within it -> the cursor", async () => {
    const api = await readyApi();
    const ids: string[] = [];
    for (let n = 0; n < 6; n++) ids.push(await put(api, n));
    const { next } = await readPage(api, "/v1/jobs?limit=2");
    expect(await list(api, { after: next ?? "", created_before: at(2) })).toEqual([ids[1], ids[0]]);
    expect(await list(api, { after: next ?? "", created_before: at(5) })).toEqual([
      ids[3],
      ids[2],
      ids[1],
      ids[0],
    ]);
  });
});

describe("together", () => {
  test("every pair of filters and all of them -> what fits all", async () => {
    const api = await readyApi();
    const all: { id: string; words: Required<Words>; ms: number }[] = [];
    for (let n = 0; n < 32; n++) {
      const words: Required<Words> = {
        status: n & 1 ? "failed" : "canceled",
        tags: n & 2 ? ["spring"] : ["autumn"],
        reference: n & 4 ? "order-1" : "order-2",
      };
      all.unshift({ id: await put(api, n, words), words, ms: n });
    }
    const filters: Record<string, [string, (job: (typeof all)[number]) => boolean]> = {
      status: ["failed", ({ words }) => words.status === "failed"],
      tag: ["spring", ({ words }) => words.tags.includes("spring")],
      reference: ["order-1", ({ words }) => words.reference === "order-1"],
      created_after: [new Date(NOON + 9).toISOString(), ({ ms }) => ms >= 9],
    };
    for (let chosen = 1; chosen < 16; chosen++) {
      const some = Object.entries(filters).filter((_, n) => chosen & (1 << n));
      const wanted = all.filter((job) => some.every(([, [, fits]]) => fits(job))).map(({ id }) => id);
      expect(wanted).not.toEqual([]);
      expect(
        await list(api, [...some.map(([name, [value]]): [string, string] => [name, value]), ["limit", "3"]]),
      ).toEqual(wanted);
    }
  });

  test("few among many fit -> short pages, one of them empty, lead on to all that fit", async () => {
    const api = await readyApi();
    const wanted = [
      await put(api, -2, { status: "failed", tags: ["rare"] }),
      await put(api, -1, { tags: ["rare"] }),
    ];
    const others = Array.from({ length: 2200 }, (_, n) =>
      put(api, n, { tags: ["rare"], status: "canceled" }),
    );
    await Promise.all(others);
    const pages = await followPages(api, "/v1/jobs?tag=rare&status=failed&status=queued&limit=20");
    expect(pages.map(({ data }) => data.length)).toEqual([0, 0, 2]);
    expect(idsOf(...pages)).toEqual(wanted.toReversed());
  });
});

describe("records that are not as their index says", () => {
  test("one that cannot be read -> left out and told of, and all others are listed", async () => {
    const api = await readyApi();
    const ids = [
      await put(api, 1),
      await put(api, 2),
      await put(api, 3),
      await put(api, 4),
      await put(api, 5),
    ];
    const { redis, keys } = api.ledger;
    await redis.hset(keys.job(ids[1] ?? ""), "state", "{ sunset over");
    await redis.hset(keys.job(ids[3] ?? ""), "state", JSON.stringify({ id: ids[3] }));
    await redis.del(keys.job(ids[4] ?? ""));
    await redis.set(keys.job(ids[4] ?? ""), "no hash");
    expect(await list(api, { limit: "2" })).toEqual([ids[2], ids[0]]);
    const told = api.logs.named("record.corrupt");
    expect(new Set(told.map((line) => line["id"]))).toEqual(new Set([ids[1], ids[3], ids[4]]));
    expect(told.every((line) => line["level"] === "error")).toBe(true);
    expect(JSON.stringify(told)).not.toContain("sunset");
  });

  test("one that has gone since its index was read -> left out, without a word", async () => {
    const api = await readyApi();
    const [kept, gone] = [await put(api, 1), await put(api, 2)];
    const { redis, keys } = api.ledger;
    await redis.del(keys.job(gone));
    expect(await list(api, {})).toEqual([kept]);
    expect(api.logs.named("record.corrupt")).toEqual([]);
  });
});
