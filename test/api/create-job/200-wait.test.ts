// POST /v1/jobs with Prefer: wait=N: the job is answered when it is at rest. A wait of 60 s is longer than a test may take.
import { describe, expect, test } from "vitest";
import type { Answer, TestApi } from "../../support/api.ts";
import { eventually } from "../../support/eventually.ts";
import { openWatchedApi } from "../../support/watched-api.ts";
import { holdings, makeJobIn, smallBody, takeTo, type Status } from "../support.ts";

type WatchedApi = Awaited<ReturnType<typeof openWatchedApi>>;

const post = (api: TestApi, prefer: string | string[], headers = {}): Promise<Answer> =>
  api.post(smallBody, { headers: { prefer, ...headers } });

const isWatched = (api: WatchedApi) => eventually(() => expect(api.changes.count().watches).toBe(1));

async function onlyJobOf(api: TestApi): Promise<string> {
  const { jobs } = await holdings(api);
  expect(jobs).toHaveLength(1);
  return jobs[0] ?? "";
}

describe("it comes to rest in time", () => {
  test.each<Status>(["succeeded", "failed", "canceled", "expired", "unconfirmed"])(
    "%s -> 200 with the job, and that it was waited for",
    async (status) => {
      const api = await openWatchedApi();
      const answer = post(api, "wait=60");
      await isWatched(api);
      const id = await onlyJobOf(api);
      await takeTo(api, id, status);
      expect(await answer).toMatchObject({
        status: 200,
        json: { id, status },
        headers: { location: `/v1/jobs/${id}`, "preference-applied": "wait=60" },
      });
      expect((await answer).headers).not.toHaveProperty("idempotent-replayed");
      expect((await answer).text).toBe((await api.call("GET", `/v1/jobs/${id}`)).text);
      expect(api.changes.count()).toEqual({ watches: 0, topics: 0 });
    },
  );

  test.each<[string, string | string[], number]>([
    ["more than 60 s", "wait=3600", 60],
    ["other preferences beside it", 'respond-async; x="a, b", wait=30', 30],
    ["several headers", ["handling=strict", "wait=30"], 30],
    ["capitals and quotes", 'Wait="30"', 30],
  ])("%s -> 200, and for how long it would have waited", async (_name, prefer, seconds) => {
    const api = await openWatchedApi();
    const answer = post(api, prefer);
    await isWatched(api);
    await takeTo(api, await onlyJobOf(api), "canceled");
    expect(await answer).toMatchObject({
      status: 200,
      headers: { "preference-applied": `wait=${seconds}` },
    });
  });
});

describe("a repeat with the same Idempotency-Key", () => {
  const key = { "idempotency-key": "k" };

  test("of a job that is at rest -> 200 at once", async () => {
    const api = await openWatchedApi();
    const made = await api.post(smallBody, { headers: key });
    await takeTo(api, String(made.json["id"]), "failed");
    expect(await post(api, "wait=60", key)).toMatchObject({
      status: 200,
      json: { status: "failed" },
      headers: { "idempotent-replayed": "true", "preference-applied": "wait=60" },
    });
  });

  test("of a job that is under way -> 200 when it is at rest", async () => {
    const api = await openWatchedApi();
    const made = await api.post(smallBody, { headers: key });
    const answer = post(api, "wait=60", key);
    await isWatched(api);
    await takeTo(api, String(made.json["id"]), "failed");
    expect(await answer).toMatchObject({ status: 200, json: { status: "failed", id: made.json["id"] } });
  });

  test("of a job that is not at rest in time -> 200 with the job as it is", async () => {
    const api = await openWatchedApi();
    await api.post(smallBody, { headers: key });
    expect(await post(api, "wait=1", key)).toMatchObject({
      status: 200,
      json: { status: "queued" },
      headers: { "idempotent-replayed": "true", "preference-applied": "wait=1" },
    });
  });

  test("while the first one still waits -> both are answered with the one job", async () => {
    const api = await openWatchedApi();
    const first = post(api, "wait=60", key);
    await isWatched(api);
    const second = post(api, "wait=60", key);
    await eventually(() => expect(api.changes.count()).toEqual({ watches: 2, topics: 1 }));
    const id = await onlyJobOf(api);
    await takeTo(api, id, "canceled");
    const replayed = [await first, await second].map(({ headers }) => headers["idempotent-replayed"]);
    expect(replayed).toEqual([undefined, "true"]);
    expect([(await first).text, (await second).text]).toEqual([(await first).text, (await first).text]);
  });
});

test("the caller goes -> the job stays, and nobody watches it any more", async () => {
  const api = await openWatchedApi();
  const stop = new AbortController();
  const options = { headers: { prefer: "wait=60" }, signal: stop.signal };
  const gone = api.post(smallBody, options).catch(() => "gone");
  await isWatched(api);
  stop.abort();
  expect(await gone).toBe("gone");
  await eventually(() => expect(api.changes.count()).toEqual({ watches: 0, topics: 0 }));
  expect((await holdings(api)).jobs).toHaveLength(1);
  expect(await api.logs.waitFor({ msg: "http.request", route: "/v1/jobs" })).toMatchObject({ cut_off: true });
});

test("another job comes to rest -> no matter", async () => {
  const api = await openWatchedApi();
  const answer = post(api, "wait=60");
  await isWatched(api);
  const id = await onlyJobOf(api);
  await makeJobIn(api, "failed");
  expect(api.changes.count().watches).toBe(1);
  await takeTo(api, id, "canceled");
  expect((await answer).json).toMatchObject({ id, status: "canceled" });
});
