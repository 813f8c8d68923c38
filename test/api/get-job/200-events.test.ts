// GET /v1/jobs/{id} with Accept: text/event-stream: the history, then each change as it happens, until the job has ended.
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { note } from "../../../src/shared/change.ts";
import { settleJob } from "../../../src/shared/settle.ts";
import { HISTORY_PAGE } from "../../../src/api/watch/watched-job.ts";
import { ACME_SECOND, ADMIN, readyApi } from "../../support/api.ts";
import type { TestApi } from "../../support/api.ts";
import { eventually } from "../../support/eventually.ts";
import { openEvents } from "../../support/event-stream.ts";
import type { EventStream } from "../../support/event-stream.ts";
import { openWatchedApi } from "../../support/watched-api.ts";
import { makeJob, makeJobIn, smallBody, takeTo, type Status } from "../support.ts";

const typesOf = ({ messages }: EventStream): string[] => messages.map(({ event }) => event);
const idsOf = ({ messages }: EventStream): string[] => messages.map(({ id }) => id);
const has = (count: number) => (stream: EventStream) => stream.messages.length >= count;

async function historyOf(api: TestApi, id: string): Promise<{ id: string }[]> {
  const entries = await api.ledger.jobs.readHistory(id);
  return entries.map((entry) => ({ id: entry.id }));
}

/** So many facts that move nothing. */
async function progress(api: TestApi, id: string, count: number): Promise<void> {
  for (let n = 0; n < count; n++) {
    await api.ledger.jobs.changeJob(id, (job) =>
      note(job, { progress: job.progress + 1 }, { kind: "progress", progress: job.progress + 1 }),
    );
  }
}

const succeed = (api: TestApi, id: string) =>
  api.ledger.jobs.changeJob(id, (job, now) => settleJob(job, { as: "succeeded", video }, now));

const video = { url: "https://files.example.com/v.mp4", type: "mp4", expiresAt: null, taskId: "task-1" };

async function expectLast(stream: EventStream, status: Status): Promise<void> {
  await stream.until(({ messages }) => messages.at(-1)?.event === status);
  expect(stream.messages.at(-1)?.data).toMatchObject({ type: status, status, job: { status } });
}

const road = ["queued", "submitting", "processing", "succeeded"];

describe("what a stream says", () => {
  test("a job that has ended -> its whole history, then the end", async () => {
    const api = await readyApi();
    const id = await makeJobIn(api, "succeeded");
    const stream = await openEvents(api.url, id);
    expect(stream.status).toBe(200);
    expect(stream.headers).toMatchObject({
      "content-type": "text/event-stream",
      "cache-control": "no-store, no-transform",
      "x-accel-buffering": "no",
      vary: "accept",
      connection: "close",
    });
    expect(await stream.ended).toBe(true);
    expect(typesOf(stream)).toEqual(road);
    expect(stream.text.startsWith("retry: 2000\n\n")).toBe(true);
    expect(stream.text.match(/^retry:/gm)).toHaveLength(1);
  });

  test("each message -> the entry as the history tells it, and the job as a GET tells it", async () => {
    const api = await readyApi();
    const id = await makeJobIn(api, "succeeded");
    const stream = await openEvents(api.url, id);
    await stream.ended;
    const { json: history } = await api.call("GET", `/v1/jobs/${id}/events`);
    const { json: job } = await api.call("GET", `/v1/jobs/${id}`);
    const told = stream.messages.map(({ id: place, event, data: { job: with_, ...entry } }) => {
      expect(with_).toEqual(job);
      expect({ id: place, event }).toEqual({ id: entry["id"], event: entry["type"] });
      return entry;
    });
    expect({ data: told }).toEqual(history);
  });

  test("each message -> three lines and an empty one", async () => {
    const api = await readyApi();
    const id = await makeJob(api, { input: { prompt: "a line\nand: another\r\n\r\ndata: x" } });
    const stream = await openEvents(api.url, id);
    await stream.until(has(1));
    const [, first] = stream.text.split(/(?<=\n\n)/);
    expect(first).toMatch(/^id: \d+-\d+\nevent: queued\ndata: \{.*\}\n\n$/);
    expect(stream.messages[0]?.data).toMatchObject({
      job: { input: { prompt: "a line\nand: another\r\n\r\ndata: x" } },
    });
  });

  test("PUBLIC_URL -> the job's links are absolute", async () => {
    const api = await readyApi({ PUBLIC_URL: "https://jobs.example.com" });
    const stream = await openEvents(api.url, await makeJob(api));
    await stream.until(has(1));
    expect(stream.messages[0]?.data).toMatchObject({
      job: { urls: { self: expect.stringMatching(/^https:\/\/jobs\.example\.com\//) } },
    });
  });

  test(`a history of more than ${HISTORY_PAGE} entries -> all of it, in order`, async () => {
    const api = await readyApi();
    const id = await makeJobIn(api, "processing");
    await progress(api, id, 2 * HISTORY_PAGE - 4);
    await takeTo(api, id, "canceled");
    const stream = await openEvents(api.url, id);
    expect(await stream.ended).toBe(true);
    expect(stream.messages).toHaveLength(2 * HISTORY_PAGE);
    expect(idsOf(stream)).toEqual((await historyOf(api, id)).map((entry) => entry.id));
  });
});

describe("live", () => {
  test("a job is made, begun, accepted, done -> each as it happens, with the job of that moment, then the end", async () => {
    const api = await readyApi();
    const id = await makeJob(api);
    const stream = await openEvents(api.url, id);
    await expectLast(stream, "queued");
    await takeTo(api, id, "processing");
    await expectLast(stream, "processing");
    await succeed(api, id);
    await expectLast(stream, "succeeded");
    expect(await stream.ended).toBe(true);
    expect(typesOf(stream)).toEqual(road);
    expect(stream.messages.map(({ data }) => data["version"])).toEqual([1, 2, 3, 4]);
  });

  test.each<[Status, string[]]>([
    ["failed", ["queued", "submitting", "failed"]],
    ["canceled", ["queued", "canceled"]],
    ["expired", ["queued", "expired"]],
  ])("a job that ends %s -> the stream ends too", async (status, types) => {
    const api = await openWatchedApi();
    const id = await makeJob(api);
    const stream = await openEvents(api.url, id);
    await stream.until(has(1));
    await takeTo(api, id, status);
    expect(await stream.ended).toBe(true);
    expect(typesOf(stream)).toEqual(types);
    await eventually(() => expect(api.changes.count()).toEqual({ watches: 0, topics: 0 }));
  });

  test("a job that is unconfirmed -> the stream stays open until somebody has decided", async () => {
    const api = await readyApi();
    const id = await makeJobIn(api, "unconfirmed");
    const stream = await openEvents(api.url, id);
    await stream.until(has(3));
    expect(stream.messages.at(-1)?.data).toMatchObject({ status: "unconfirmed" });
    await api.call("POST", `/v1/jobs/${id}/resolve`, { body: { action: "fail" } });
    expect(await stream.ended).toBe(true);
    expect(typesOf(stream)).toEqual(["queued", "submitting", "unconfirmed", "failed"]);
  });

  test("changes that the history does not tell -> not told", async () => {
    const api = await openWatchedApi();
    const id = await makeJobIn(api, "processing");
    const stream = await openEvents(api.url, id);
    await stream.until(has(3));
    await api.ledger.jobs.changeJob(id, (job) => note(job, { polls: 1 }, null));
    await progress(api, id, 1);
    await stream.until(has(4));
    expect(typesOf(stream)).toEqual([...road.slice(0, 3), "progress"]);
    expect(stream.messages.at(-1)?.data).toMatchObject({ progress: 1, job: { polls: 1, version: 5 } });
  });

  test("nothing happens -> a comment each 15 s, by which readers know that it is alive", async () => {
    vi.useFakeTimers({ toFake: ["performance"] });
    onTestFinished(() => void vi.useRealTimers());
    const api = await openWatchedApi();
    const stream = await openEvents(api.url, await makeJob(api));
    await stream.until(has(1));
    const quiet = async (): Promise<void> => {
      const { comments } = stream;
      vi.advanceTimersByTime(15_000);
      await eventually(() => {
        api.changes.hintAll();
        expect(stream.comments).toBeGreaterThan(comments);
      });
    };
    await quiet();
    await quiet();
    expect(stream.messages).toHaveLength(1);
  });
});

describe("Last-Event-ID", () => {
  test("the id of each entry -> what came after it, and nothing else", async () => {
    const api = await readyApi();
    const id = await makeJobIn(api, "succeeded");
    const history = await historyOf(api, id);
    for (const [n, seen] of history.slice(0, -1).entries()) {
      const stream = await openEvents(api.url, id, { headers: { "last-event-id": seen.id } });
      expect(await stream.ended).toBe(true);
      expect(typesOf(stream)).toEqual(road.slice(n + 1));
    }
  });

  test("the last entry of a job that goes on -> only what is still to come", async () => {
    const api = await readyApi();
    const id = await makeJobIn(api, "processing");
    const seen = (await historyOf(api, id)).at(-1)?.id ?? "";
    const stream = await openEvents(api.url, id, { headers: { "last-event-id": seen } });
    await takeTo(api, id, "canceled");
    expect(await stream.ended).toBe(true);
    expect(typesOf(stream)).toEqual(["canceled"]);
  });

  test.each([
    ["nothing", ""],
    ["a word", "nonsense"],
    ["half an id", "1767225600000"],
    ["the beginning of time", "0-0"],
    ["an id of the far future", "999999999999999-0"],
    ["an id that XRANGE would take otherwise", "(0-0"],
    ["an id with a negative part", "-1-0"],
    ["a number that is too long", `${"9".repeat(40)}-0`],
    ["a pattern", "+"],
  ])("%s -> from the beginning", async (_name, seen) => {
    const api = await readyApi();
    const id = await makeJobIn(api, "failed");
    const stream = await openEvents(api.url, id, { headers: { "last-event-id": seen } });
    expect(await stream.ended).toBe(true);
    expect(typesOf(stream)).toEqual(["queued", "submitting", "failed"]);
  });

  test("an id of another job's history -> from the beginning", async () => {
    const api = await readyApi();
    const other = await makeJobIn(api, "failed");
    const id = await makeJobIn(api, "failed");
    const seen = (await historyOf(api, other)).at(-1)?.id ?? "";
    const stream = await openEvents(api.url, id, { headers: { "last-event-id": seen } });
    await stream.ended;
    expect(typesOf(stream)).toEqual(["queued", "submitting", "failed"]);
  });

  test("a reader that is cut off after each message -> sees every entry once, whoever serves it", async () => {
    const api = await readyApi();
    const other = await readyApi(api.environment);
    const id = await makeJob(api);
    const seen: string[] = [];
    const driver = (async () => {
      await takeTo(api, id, "processing");
      await progress(api, id, 20);
      await takeTo(api, id, "canceled");
    })();
    for (let n = 0; ; n++) {
      const last = seen.at(-1);
      const stream = await openEvents([api, other][n % 2]?.url ?? "", id, {
        headers: last === undefined ? {} : { "last-event-id": last },
      });
      if (stream.status === 204) break;
      await stream.until(has(1));
      seen.push(stream.messages[0]?.id ?? "");
      stream.close();
    }
    await driver;
    expect(seen).toEqual((await historyOf(api, id)).map((entry) => entry.id));
    expect(seen).toHaveLength(24);
  });
});

describe("who gets a stream", () => {
  test.each([
    ["the tenant's other key", ACME_SECOND],
    ["the operator's key", ADMIN],
  ])("%s -> it too", async (_name, key) => {
    const api = await readyApi();
    const stream = await openEvents(api.url, await makeJobIn(api, "failed"), { key });
    await stream.ended;
    expect(typesOf(stream)).toHaveLength(3);
  });

  test.each(["*/*", "application/json", "text/event-stream;q=0.5, application/json", "text/html"])(
    "Accept: %s -> JSON",
    async (accept) => {
      const api = await readyApi();
      const id = await makeJob(api);
      const answer = await api.call("GET", `/v1/jobs/${id}`, { headers: { accept } });
      expect(answer.json).toMatchObject({ id });
      expect(answer.headers["content-type"]).toBe("application/json; charset=utf-8");
    },
  );

  test("HEAD -> the headers of the JSON, and no stream that nobody reads", async () => {
    const api = await openWatchedApi();
    const id = await makeJob(api);
    const answer = await api.call("HEAD", `/v1/jobs/${id}`, { headers: { accept: "text/event-stream" } });
    expect(answer).toMatchObject({ status: 200, text: "", headers: { etag: '"1"' } });
    expect(api.changes.count().watches).toBe(0);
  });
});

describe("the log", () => {
  test("a stream that ends -> one line", async () => {
    const api = await readyApi();
    const id = await makeJobIn(api, "failed");
    await (
      await openEvents(api.url, id)
    ).ended;
    const route = "/v1/jobs/:id";
    const line = await api.logs.waitFor({ msg: "http.request", route });
    expect(line).toMatchObject({ level: "info", method: "GET", http_status: 200, tenant: "acme" });
    expect(line).not.toHaveProperty("cut_off");
    expect(api.logs.named("http.request").filter((each) => each["route"] === route)).toHaveLength(1);
  });

  test("a reader that goes -> nobody watches any more, and one line says that it was cut off", async () => {
    const api = await openWatchedApi();
    const stream = await openEvents(api.url, await makeJob(api));
    await stream.until(has(1));
    expect(api.changes.count()).toEqual({ watches: 1, topics: 1 });
    stream.close();
    await eventually(() => expect(api.changes.count()).toEqual({ watches: 0, topics: 0 }));
    const route = "/v1/jobs/:id";
    const line = await api.logs.waitFor({ msg: "http.request", route });
    expect(line).toMatchObject({ level: "info", http_status: 200, tenant: "acme", cut_off: true });
    expect(api.logs.lines.filter((each) => each["request_id"] === line["request_id"])).toHaveLength(1);
  });

  test("a history that cannot be read -> the stream breaks, and the log says why", async () => {
    const api = await openWatchedApi();
    const id = await makeJob(api, smallBody);
    const stream = await openEvents(api.url, id);
    await stream.until(has(1));
    await api.ledger.redis.xadd(api.ledger.keys.history(id), "*", "kind", "x", "fact", "{}");
    api.changes.hintAll();
    expect(await stream.ended).toBe(false);
    await api.logs.waitFor({ msg: "stream.failed", level: "error" });
    await eventually(() => expect(api.changes.count()).toEqual({ watches: 0, topics: 0 }));
  });
});
