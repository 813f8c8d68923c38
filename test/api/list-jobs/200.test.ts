// GET /v1/jobs: the caller's own jobs, newest first.
import { describe, expect, test } from "vitest";
import { ACME_SECOND, GLOBEX, readyApi } from "../../support/api.ts";
import { newJob, NOON } from "../../support/job.ts";
import { putJob } from "../../support/ledger.ts";
import { followPages, idsOf, readPage } from "../../support/pages.ts";
import { makeJob, makeJobIn } from "../support.ts";

describe("what is listed", () => {
  test("no jobs -> an empty page without a next", async () => {
    const api = await readyApi();
    expect(await readPage(api, "/v1/jobs")).toEqual({ data: [], next: null });
  });

  test("jobs -> each as a read of it shows it, newest first", async () => {
    const api = await readyApi();
    const older = await makeJobIn(api, "succeeded");
    const newer = await makeJob(api, { input: { prompt: "a pier" }, reference: "order-1", tags: ["spring"] });
    const answer = await api.call("GET", "/v1/jobs");
    expect(answer.headers).toMatchObject({
      "content-type": "application/json; charset=utf-8",
      "cache-control": "no-store",
    });
    const reads = await Promise.all([newer, older].map((id) => api.call("GET", `/v1/jobs/${id}`)));
    expect(answer.json).toEqual({ data: reads.map(({ json }) => json), next: null });
  });

  test("PUBLIC_URL -> the jobs' urls are absolute", async () => {
    const api = await readyApi({ PUBLIC_URL: "https://video.example.com" });
    const id = await makeJob(api);
    expect((await readPage(api, "/v1/jobs")).data).toMatchObject([
      { urls: { self: `https://video.example.com/v1/jobs/${id}` } },
    ]);
  });

  test("another tenant -> sees its own jobs only; another key of the same tenant sees the same ones", async () => {
    const api = await readyApi();
    const id = await makeJob(api);
    expect(idsOf(await readPage(api, "/v1/jobs", { key: ACME_SECOND }))).toEqual([id]);
    expect(idsOf(await readPage(api, "/v1/jobs", { key: GLOBEX }))).toEqual([]);
  });

  test("another tenant with the same reference and tag, and this one's cursor -> nothing of this one", async () => {
    const api = await readyApi();
    const words = { reference: "order-1", tags: ["spring"] };
    const other = await api.post({ input: { prompt: "a pier" }, ...words }, { key: GLOBEX });
    await makeJob(api, { input: { prompt: "a pier" }, ...words });
    await makeJob(api, { input: { prompt: "a pier" }, ...words });
    const { next } = await readPage(api, "/v1/jobs?limit=1");
    for (const query of [
      "?reference=order-1",
      "?tag=spring",
      "?tag=spring&status=queued",
      `?after=${next}`,
    ]) {
      expect(idsOf(await readPage(api, `/v1/jobs${query}`, { key: GLOBEX }))).toEqual([other.json["id"]]);
    }
  });
});

describe("pages", () => {
  test("no limit -> 20; a limit -> so many, and a next exactly if more are there", async () => {
    const api = await readyApi();
    for (let n = 0; n < 21; n++) await putJob(api.ledger, newJob(NOON + n));
    const sizes = async (path: string) => (await followPages(api, path)).map(({ data }) => data.length);
    expect(await sizes("/v1/jobs")).toEqual([20, 1]);
    expect(await sizes("/v1/jobs?limit=7")).toEqual([7, 7, 7]);
    expect(await sizes("/v1/jobs?limit=21")).toEqual([21]);
    expect(await sizes("/v1/jobs?limit=100")).toEqual([21]);
  });

  test("of one millisecond -> the greatest id first", async () => {
    const api = await readyApi();
    const jobs = await Promise.all(Array.from({ length: 9 }, () => putJob(api.ledger, newJob(NOON))));
    const ids = jobs
      .map(({ id }) => id)
      .toSorted()
      .toReversed();
    expect(idsOf(...(await followPages(api, "/v1/jobs?limit=2")))).toEqual(ids);
  });

  test("the cursor -> opaque, safe in a URL, and good with other filters", async () => {
    const api = await readyApi();
    const jobs = await Promise.all([1, 2, 3].map((n) => putJob(api.ledger, newJob(NOON + n))));
    const { next } = await readPage(api, "/v1/jobs?limit=2");
    expect(next).toMatch(/^[A-Za-z0-9_-]+$/);
    expect(next).not.toContain(jobs[1]?.id);
    expect(idsOf(await readPage(api, `/v1/jobs?status=queued&after=${next}`))).toEqual([jobs[0]?.id]);
    expect(idsOf(await readPage(api, `/v1/jobs?status=failed&after=${next}`))).toEqual([]);
  });

  test("HEAD -> the headers of the list", async () => {
    const api = await readyApi();
    const answer = await api.call("HEAD", "/v1/jobs");
    expect({ status: answer.status, text: answer.text }).toEqual({ status: 200, text: "" });
  });
});

test("a list -> one line in the log, without what was asked for", async () => {
  const api = await readyApi();
  await readPage(api, "/v1/jobs?reference=secret-order");
  const line = await api.logs.waitFor({ msg: "http.request", route: "/v1/jobs" });
  expect(line).toMatchObject({ http_status: 200, tenant: "acme" });
  expect(JSON.stringify(api.logs.lines)).not.toContain("secret-order");
});
