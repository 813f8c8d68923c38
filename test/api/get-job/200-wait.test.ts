// GET /v1/jobs/{id}?wait=N: the answer comes when there is something to tell. A wait of 60 s is longer than a test may take.
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { beginAttempt } from "../../../src/worker/attempt.ts";
import { ACME_SECOND, ADMIN } from "../../support/api.ts";
import type { Answer, TestApi } from "../../support/api.ts";
import { eventually } from "../../support/eventually.ts";
import { openWatchedApi } from "../../support/watched-api.ts";
import { makeJob, makeJobIn, takeTo, type Status } from "../support.ts";

type WatchedApi = Awaited<ReturnType<typeof openWatchedApi>>;

const wait = (api: TestApi, id: string, seconds = 60, headers = {}): Promise<Answer> =>
  api.call("GET", `/v1/jobs/${id}?wait=${seconds}`, { headers });

const isWatched = (api: WatchedApi, watches = 1) =>
  eventually(() => expect(api.changes.count().watches).toBe(watches));

const beginAgain = (api: TestApi, id: string) =>
  api.ledger.jobs.changeJob(id, (job, now) => beginAttempt(job, "att_1", now));

/** A write that no status tells of. */
const poll = (api: TestApi, id: string) =>
  api.ledger.jobs.changeJob(id, (job) => ({
    transition: null,
    job: { ...job, polls: job.polls + 1, version: job.version + 1 },
    fact: null,
    event: null,
  }));

describe("a job at rest", () => {
  test.each<Status>(["unconfirmed", "succeeded", "failed", "canceled", "expired"])(
    "%s -> answered at once",
    async (status) => {
      const api = await openWatchedApi();
      const id = await makeJobIn(api, status);
      const answer = await wait(api, id);
      expect(answer.status).toBe(200);
      expect(answer.json).toMatchObject({ id, status });
      expect(answer.text).toBe((await api.call("GET", `/v1/jobs/${id}`)).text);
      expect(answer.headers).not.toHaveProperty("preference-applied");
    },
  );
});

describe("a job that is under way", () => {
  test.each<Status>(["succeeded", "failed", "canceled", "expired", "unconfirmed"])(
    "it becomes %s -> answered then, and nobody watches any more",
    async (status) => {
      const api = await openWatchedApi();
      const id = await makeJob(api);
      const answer = wait(api, id);
      await isWatched(api);
      await takeTo(api, id, status);
      expect(await answer).toMatchObject({ status: 200, json: { id, status } });
      expect(api.changes.count()).toEqual({ watches: 0, topics: 0 });
    },
  );

  test("it goes from queued to processing while somebody waits 1 s -> answered after that, as it is then", async () => {
    const api = await openWatchedApi();
    const id = await makeJob(api);
    const answer = wait(api, id, 1);
    await isWatched(api);
    await takeTo(api, id, "processing");
    expect(await answer).toMatchObject({ status: 200, json: { id, status: "processing", version: 3 } });
    expect(api.changes.count()).toEqual({ watches: 0, topics: 0 });
  });

  test("wait=0 -> answered at once", async () => {
    const api = await openWatchedApi();
    const watch = vi.spyOn(api.changes, "watchJob");
    const id = await makeJob(api);
    expect(await wait(api, id, 0)).toMatchObject({ status: 200, json: { status: "queued" } });
    expect(watch).not.toHaveBeenCalled();
  });

  test("it ends between the first look at it and the wait, so that no hint will come -> answered at once", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    onTestFinished(() => void vi.useRealTimers());
    const api = await openWatchedApi();
    const id = await makeJob(api);
    const before = await api.ledger.jobs.readJob(id);
    await takeTo(api, id, "failed");
    vi.spyOn(api.ledger.jobs, "readJob").mockResolvedValueOnce(before);
    expect(await wait(api, id)).toMatchObject({ status: 200, json: { status: "failed", version: 3 } });
  });

  test("50 wait for one job -> all are told, by a few reads", async () => {
    const api = await openWatchedApi();
    const id = await makeJob(api);
    const answers = Array.from({ length: 50 }, () => wait(api, id));
    await isWatched(api, 50);
    const read = vi.spyOn(api.ledger.jobs, "readJob");
    await api.ledger.redis.hset(api.ledger.keys.job(id), "status", "failed", "version", 2);
    api.changes.hintAll();
    const statuses = (await Promise.all(answers)).map(({ json }) => json["status"]);
    expect(statuses).toEqual(statuses.map(() => "failed"));
    expect(read.mock.calls.length).toBeLessThan(5);
  });

  test.each([
    ["the tenant's other key", ACME_SECOND],
    ["the operator's key", ADMIN],
  ])("%s -> may wait too", async (_name, key) => {
    const api = await openWatchedApi();
    const id = await makeJob(api);
    const answer = api.call("GET", `/v1/jobs/${id}?wait=60`, { key });
    await isWatched(api);
    await takeTo(api, id, "failed");
    expect((await answer).json).toMatchObject({ id, status: "failed" });
  });
});

describe("If-None-Match beside it", () => {
  test("the job has changed since -> answered at once", async () => {
    const api = await openWatchedApi();
    const id = await makeJobIn(api, "submitting");
    const answer = await wait(api, id, 60, { "if-none-match": '"1"' });
    expect(answer).toMatchObject({ status: 200, json: { status: "submitting" }, headers: { etag: '"2"' } });
  });

  test("the job is the same -> answered with the next change, though the job is not at rest", async () => {
    const api = await openWatchedApi();
    const id = await makeJob(api);
    const answer = wait(api, id, 60, { "if-none-match": '"1"' });
    await isWatched(api);
    await beginAgain(api, id);
    expect(await answer).toMatchObject({
      status: 200,
      json: { status: "submitting" },
      headers: { etag: '"2"' },
    });
  });

  test("the next change moves nothing but the version -> answered all the same", async () => {
    const api = await openWatchedApi();
    const id = await makeJobIn(api, "processing");
    const answer = wait(api, id, 60, { "if-none-match": '"3"' });
    await isWatched(api);
    await poll(api, id);
    expect(await answer).toMatchObject({ status: 200, json: { polls: 1 }, headers: { etag: '"4"' } });
  });

  test("a job at rest that changes after all -> answered with the change", async () => {
    const api = await openWatchedApi();
    const id = await makeJobIn(api, "unconfirmed");
    const answer = wait(api, id, 60, { "if-none-match": '"3"' });
    await isWatched(api);
    await takeTo(api, id, "canceled");
    expect(await answer).toMatchObject({ status: 200, json: { status: "canceled" } });
  });

  test("a header that names no ETag -> no matter", async () => {
    const api = await openWatchedApi();
    const id = await makeJobIn(api, "failed");
    expect((await wait(api, id, 60, { "if-none-match": "3" })).status).toBe(200);
  });
});

describe("Prefer: wait=N instead", () => {
  test("it ends in time -> answered then, and says that it waited", async () => {
    const api = await openWatchedApi();
    const id = await makeJob(api);
    const answer = api.call("GET", `/v1/jobs/${id}`, { headers: { prefer: "wait=100" } });
    await isWatched(api);
    await takeTo(api, id, "failed");
    expect(await answer).toMatchObject({
      status: 200,
      json: { status: "failed" },
      headers: { "preference-applied": "wait=60" },
    });
  });

  test("beside a wait in the query -> the query counts", async () => {
    const api = await openWatchedApi();
    const id = await makeJob(api);
    const { status, headers } = await wait(api, id, 0, { prefer: "wait=60" });
    expect(status).toBe(200);
    expect(headers).not.toHaveProperty("preference-applied");
  });

  test("no number that makes sense -> as without it", async () => {
    const api = await openWatchedApi();
    const id = await makeJob(api);
    const { status, headers } = await api.call("GET", `/v1/jobs/${id}`, { headers: { prefer: "wait=soon" } });
    expect(status).toBe(200);
    expect(headers).not.toHaveProperty("preference-applied");
  });
});

describe("how a wait is cut short", () => {
  test("the caller goes -> nobody watches any more, and the log has one line", async () => {
    const api = await openWatchedApi();
    const id = await makeJob(api);
    const stop = new AbortController();
    const gone = api.call("GET", `/v1/jobs/${id}?wait=60`, { signal: stop.signal }).catch(() => "gone");
    await isWatched(api);
    stop.abort();
    expect(await gone).toBe("gone");
    await isWatched(api, 0);
    const line = await api.logs.waitFor({ msg: "http.request", route: "/v1/jobs/:id" });
    expect(line).toMatchObject({ cut_off: true, tenant: "acme" });
    expect(api.logs.named("http.request").filter(({ route }) => route === "/v1/jobs/:id")).toHaveLength(1);
  });

  test("the process stops -> answered at once with the job as it is, and the process can go", async () => {
    const api = await openWatchedApi();
    const id = await makeJob(api);
    const [plain, tagged] = [wait(api, id), wait(api, id, 60, { "if-none-match": '"1"' })];
    await isWatched(api, 2);
    await api.app.close();
    expect(await plain).toMatchObject({ status: 200, json: { status: "queued" } });
    expect((await tagged).status).toBe(304);
    expect((await plain).headers["connection"]).toBe("close");
  });
});
