// GET /v1/events: a tenant's events in order, a page at a time.
import { describe, expect, test } from "vitest";
import { ACME_SECOND, GLOBEX, readyApi } from "../../support/api.ts";
import type { TestApi } from "../../support/api.ts";
import { endJob, feedOf, idsOf, raiseEvents, readOn, readPage } from "../../support/feed.ts";
import { anyIso, makeJobIn, takeTo } from "../support.ts";

const nothing = { data: [], next: expect.stringMatching(/^[\w-]+$/), has_more: false };

/** The bytes that webhooks carry of these events. */
const bodiesOf = ({ ledger: { redis, keys } }: TestApi, ids: string[]) =>
  Promise.all(ids.map((id) => redis.hget(keys.event(id), "body")));

describe("what it holds", () => {
  test("no event yet -> none, and where to read on", async () => {
    const api = await readyApi();
    const answer = await api.call("GET", "/v1/events");
    expect(answer).toMatchObject({ status: 200, json: nothing });
    expect(answer.headers).toMatchObject({ "cache-control": "no-store", vary: "accept" });
  });

  test("jobs that end in every way -> the events in that order, each as webhooks carry it", async () => {
    const api = await readyApi({ PUBLIC_URL: "https://jobs.example.com" });
    const body = {
      input: { prompt: "€ 😀 \u2028" },
      metadata: { 'a"\n': "\\u0000 1.0 12345678901234567890" },
    };
    const statuses = ["succeeded", "unconfirmed", "failed", "canceled", "expired"] as const;
    for (const status of statuses) await makeJobIn(api, status, body);
    const page = await readPage(api);
    expect(page.data.map(({ type }) => type)).toEqual(statuses.map((status) => `job.${status}`));
    expect(page.data.map((event) => JSON.stringify(event))).toEqual(await bodiesOf(api, idsOf(page)));
    expect(page.data[0]).toMatchObject({ timestamp: anyIso, data: { job: { status: "succeeded" } } });
  });

  test("an event that is about no job -> it too; a test of an endpoint -> not", async () => {
    const api = await readyApi();
    const [disabled = ""] = await raiseEvents(api, 1, { type: "endpoint.disabled" });
    await raiseEvents(api, 1, { type: "webhook.test" });
    expect((await readPage(api)).data).toMatchObject([
      { id: disabled, type: "endpoint.disabled", data: { n: 0 } },
    ]);
  });

  test("job.submitted -> only of a job whose webhook asks for it", async () => {
    const api = await readyApi();
    const webhook = { url: "https://hooks.example.com/in", events: ["job.submitted"] };
    await makeJobIn(api, "processing");
    const asked = await makeJobIn(api, "processing", { input: { prompt: "x" }, webhook });
    expect((await readPage(api)).data).toMatchObject([
      { type: "job.submitted", data: { job: { id: asked } } },
    ]);
  });

  test("another tenant's -> never", async () => {
    const api = await readyApi();
    await endJob(api, "acme");
    await endJob(api, "globex");
    for (const key of [undefined, ACME_SECOND]) {
      const { data } = await readPage(api, "", key === undefined ? {} : { key });
      expect(data.map(({ id }) => id)).toEqual(await feedOf(api, "acme"));
    }
    expect(idsOf(await readPage(api, "", { key: GLOBEX }))).toEqual(await feedOf(api, "globex"));
    expect(await feedOf(api, "globex")).toHaveLength(1);
  });
});

describe("how it is read on", () => {
  test("seven events, three at a time -> each once in order, then nothing, then what comes", async () => {
    const api = await readyApi();
    const raised = await raiseEvents(api, 7);
    const first = await readPage(api, "limit=3");
    expect(idsOf(first)).toEqual(raised.slice(0, 3));
    const second = await readPage(api, `limit=3&after=${first.next}`);
    expect(idsOf(second)).toEqual(raised.slice(3, 6));
    const third = await readPage(api, `limit=3&after=${second.next}`);
    expect(idsOf(third)).toEqual(raised.slice(6));
    expect([first, second, third].map((page) => page.has_more)).toEqual([true, true, false]);
    const fourth = await readPage(api, `limit=3&after=${third.next}`);
    expect(fourth).toEqual(nothing);
    const [later] = await raiseEvents(api, 1);
    for (const after of [third.next, fourth.next]) {
      expect(idsOf(await readPage(api, `after=${after}`))).toEqual([later]);
    }
    expect(idsOf(await readPage(api, `limit=3&after=${first.next}`))).toEqual(raised.slice(3, 6));
  });

  test("a page that is just full -> has_more only if there is more", async () => {
    const api = await readyApi();
    await raiseEvents(api, 3);
    expect(await readPage(api, "limit=3")).toMatchObject({ has_more: false });
    expect(await readPage(api, "limit=2")).toMatchObject({ has_more: true });
  });

  test("no limit -> 20", async () => {
    const api = await readyApi();
    await raiseEvents(api, 21);
    expect((await readPage(api)).data).toHaveLength(20);
  });

  test("a reader that began before there was any event -> gets the first one", async () => {
    const api = await readyApi();
    const { next } = await readPage(api);
    const raised = await raiseEvents(api, 2);
    expect(idsOf(await readPage(api, `after=${next}`))).toEqual(raised);
  });

  test("after=latest -> nothing that is there already, all that comes", async () => {
    const api = await readyApi();
    const empty = await readPage(api, "after=latest");
    const old = await raiseEvents(api, 2);
    const now = await readPage(api, "after=latest");
    expect([empty, now]).toEqual([nothing, nothing]);
    const fresh = await raiseEvents(api, 2);
    expect(idsOf(await readPage(api, `after=${now.next}`))).toEqual(fresh);
    expect(idsOf(await readPage(api, `after=${empty.next}`))).toEqual([...old, ...fresh]);
  });

  test("the API is another one for each page -> the same", async () => {
    const api = await readyApi();
    const raised = await raiseEvents(api, 5);
    const seen: string[] = [];
    let query = "limit=1";
    for (let n = 0; n < 6; n++) {
      const other = await readyApi(api.environment);
      const page = await readPage(other, query);
      seen.push(...idsOf(page));
      query = `limit=1&after=${page.next}`;
      await other.close();
    }
    expect(seen).toEqual(raised);
  });

  test("Redis' clock is set back -> what comes then still comes last", async () => {
    const api = await readyApi();
    const { redis, keys } = api.ledger;
    const [ahead = ""] = await raiseEvents(api, 1);
    await redis.del(keys.feed("acme"));
    const future = (await api.ledger.jobs.readClock()) + 3_600_000;
    await redis.xadd(
      keys.feed("acme"),
      `${future}-7`,
      "event",
      ahead,
      "type",
      "endpoint.disabled",
      "job",
      "",
    );
    const first = await readPage(api);
    expect(idsOf(first)).toEqual([ahead]);
    const later = await raiseEvents(api, 3);
    const { ids } = await readOn(api, "limit=1", first.next);
    expect(ids).toEqual(later);
  });
});

async function openMixed() {
  const api = await readyApi();
  const types = ["job.succeeded", "job.failed", "job.recovered", "endpoint.disabled", "job.failed"] as const;
  for (const type of types) await raiseEvents(api, 1, { type });
  const typesOf = async (query: string) => (await readPage(api, query)).data.map(({ type }) => type);
  return { api, typesOf };
}

describe("type", () => {
  test.each([
    ["type=job.failed", ["job.failed", "job.failed"]],
    ["type=job.failed&type=endpoint.disabled", ["job.failed", "endpoint.disabled", "job.failed"]],
    ["type=job.succeeded", ["job.succeeded", "job.recovered"]],
    ["type=job.*", ["job.succeeded", "job.failed", "job.recovered", "job.failed"]],
    ["type=endpoint.*", ["endpoint.disabled"]],
    ["type=job.progress", []],
  ])("%s -> %j", async (query, types) => {
    const { typesOf } = await openMixed();
    expect(await typesOf(query)).toEqual(types);
  });

  test("one at a time -> each once, and has_more while there may be one", async () => {
    const { api } = await openMixed();
    const first = await readPage(api, "type=job.failed&limit=1");
    const second = await readPage(api, `type=job.failed&limit=1&after=${first.next}`);
    expect([first.has_more, second.has_more]).toEqual([true, false]);
    expect([...idsOf(first), ...idsOf(second)]).toEqual(idsOf(await readPage(api, "type=job.failed")));
  });

  test("it fits nothing in 2,500 events but the last -> a bounded look at a time, and none is passed over", async () => {
    const api = await readyApi();
    await raiseEvents(api, 2500, { type: "job.progress" });
    const [wanted] = await raiseEvents(api, 1, { type: "job.failed" });
    const first = await readPage(api, "type=job.failed");
    expect(first).toMatchObject({ data: [], has_more: true });
    expect(await readOn(api, "type=job.failed")).toMatchObject({ ids: [wanted] });
  });
});

describe("what is left out", () => {
  test("a job is erased -> its events, and nothing else", async () => {
    const api = await readyApi();
    const [first, second, third] = [await endJob(api), await endJob(api), await endJob(api)];
    const { next } = await readPage(api, "limit=1");
    await api.call("DELETE", `/v1/jobs/${second}`);
    const jobsOf = async (query: string) => {
      const { data } = await readPage(api, query);
      return data.map((event) => event.data["job"]);
    };
    expect(await jobsOf("")).toMatchObject([{ id: first }, { id: third }]);
    expect(await jobsOf(`after=${next}`)).toMatchObject([{ id: third }]);
    expect(await readPage(api, `limit=1&after=${next}`)).toMatchObject({ data: [], has_more: true });
    expect((await readOn(api, "limit=1", next)).ids).toHaveLength(1);
  });

  test("an event whose bytes are gone -> it, and nothing else", async () => {
    const api = await readyApi();
    const [one, two = "", three] = await raiseEvents(api, 3);
    await api.ledger.redis.del(api.ledger.keys.event(two));
    expect(idsOf(await readPage(api))).toEqual([one, three]);
    expect(api.logs.named("record.corrupt")).toEqual([]);
  });

  test.each([
    ["bytes that are no JSON", "{"],
    ["JSON that is no object", "7"],
    ["a key of another kind", null],
  ])("an event that nobody can understand (%s) -> it, and the log says so", async (_name, body) => {
    const api = await readyApi();
    const { redis, keys } = api.ledger;
    const [one, two = "", three] = await raiseEvents(api, 3);
    if (body === null) await redis.set(keys.event(two), "x");
    else await redis.hset(keys.event(two), "body", body);
    expect(idsOf(await readPage(api))).toEqual([one, three]);
    expect(api.logs.named("record.corrupt")).toMatchObject([{ level: "error", id: two }]);
  });

  test("older than events are kept -> a new reader does not get it", async () => {
    const api = await readyApi({ RETENTION_S: "100" });
    const { redis, keys, jobs } = api.ledger;
    const [old = ""] = await raiseEvents(api, 1);
    await redis.del(keys.feed("acme"));
    const at = (await jobs.readClock()) - 101_000;
    await redis.xadd(keys.feed("acme"), `${at}-0`, "event", old, "type", "endpoint.disabled", "job", "");
    const empty = await readPage(api);
    expect(empty).toEqual(nothing);
    const [fresh] = await raiseEvents(api, 1, { retentionS: 1000 });
    for (const query of ["", `after=${empty.next}`])
      expect(idsOf(await readPage(api, query))).toEqual([fresh]);
  });
});

test("a job goes on after its event -> the event says what was so then", async () => {
  const api = await readyApi();
  const id = await makeJobIn(api, "unconfirmed");
  await takeTo(api, id, "canceled");
  const { data } = await readPage(api);
  expect(data).toMatchObject([
    { type: "job.unconfirmed", data: { job: { id, status: "unconfirmed" } } },
    { type: "job.canceled", data: { job: { id, status: "canceled" } } },
  ]);
});
