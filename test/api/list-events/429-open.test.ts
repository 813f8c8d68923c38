// GET /v1/events by a tenant that has very many waits and streams open already.
import { expect, test } from "vitest";
import { MAX_WATCHES } from "../../../src/api/watch/changes.ts";
import { GLOBEX } from "../../support/api.ts";
import { eventually } from "../../support/eventually.ts";
import { raiseEvents } from "../../support/feed.ts";
import { openWatchedApi } from "../../support/watched-api.ts";

/** An API where acme has as many open as it may, of both kinds. */
async function openFullApi() {
  const api = await openWatchedApi();
  const feed = api.ledger.keys.feed("acme");
  const watches = Array.from({ length: MAX_WATCHES }, (_, n) =>
    n % 2 === 0 ? api.changes.watchFeed(feed, "acme") : api.changes.watchJob("job_1", "acme"),
  );
  return { api, watches };
}

test("a stream, and ?wait when there is nothing -> 429, and when to try again", async () => {
  const { api } = await openFullApi();
  const stream = await api.call("GET", "/v1/events", { headers: { accept: "text/event-stream" } });
  const wait = await api.call("GET", "/v1/events?wait=60");
  for (const answer of [stream, wait]) {
    expect(answer).toBeProblem(429, "too_many_open");
    expect(answer.headers).toMatchObject({
      "retry-after": expect.stringMatching(/^\d+$/),
      ratelimit: expect.stringContaining('"open";r=0'),
    });
  }
});

test("Prefer: wait -> 200 at once, and it does not say that it waited", async () => {
  const { api } = await openFullApi();
  const answer = await api.call("GET", "/v1/events", { headers: { prefer: "wait=60" } });
  expect(answer).toMatchObject({ status: 200, json: { data: [] } });
  expect(answer.headers).not.toHaveProperty("preference-applied");
});

test("a plain read, and a wait for what is there already -> 200", async () => {
  const { api } = await openFullApi();
  expect((await api.call("GET", "/v1/events")).status).toBe(200);
  await raiseEvents(api, 1);
  expect((await api.call("GET", "/v1/events?wait=60")).status).toBe(200);
});

test("another tenant, and acme once one of them has ended -> there is room", async () => {
  const { api, watches } = await openFullApi();
  const other = api.call("GET", "/v1/events?wait=60", { key: GLOBEX });
  await eventually(() => expect(api.changes.count().watches).toBe(MAX_WATCHES + 1));
  await raiseEvents(api, 1, { tenant: "globex" });
  expect((await other).status).toBe(200);
  watches[0]?.end();
  const own = api.call("GET", "/v1/events?wait=60");
  await eventually(() => expect(api.changes.count().watches).toBe(MAX_WATCHES));
  await raiseEvents(api, 1);
  expect((await own).status).toBe(200);
});
